// Publishing rules, versions, golden rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "fixtures/shop.h"
#include "registry/registry.h"

namespace coterie::registry {
namespace {

using testing::TestShop;

// A model that multiplies by its one weight.
NewModel doubling_model(double golden_output) {
  NewModel model;
  model.name = "doubling";
  model.state.algorithm = "product";
  model.state.options = {{"weight", 2}};
  model.state.tensors = {{"weight", {1}, {2.0}}};
  model.golden.inputs = kernels::Matrix(1, 1);
  model.golden.inputs.at(0, 0) = 21;
  model.golden.outputs = {golden_output};
  model.rescore = [](const learn::ModelState& state,
                     const kernels::Matrix& x) -> base::Result<std::vector<double>> {
    COTERIE_ASSIGN(const auto* weight, state.tensor("weight"));
    return std::vector<double>{x.at(0, 0) * weight->values[0]};
  };
  return model;
}

int64_t write_and_add(TestShop& shop, Published published, bool* passes) {
  Registry registry(shop.workspace());
  auto commit = store::Commit::begin(shop.workspace(), "test");
  EXPECT_TRUE(commit);
  const auto version = registry.write(doubling_model(42), **commit, passes);
  EXPECT_TRUE(version) << version.error().message();
  registry.add({"doubling", *version, published, {{"why", "test"}}}, **commit);
  EXPECT_TRUE((*commit)->finish(0));
  return *version;
}

TEST(Publishing, FollowsTheRules) {
  PublishCase good{
      .beats_baseline = true, .is_calibrated = true, .golden_rows_pass = true, .worse_than_live = false};
  EXPECT_EQ(decide(good), Published::kYes);
  PublishCase off = good;
  off.is_calibrated = false;
  EXPECT_EQ(decide(off), Published::kRanking);
  for (const auto spoil : {+[](PublishCase& c) { c.beats_baseline = false; },
                           +[](PublishCase& c) { c.golden_rows_pass = false; },
                           +[](PublishCase& c) { c.worse_than_live = true; }}) {
    PublishCase bad = good;
    spoil(bad);
    EXPECT_EQ(decide(bad), Published::kNo);
  }
}

TEST(Registry, NumbersVersionsAndFindsTheLiveOne) {
  TestShop shop;
  bool passes = false;
  EXPECT_EQ(write_and_add(shop, Published::kYes, &passes), 1);
  EXPECT_TRUE(passes);
  EXPECT_EQ(write_and_add(shop, Published::kNo, &passes), 2);
  Registry registry(shop.workspace());
  EXPECT_EQ(registry.find("doubling", {})->version, 2);
  EXPECT_EQ((*registry.live("doubling"))->version, 1);
  EXPECT_FALSE((*registry.live("tripling")).has_value());
  EXPECT_EQ(registry.find("tripling", {}).error().code(), base::Code::kNotFound);
  EXPECT_THAT(registry.find("tripling", {}).error().message(), ::testing::HasSubstr("doubling"));
}

TEST(Registry, RemembersWhichVersionsWereLive) {
  TestShop shop;
  bool passes = false;
  write_and_add(shop, Published::kYes, &passes);
  write_and_add(shop, Published::kYes, &passes);
  Registry registry(shop.workspace());
  ASSERT_EQ(registry.live_history("doubling")->size(), 2u)
      << "a shop of an earlier release: what was published";
  EXPECT_EQ((*registry.live("doubling"))->version, 2);
  for (const int64_t version : {1, 2}) {
    auto commit = *store::Commit::begin(shop.workspace(), "test");
    ASSERT_TRUE(registry.make_live("doubling", {version, 7, "publish"}, *commit).ok());
    ASSERT_TRUE(commit->finish(0));
    EXPECT_EQ((*registry.live("doubling"))->version, version);
  }
  const auto history = *registry.live_history("doubling");
  ASSERT_EQ(history.size(), 4u);
  EXPECT_EQ(history[0].why, "run");
  EXPECT_EQ(history[2].version, 1);
  EXPECT_EQ(history[3].since, 7);
}

TEST(Registry, NoticesGoldenRowsThatDoNotComeBack) {
  TestShop shop;
  Registry registry(shop.workspace());
  auto commit = *store::Commit::begin(shop.workspace(), "test");
  bool passes = true;
  ASSERT_TRUE(registry.write(doubling_model(42.001), *commit, &passes));
  EXPECT_FALSE(passes);
}

TEST(Registry, RefusesADamagedModelFile) {
  TestShop shop;
  bool passes = false;
  write_and_add(shop, Published::kYes, &passes);
  Registry registry(shop.workspace());
  const auto version = *registry.find("doubling", 1);
  ASSERT_TRUE(registry.load(version));
  const auto path = shop.workspace().folder() / "models/doubling/1/model.safetensors";
  std::string bytes = *base::read_file(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_EQ(registry.load(version).error().code(), base::Code::kDataLoss);
}

TEST(Registry, AnUnlistedVersionIsReplaced) {
  TestShop shop;
  bool passes = false;
  {
    Registry registry(shop.workspace());
    auto commit = *store::Commit::begin(shop.workspace(), "test");
    ASSERT_EQ(*registry.write(doubling_model(42), *commit, &passes), 1);
  }
  EXPECT_EQ(write_and_add(shop, Published::kYes, &passes), 1);
}

}  // namespace
}  // namespace coterie::registry

// Divisions that are kept, when things happen at the wrong moment: a refresh that was cut off, others who keep, delete and run
// while one is computed. What they are worth is tested end to end (tests/e2e/kept_divisions_test.py).
#include "engine/kept_divisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "engine/division_documents.h"
#include "engine/rule_segments.h"
#include "engine/run.h"
#include "fixtures/shop.h"
#include "store/catalog.h"

namespace coterie::engine {
namespace {

using base::Code;
using base::kDay;
using base::Timestamp;
using nlohmann::json;
using ::testing::HasSubstr;
using testing::TestEvent;
using testing::TestShop;

constexpr Timestamp kBegin = 1'700'006'400'000'000;

// The first time that somebody asks for the time, something happens.
class EventfulClock final : public base::Clock {
 public:
  explicit EventfulClock(std::function<void()> event) : event_(std::move(event)) {}
  Timestamp now() const override {
    if (auto event = std::exchange(event_, {})) event();
    return base::SystemClock().now();
  }

 private:
  mutable std::function<void()> event_;
};

class KeptDivisions : public ::testing::Test {
 protected:
  void SetUp() override {
    buy(0, 60, 1);
    compute();
  }

  // Members [first, last) buy on as many days as their number says, modulo 3, and once more.
  void buy(size_t first, size_t last, int64_t begin_day) {
    std::vector<TestEvent> events;
    for (size_t user = first; user < last; ++user)
      for (size_t day = 0; day <= user % 3; ++day)
        events.push_back({"u" + std::to_string(100 + user), "i1", "buy",
                          kBegin + (begin_day + static_cast<int64_t>(day)) * kDay,
                          "o" + std::to_string(orders_++), 10.0});
    events.push_back({"u100", "i2", "view", kBegin + 90 * kDay + static_cast<Timestamp>(orders_)});
    shop_.add(events);
  }

  json compute() {
    const auto result = run(shop_.workspace(), {}, shop_.context());
    EXPECT_TRUE(result) << result.error().message();
    return result->record;
  }

  base::Result<json> keep(const std::string& name, bool replaces, const base::Context& context) {
    return keep_division(
        shop_.workspace(),
        {name, {.by = "feature.frequency", .method = "cross", .borders = "2, 3", .min_users = 1}, replaces},
        {}, context);
  }
  json keep(const std::string& name) {
    const auto kept = keep(name, false, shop_.context());
    EXPECT_TRUE(kept) << kept.error().message();
    return *kept;
  }
  json kept(const std::string& name) {
    const auto divisions = *kept_divisions(shop_.workspace());
    for (const json& division : divisions)
      if (division["name"] == name) return division;
    return nullptr;
  }

  // As if its refresh after the newest run had been cut off: another run's fingerprint, and nobody in it.
  void leave_behind(const std::string& name) {
    auto commit = *store::Commit::begin(shop_.workspace(), "test");
    json body = json::parse(**shop_.workspace().catalog().document("divisions", name));
    body["run"] = "of another run";
    for (json& segment : body["record"]["segments"]) segment["users"] = 0;
    commit->put_document({"divisions", name, body.dump()});
    ASSERT_TRUE(commit->finish(1));
  }

  TestShop shop_;
  size_t orders_ = 0;
};

TEST_F(KeptDivisions, WhatWasCutOffIsRepeatedByARunThatIsCurrentAndNothingElse) {
  const json a = keep("a"), b = keep("b");
  leave_behind("a");
  EXPECT_EQ(kept("a")["segments"][0]["users"], 0);
  const auto generation = *shop_.workspace().catalog().newest_generation();
  const auto result = run(shop_.workspace(), {}, shop_.context());
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->was_current);
  EXPECT_EQ(kept("a")["segments"][0]["users"], 20);
  EXPECT_EQ(kept("b"), b);
  EXPECT_EQ(*shop_.workspace().catalog().newest_generation(), generation + 1);
  compute();
  EXPECT_EQ(*shop_.workspace().catalog().newest_generation(), generation + 1);
}

TEST_F(KeptDivisions, TwoWhoKeepTheSameNameAtOnceAreTold) {
  EventfulClock clock([&] { keep("a"); });
  auto context = shop_.context();
  context.clock = &clock;
  const auto second = keep("a", false, context);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::kAlreadyExists);
}

TEST_F(KeptDivisions, ARuleThatTakesTheNameMeanwhileIsSeen) {
  EventfulClock clock([&] {
    EXPECT_TRUE(
        create_rule_segment(shop_.workspace(), {"a_1", "everyone"}, kBegin + 50 * kDay, shop_.context()));
  });
  auto context = shop_.context();
  context.clock = &clock;
  const auto second = keep("a", false, context);
  ASSERT_FALSE(second);
  EXPECT_THAT(std::string(second.error().message()), HasSubstr("a rule defines a segment 'a_1'"));
}

TEST_F(KeptDivisions, ARunThatFinishesMeanwhileIsNotOverwritten) {
  keep("old");
  EventfulClock clock([&] {
    buy(60, 90, 1);
    compute();
  });
  auto context = shop_.context();
  context.clock = &clock;
  const auto stale = keep("a", false, context);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code(), Code::kUnavailable);
  EXPECT_EQ(kept("a"), nullptr);
  EXPECT_EQ(kept("old")["users"], 90);
  keep("a");
  EXPECT_EQ(kept("a")["users"], 90);
}

TEST_F(KeptDivisions, OthersStayWhenOneIsKeptReplacedOrDeleted) {
  const json a = keep("a");
  EventfulClock clock([&] { keep("c"); });
  auto context = shop_.context();
  context.clock = &clock;
  ASSERT_TRUE(keep("b", false, context));
  EXPECT_EQ(kept("a"), a);
  EXPECT_EQ(kept("c")["users"], 60);
  ASSERT_TRUE(keep("b", true, shop_.context()));
  ASSERT_TRUE(delete_division(shop_.workspace(), "b", {}, shop_.context()).ok());
  EXPECT_EQ(kept("b"), nullptr);
  EXPECT_EQ(delete_division(shop_.workspace(), "b", {}, shop_.context()).code(), Code::kNotFound);
  auto connection = *shop_.workspace().connect(shop_.context(), {{store::TableKind::kSegments}, {}});
  std::vector<std::string> methods;
  ASSERT_TRUE(connection
                  ->query("SELECT DISTINCT method FROM segments ORDER BY method", {},
                          [&](const store::Rows& rows) -> base::Status {
                            for (size_t i = 0; i < rows.size(); ++i) methods.emplace_back(rows.text(0, i));
                            return {};
                          })
                  .ok());
  EXPECT_THAT(methods, ::testing::IsSupersetOf({"a", "c", "rfm"}));
  EXPECT_THAT(methods, ::testing::Not(::testing::Contains("b")));
}

}  // namespace
}  // namespace coterie::engine

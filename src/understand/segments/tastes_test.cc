// Taste segments: planted groups are found, their number too, and what is not known is left out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.h"
#include "fixtures/shop.h"
#include "learn/metrics/cluster_metrics.h"
#include "understand/segments/tastes.h"

namespace coterie::understand {
namespace {

constexpr size_t kCategories = 8;

profile::TasteVocabulary vocabulary() {
  profile::TasteVocabulary out;
  for (size_t c = 0; c < kCategories; ++c) {
    out.categories.push_back("c" + std::to_string(c));
    out.interest.push_back(100);
  }
  return out;
}

// Members of `groups` groups, each fond of two categories of its own; `interest` looks a member, smoothed as
// profile::add_tastes does.
data::FeatureTable members(size_t groups, size_t n, size_t interest, std::vector<uint32_t>* group_of,
                           uint64_t seed) {
  base::Random random(seed);
  data::FeatureTable table;
  auto& days = table.columns.emplace_back();
  days.name = profile::kTasteInterest;
  for (const std::string& name : vocabulary().column_names()) table.columns.emplace_back().name = name;
  for (size_t user = 0; user < n; ++user) {
    const size_t group = random.below(groups);
    group_of->push_back(static_cast<uint32_t>(group));
    std::vector<double> counts(kCategories);
    for (size_t i = 0; i < interest; ++i)
      counts[random.chance(0.8) ? 2 * group + random.below(2) : random.below(kCategories)] += 1;
    table.users.push_back("user" + std::to_string(10000 + user));
    table.columns[0].values.push_back(static_cast<double>(interest));
    for (size_t c = 0; c < kCategories; ++c)
      table.columns[c + 1].values.push_back((counts[c] + 2.0 / kCategories) /
                                            (static_cast<double>(interest) + 2.0));
    for (auto& column : table.columns) column.valid.push_back(1);
  }
  return table;
}

TEST(Tastes, FindThePlantedGroupsAndTheirNumber) {
  base::OwnedContext owned(2);
  for (const size_t groups : {3, 4}) {
    std::vector<uint32_t> truth;
    const auto table = members(groups, 400, 20, &truth, groups);
    const auto found = compute_tastes(table, vocabulary(), {}, owned.get());
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->clusters.size(), groups);
    EXPECT_GT(*learn::adjusted_rand_score(truth, found->labels), 0.95);
    size_t all = 0;
    for (size_t c = 0; c < groups; ++c) {
      const auto& cluster = found->clusters[c];
      all += cluster.members;
      EXPECT_GT(cluster.differences[0].second, 0.35);
      EXPECT_GT(cluster.differences[1].second, 0.35);
      // Its two loves are one group's: c0 and c1, or c2 and c3, ...
      const int a = cluster.differences[0].first.back() - '0', b = cluster.differences[1].first.back() - '0';
      EXPECT_EQ(a / 2, b / 2);
    }
    EXPECT_EQ(all, 400u);
  }
}

TEST(Tastes, LeaveOutMembersOfWhomLittleIsKnown) {
  base::OwnedContext owned(2);
  std::vector<uint32_t> truth;
  auto table = members(3, 300, 20, &truth, 5);
  for (size_t row = 0; row < 100; ++row) table.columns[0].values[row] = 5;
  const auto found = compute_tastes(table, vocabulary(), {}, owned.get());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rows.size(), 200u);
  EXPECT_EQ(found->rows.front(), 100u);
  EXPECT_EQ(members_with_tastes(table, {}), 200u);
}

TEST(Tastes, NeedDifferentMembersAndSayHowMany) {
  base::OwnedContext owned(1);
  std::vector<uint32_t> truth;
  const auto two = members(1, 2, 20, &truth, 6);
  const auto refused = compute_tastes(two, vocabulary(), {}, owned.get());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::Code::kInvalidArgument);
}

TEST(Tastes, KeepTheVocabularyWithTheModel) {
  base::OwnedContext owned(2);
  std::vector<uint32_t> truth;
  const auto found = compute_tastes(members(3, 300, 20, &truth, 7), vocabulary(), {}, owned.get());
  EXPECT_EQ(found->model.state.names.at("taste_columns"), vocabulary().column_names());
  const auto shares = found->model.state.tensor("taste_mean_shares");
  ASSERT_TRUE(shares);
  EXPECT_EQ((*shares)->values, vocabulary().mean_shares());
  EXPECT_EQ(*found->model.rescore(found->model.state, found->model.golden.inputs),
            found->model.golden.outputs);
}

}  // namespace
}  // namespace coterie::understand

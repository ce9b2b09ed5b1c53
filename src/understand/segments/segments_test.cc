// RFM and clusters: the rules, and what they are when members are few.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "fixtures/members.h"
#include "profile/features.h"
#include "understand/segments/clusters.h"
#include "understand/segments/rfm.h"

namespace coterie::understand {
namespace {

using testing::rfm_table;
using testing::TestShop;

TEST(Rfm, QuintilesGiveEqualMembersEqualScores) {
  EXPECT_THAT(quintiles({10, 20, 30, 40, 50}), ::testing::ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(quintiles({7, 7, 7, 7}), ::testing::ElementsAre(3, 3, 3, 3));
  EXPECT_THAT(quintiles({1, 1, 1, 9}), ::testing::ElementsAre(2, 2, 2, 5));
  EXPECT_TRUE(quintiles({}).empty());
}

TEST(Rfm, EveryPairOfScoresHasOneOfElevenNames) {
  const auto names = rfm_segments();
  std::set<std::string_view> used;
  for (uint8_t recency = 1; recency <= 5; ++recency)
    for (uint8_t value = 1; value <= 5; ++value) used.insert(rfm_segment(recency, value));
  EXPECT_EQ(used.size(), 11u);
  EXPECT_EQ(used, std::set<std::string_view>(names.begin(), names.end()));
  EXPECT_EQ(rfm_segment(5, 5), "champions");
  EXPECT_EQ(rfm_segment(1, 1), "lost");
  EXPECT_EQ(rfm_segment(1, 5), "cannot_lose");
  for (const auto name : names)
    EXPECT_FALSE(base::text_by_key("segment_" + std::string(name), base::Language::kChinese).empty()) << name;
}

TEST(Rfm, LeavesOutWhoNeverBoughtAndDoesWithoutAmounts) {
  const double none = std::nan("");
  const auto members = *compute_rfm(rfm_table({{none, 0, none}, {1, 9, none}, {100, 1, none}}));
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].row, 1u);
  EXPECT_EQ(members[0].monetary, 0);
  EXPECT_EQ(members[0].value, members[0].frequency);
  EXPECT_GT(members[0].recency, members[1].recency);
}

TEST(Clusters, PickTheNumberOfClustersBySilhouette) {
  TestShop shop("UTC");
  shop.add(testing::plausible_events(7, 300));
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  const auto features = *profile::compute_features(*source, *source->default_as_of());
  ClusterOptions options;
  options.features.assign(std::begin(kClusterFeatures), std::end(kClusterFeatures));
  const auto clustering = compute_clusters(features, options, shop.context());
  ASSERT_TRUE(clustering) << clustering.error().message();
  double best = -1;
  size_t best_k = 0;
  for (const auto& [k, silhouette] : clustering->choices)
    if (silhouette > best) {
      best = silhouette;
      best_k = k;
    }
  EXPECT_EQ(clustering->choices.size(), 6u);
  EXPECT_EQ(clustering->clusters.size(), best_k);
  EXPECT_EQ(clustering->silhouette, best);
  size_t members = 0;
  for (const auto& cluster : clustering->clusters) members += cluster.members;
  EXPECT_EQ(members, clustering->rows.size());
}

TEST(Clusters, RefuseMoreClustersThanDifferentMembers) {
  const auto table = rfm_table({{1, 1, 1}, {1, 1, 1}, {2, 1, 1}});
  ClusterOptions options{.features = {"recency_days"}, .n_clusters = 3};
  const auto clustering = compute_clusters(table, options, base::OwnedContext().get());
  ASSERT_FALSE(clustering);
  EXPECT_EQ(clustering.error().code(), base::Code::kInvalidArgument);
}

}  // namespace
}  // namespace coterie::understand

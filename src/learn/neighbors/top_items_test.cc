// Choosing the list: order, ties, and what must not appear.
#include "learn/neighbors/top_items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace coterie::learn {
namespace {

using ::testing::ElementsAre;

TEST(TopItems, OrdersByScoreThenIndexAndLeavesOutWhatHasNone) {
  const std::vector<double> scores{0.0, 2.0, 1.0, 2.0, -1.0, 3.0};
  EXPECT_THAT(top_items(scores, {}, {}, 10),
              ElementsAre(RankedItem{5, 3}, RankedItem{1, 2}, RankedItem{3, 2}, RankedItem{2, 1}));
  EXPECT_THAT(top_items(scores, {}, {}, 2), ElementsAre(RankedItem{5, 3}, RankedItem{1, 2}));
  EXPECT_TRUE(top_items(scores, {}, {}, 0).empty());
}

TEST(TopItems, KeepsExcludedAndForbiddenItemsOut) {
  const std::vector<double> scores{1, 2, 3, 4};
  EXPECT_THAT(top_items(scores, std::vector<uint32_t>{1, 3, 99}, {}, 10),
              ElementsAre(RankedItem{2, 3}, RankedItem{0, 1}));
  EXPECT_THAT(top_items(scores, std::vector<uint32_t>{1}, std::vector<uint8_t>{1, 1, 0, 1}, 10),
              ElementsAre(RankedItem{3, 4}, RankedItem{0, 1}));
}

TEST(TopItems, AgreesWithSortingEverything) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::Random random(seed);
    std::vector<double> scores(1 + random.below(80));
    for (double& score : scores) score = static_cast<double>(random.below(6));
    std::vector<RankedItem> all;
    for (uint32_t item = 0; item < scores.size(); ++item)
      if (scores[item] > 0) all.push_back({item, scores[item]});
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    const size_t n = random.below(30);
    if (all.size() > n) all.resize(n);
    EXPECT_EQ(top_items(scores, {}, {}, n), all);
  }
}

}  // namespace
}  // namespace coterie::learn

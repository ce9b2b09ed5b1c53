// Ranking metrics on lists that can be counted by hand, and NDCG against scikit-learn.
#include "learn/metrics/ranking.h"

#include <gtest/gtest.h>

#include <cmath>

namespace coterie::learn {
namespace {

const std::vector<uint32_t> kRanked{4, 2, 9, 7, 0, 1};
const std::vector<uint32_t> kRelevant{2, 5, 7};

TEST(RankingMetrics, CountHitsAmongTheFirstK) {
  EXPECT_DOUBLE_EQ(recall_at_k(kRanked, kRelevant, 5), 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(recall_at_k(kRanked, kRelevant, 3), 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(recall_at_k(kRanked, kRelevant, 100), 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(recall_at_k(kRanked, kRelevant, 1), 0.0);
  EXPECT_DOUBLE_EQ(recall_at_k({}, kRelevant, 5), 0.0);
}

TEST(RankingMetrics, RecallDividesByAllRelevantItemsEvenWhenTheListIsShorter) {
  const std::vector<uint32_t> relevant{0, 1, 2, 3};
  EXPECT_DOUBLE_EQ(recall_at_k(std::vector<uint32_t>{1, 3}, relevant, 2), 0.5);
}

TEST(RankingMetrics, NdcgDiscountsByTheLogarithmOfTheRank) {
  // Hits at ranks 2 and 4 of 3 relevant; scikit-learn 1.9.1 ndcg_score(k=5) gives the same.
  EXPECT_NEAR(ndcg_at_k(kRanked, kRelevant, 5), 0.49818925746641285, 1e-12);
  EXPECT_NEAR(ndcg_at_k(kRanked, kRelevant, 2), (1 / std::log2(3.0)) / (1 + 1 / std::log2(3.0)), 1e-12);
  EXPECT_DOUBLE_EQ(ndcg_at_k(std::vector<uint32_t>{7, 2, 5}, kRelevant, 20), 1.0);
  EXPECT_DOUBLE_EQ(ndcg_at_k(kRanked, {}, 5), 0.0);
}

TEST(RankingMetrics, ReciprocalRankLooksAtTheFirstHitOnly) {
  EXPECT_DOUBLE_EQ(mrr_at_k(kRanked, kRelevant, 5), 0.5);
  EXPECT_DOUBLE_EQ(mrr_at_k(kRanked, std::vector<uint32_t>{0, 1}, 20), 0.2);
  EXPECT_DOUBLE_EQ(mrr_at_k(kRanked, std::vector<uint32_t>{0, 1}, 4), 0.0);
}

TEST(RankingMetrics, MacroMeanCountsEveryUserTheSame) {
  EXPECT_DOUBLE_EQ(macro_mean(std::vector{1.0, 0.0, 0.5, 0.5}), 0.5);
  EXPECT_DOUBLE_EQ(macro_mean({}), 0.0);
}

TEST(Coverage, CountsDistinctItemsOfTheFirstK) {
  Coverage coverage(10);
  coverage.add(kRanked, 3);
  coverage.add(std::vector<uint32_t>{9, 8}, 3);
  EXPECT_DOUBLE_EQ(coverage.value(), 0.4);
  coverage.add(std::vector<uint32_t>{77}, 3);  // not in the catalogue
  EXPECT_DOUBLE_EQ(coverage.value(), 0.4);
  EXPECT_DOUBLE_EQ(Coverage(0).value(), 0.0);
}

}  // namespace
}  // namespace coterie::learn

// Classification metrics against scikit-learn's numbers and slow plain definitions.
#include "learn/metrics/classification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.h"

namespace coterie::learn {
namespace {

using ::testing::HasSubstr;

// Many ties, a 0 and a 1. The expected values below were computed once by scikit-learn 1.9.1 on these
// numbers.
const std::vector<double> kScores{0.6, 0.9, 0.8, 0.0, 0.3, 1.0, 0.0, 0.8, 0.8, 0.5, 0.3, 0.3,
                                  0.3, 0.4, 0.5, 0.6, 1.0, 0.8, 0.6, 1.0, 0.2, 0.2, 0.6, 0.0};
const std::vector<uint8_t> kLabels{1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0, 0, 0, 1, 0};
const std::vector<double> kWeights{1.52, 2.61, 1.08, 1.79, 0.0,  1.16, 0.97, 0.45, 2.45, 1.14, 2.94, 0.0,
                                   1.82, 1.91, 2.03, 0.45, 1.32, 0.72, 1.21, 0.29, 2.9,  0.65, 2.02, 0.9};

TEST(ClassificationMetrics, EqualScikitLearn) {
  EXPECT_NEAR(*roc_auc_score(kScores, kLabels), 0.7999999999999999, 1e-12);
  EXPECT_NEAR(*average_precision_score(kScores, kLabels), 0.7661475116362334, 1e-12);
  EXPECT_NEAR(*log_loss(kScores, kLabels), 1.9308896940986446, 1e-12);
  EXPECT_NEAR(*brier_score_loss(kScores, kLabels), 0.18791666666666665, 1e-12);
}

TEST(ClassificationMetrics, EqualScikitLearnWithWeights) {
  EXPECT_NEAR(*roc_auc_score(kScores, kLabels, kWeights), 0.8998695221277637, 1e-12);
  EXPECT_NEAR(*average_precision_score(kScores, kLabels, kWeights), 0.8929403316826561, 1e-12);
  EXPECT_NEAR(*log_loss(kScores, kLabels, kWeights), 0.7241032047618419, 1e-12);
  EXPECT_NEAR(*brier_score_loss(kScores, kLabels, kWeights), 0.14063099288586453, 1e-12);
}

TEST(RocCurve, EqualsScikitLearnWithWeights) {
  const std::vector<RocPoint> expected{{std::numeric_limits<double>::infinity(), 0, 0},
                                       {1.0, 0.021986353297952992, 0.12957157784743992},
                                       {0.9, 0.021986353297952992, 0.26593521421107624},
                                       {0.8, 0.07657316148597422, 0.47387669801462906},
                                       {0.6, 0.07657316148597422, 0.7455590386624869},
                                       {0.5, 0.23047763457164516, 0.8051201671891327},
                                       {0.4, 0.23047763457164516, 0.9049111807732497},
                                       {0.3, 0.4533737680060652, 1.0},
                                       {0.2, 0.7225170583775588, 1.0},
                                       {0.0, 1.0, 1.0}};
  const auto curve = roc_curve(kScores, kLabels, kWeights);
  ASSERT_TRUE(curve);
  ASSERT_EQ(curve->size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ((*curve)[i].threshold, expected[i].threshold);
    EXPECT_NEAR((*curve)[i].false_positive_rate, expected[i].false_positive_rate, 1e-12);
    EXPECT_NEAR((*curve)[i].true_positive_rate, expected[i].true_positive_rate, 1e-12);
  }
}

TEST(RocCurve, DropsThePointsThatScikitLearnDrops) {
  const std::vector<double> scores{.9, .8, .7, .6, .5, .4, .3};
  const std::vector<uint8_t> labels{1, 1, 1, 0, 0, 0, 1};
  std::vector<double> thresholds;
  const auto curve = roc_curve(scores, labels);
  ASSERT_TRUE(curve);
  for (const RocPoint& point : *curve) thresholds.push_back(point.threshold);
  EXPECT_THAT(thresholds, ::testing::ElementsAre(std::numeric_limits<double>::infinity(), .9, .7, .4, .3));
  EXPECT_EQ(roc_curve(scores, labels, {}, false)->size(), 8u);
}

TEST(LogLoss, ClipsAsScikitLearn) {
  EXPECT_NEAR(*log_loss(std::vector{1.0, 0.0, 0.0}, std::vector<uint8_t>{1, 0, 1}), 12.014551129705717,
              1e-12);
  EXPECT_NEAR(*log_loss(std::vector{.25, .5}, std::vector<uint8_t>{1, 1}), 1.0397207708399179, 1e-12);
}

// Scores from few values, so that ties abound; weights 0 to 3.
struct WeightedSample {
  std::vector<double> scores, weights;
  std::vector<uint8_t> labels;
};

WeightedSample random_sample(uint64_t seed) {
  base::Random random(seed);
  WeightedSample sample;
  const size_t n = 4 + random.below(60);
  const uint64_t levels = 1 + random.below(20);
  for (size_t i = 0; i < n; ++i) {
    sample.scores.push_back(static_cast<double>(random.below(levels)) / static_cast<double>(levels));
    sample.labels.push_back(random.chance(0.4) ? 1 : 0);
    sample.weights.push_back(static_cast<double>(random.below(4)));
  }
  sample.labels[0] = 1;
  sample.labels[1] = 0;
  sample.weights[0] = sample.weights[1] = 1;
  return sample;
}

double plain_auc(const WeightedSample& sample) {
  double pairs = 0, right = 0;
  for (size_t i = 0; i < sample.scores.size(); ++i)
    for (size_t j = 0; j < sample.scores.size(); ++j) {
      if (sample.labels[i] != 1 || sample.labels[j] != 0) continue;
      const double weight = sample.weights[i] * sample.weights[j];
      pairs += weight;
      if (sample.scores[i] > sample.scores[j]) right += weight;
      if (sample.scores[i] == sample.scores[j]) right += weight / 2;
    }
  return right / pairs;
}

double plain_average_precision(const WeightedSample& sample) {
  std::vector<double> thresholds = sample.scores;
  std::sort(thresholds.rbegin(), thresholds.rend());
  thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
  double all_positive = 0, sum = 0, recall_before = 0;
  for (size_t i = 0; i < sample.scores.size(); ++i) all_positive += sample.weights[i] * sample.labels[i];
  for (const double threshold : thresholds) {
    double called = 0, right = 0;
    for (size_t i = 0; i < sample.scores.size(); ++i) {
      if (sample.scores[i] < threshold) continue;
      called += sample.weights[i];
      right += sample.weights[i] * sample.labels[i];
    }
    const double recall = right / all_positive;
    if (called > 0) sum += (recall - recall_before) * right / called;
    recall_before = recall;
  }
  return sum;
}

TEST(ClassificationMetrics, AgreeWithPlainDefinitions) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const WeightedSample sample = random_sample(seed);
    EXPECT_NEAR(*roc_auc_score(sample.scores, sample.labels, sample.weights), plain_auc(sample), 1e-12);
    EXPECT_NEAR(*average_precision_score(sample.scores, sample.labels, sample.weights),
                plain_average_precision(sample), 1e-12);
  }
}

TEST(ClassificationMetrics, CountAnIntegerWeightAsRepeatedRows) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const WeightedSample sample = random_sample(seed);
    WeightedSample repeated;
    for (size_t i = 0; i < sample.scores.size(); ++i)
      for (int t = 0; t < sample.weights[i]; ++t) {
        repeated.scores.push_back(sample.scores[i]);
        repeated.labels.push_back(sample.labels[i]);
      }
    EXPECT_NEAR(*log_loss(sample.scores, sample.labels, sample.weights),
                *log_loss(repeated.scores, repeated.labels), 1e-12);
    EXPECT_NEAR(*lift_at(sample.scores, sample.labels, 0.1, sample.weights),
                *lift_at(repeated.scores, repeated.labels, 0.1), 1e-12);
  }
}

TEST(LiftAt, IsTheRateAtTheTopOverTheRateOfAll) {
  // 20 rows, 4 positives: base rate 0.2. The top 10 % are two rows, one of them positive: 0.5 / 0.2.
  std::vector<double> scores(20);
  std::vector<uint8_t> labels(20);
  for (size_t i = 0; i < 20; ++i) scores[i] = static_cast<double>(20 - i);
  for (const size_t i : {0, 5, 6, 7}) labels[i] = 1;
  EXPECT_NEAR(*lift_at(scores, labels, 0.1), 2.5, 1e-12);
  EXPECT_NEAR(*lift_at(scores, labels, 1.0), 1.0, 1e-12);
}

TEST(LiftAt, SplitsTiesAtTheBorderEvenlyWhateverTheOrderOfRows) {
  // The border (2 of 20 rows) falls into four equal scores with 3 positives: half of each counts, 1.5 / 2 /
  // 0.2.
  std::vector<double> scores(20, 0.0);
  std::vector<uint8_t> labels(20);
  for (const size_t i : {3, 8, 11, 17}) scores[i] = 1.0;
  for (const size_t i : {3, 11, 17, 0}) labels[i] = 1;
  EXPECT_NEAR(*lift_at(scores, labels, 0.1), 3.75, 1e-12);
  std::reverse(scores.begin(), scores.end());
  std::reverse(labels.begin(), labels.end());
  EXPECT_NEAR(*lift_at(scores, labels, 0.1), 3.75, 1e-12);
  EXPECT_NEAR(*lift_at(std::vector<double>(20, 0.5), labels, 0.1), 1.0, 1e-12);
}

TEST(ClassificationMetrics, SayWhatTheyCannotBeComputedFor) {
  const std::vector<double> scores{.1, .2};
  const auto words = [](const auto& result) { return result ? "" : result.error().message(); };
  EXPECT_THAT(words(roc_auc_score(scores, std::vector<uint8_t>{1, 1})), HasSubstr("all labels are 1"));
  EXPECT_THAT(words(roc_auc_score(scores, std::vector<uint8_t>{0, 1}, std::vector{1.0, 0.0})),
              HasSubstr("all labels are 0"));
  EXPECT_THAT(words(average_precision_score(scores, std::vector<uint8_t>{0, 0})),
              HasSubstr("all labels are 0"));
  EXPECT_THAT(words(roc_auc_score({}, {})), HasSubstr("0 rows"));
  EXPECT_THAT(words(roc_auc_score(scores, std::vector<uint8_t>{1})), HasSubstr("2 scores, 1 labels"));
  EXPECT_THAT(words(roc_auc_score(std::vector{.1, std::nan("")}, std::vector<uint8_t>{0, 1})),
              HasSubstr("row 1"));
  EXPECT_THAT(words(roc_auc_score(scores, std::vector<uint8_t>{0, 2})), HasSubstr("label of row 1"));
  EXPECT_THAT(words(roc_auc_score(scores, std::vector<uint8_t>{0, 1}, std::vector{1.0, -1.0})),
              HasSubstr("weight of row 1"));
  EXPECT_THAT(words(log_loss(std::vector{.1, 1.5}, std::vector<uint8_t>{0, 1})), HasSubstr("probability"));
  EXPECT_THAT(words(log_loss(scores, std::vector<uint8_t>{0, 1}, std::vector{0.0, 0.0})),
              HasSubstr("above 0"));
  EXPECT_THAT(words(lift_at(scores, std::vector<uint8_t>{0, 1}, 0.0)), HasSubstr("fraction is 0"));
  EXPECT_TRUE(log_loss(scores, std::vector<uint8_t>{0, 0}));
}

}  // namespace
}  // namespace coterie::learn

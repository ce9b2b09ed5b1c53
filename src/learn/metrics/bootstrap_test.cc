// Bootstrap intervals: their arithmetic against plain metrics, their width against theory.
#include "learn/metrics/bootstrap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>

#include "base/random.h"
#include "learn/metrics/classification.h"
#include "learn/metrics/poisson_counts.h"

namespace coterie::learn {
namespace {

using ::testing::HasSubstr;

struct Sample {
  std::vector<double> probabilities;
  std::vector<uint8_t> labels;
};

Sample random_sample(size_t n, uint64_t seed, uint64_t levels) {
  base::Random random(seed);
  Sample sample;
  for (size_t i = 0; i < n; ++i) {
    sample.probabilities.push_back(static_cast<double>(random.below(levels)) / static_cast<double>(levels));
    sample.labels.push_back(random.chance(0.2 + 0.6 * sample.probabilities.back()) ? 1 : 0);
  }
  sample.labels[0] = 0;
  sample.labels[1] = 1;
  return sample;
}

// What one replicate gives, from the public metrics and the same counts as weights. The bootstrap draws
// counts for rows in descending order of score, equal scores in order of row: so are these rows.
Sample in_descending_order(const Sample& sample) {
  std::vector<size_t> order(sample.labels.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return sample.probabilities[a] > sample.probabilities[b]; });
  Sample sorted;
  for (const size_t i : order) {
    sorted.probabilities.push_back(sample.probabilities[i]);
    sorted.labels.push_back(sample.labels[i]);
  }
  return sorted;
}

std::vector<double> counts_of(uint64_t seed, uint64_t replicate, size_t n) {
  std::vector<uint8_t> counts(n);
  PoissonCounts(seed, replicate).fill(counts);
  return {counts.begin(), counts.end()};
}

void expect_interval(const Interval& interval, double value, std::vector<double> replicates) {
  EXPECT_NEAR(interval.value, value, 1e-12);
  EXPECT_NEAR(interval.low, quantile_in_place(replicates, 0.025), 1e-12);
  EXPECT_NEAR(interval.high, quantile_in_place(replicates, 0.975), 1e-12);
}

TEST(Bootstrap, ReplicatesAreTheMetricsUnderTheirCounts) {
  base::OwnedContext context(2);
  for (const uint64_t levels : {7ull, 1ull << 40}) {
    SCOPED_TRACE("levels " + std::to_string(levels));
    const Sample sample = random_sample(301, 3, levels);
    const Sample sorted = in_descending_order(sample);
    const auto evidence = bootstrap_classification(sample.probabilities, sample.labels,
                                                   {.n_resamples = 60, .random_state = 9}, context.get());
    ASSERT_TRUE(evidence) << evidence.error().message();
    std::array<std::vector<double>, 5> replicates;
    for (uint64_t r = 0; r < 60; ++r) {
      const std::vector<double> counts = counts_of(9, r, 301);
      replicates[0].push_back(*roc_auc_score(sorted.probabilities, sorted.labels, counts));
      replicates[1].push_back(*average_precision_score(sorted.probabilities, sorted.labels, counts));
      replicates[2].push_back(*log_loss(sorted.probabilities, sorted.labels, counts));
      replicates[3].push_back(*brier_score_loss(sorted.probabilities, sorted.labels, counts));
      replicates[4].push_back(*lift_at(sorted.probabilities, sorted.labels, 0.1, counts));
    }
    expect_interval(evidence->auc, *roc_auc_score(sample.probabilities, sample.labels), replicates[0]);
    expect_interval(evidence->pr_auc, *average_precision_score(sample.probabilities, sample.labels),
                    replicates[1]);
    expect_interval(evidence->log_loss, *log_loss(sample.probabilities, sample.labels), replicates[2]);
    expect_interval(evidence->brier, *brier_score_loss(sample.probabilities, sample.labels), replicates[3]);
    expect_interval(evidence->lift10, *lift_at(sample.probabilities, sample.labels, 0.1), replicates[4]);
  }
}

TEST(Bootstrap, DifferencesArePaired) {
  base::OwnedContext context;
  const Sample sample = random_sample(200, 5, 50);
  base::Random random(8);
  std::vector<double> other;
  for (const double p : sample.probabilities) other.push_back(10 * p + random.normal());
  const auto difference = bootstrap_auc_difference(sample.probabilities, other, sample.labels,
                                                   {.n_resamples = 50, .random_state = 4}, context.get());
  ASSERT_TRUE(difference);
  std::vector<double> replicates;
  for (uint64_t r = 0; r < 50; ++r) {
    const std::vector<double> counts = counts_of(4, r, 200);
    replicates.push_back(*roc_auc_score(sample.probabilities, sample.labels, counts) -
                         *roc_auc_score(other, sample.labels, counts));
  }
  expect_interval(*difference,
                  *roc_auc_score(sample.probabilities, sample.labels) - *roc_auc_score(other, sample.labels),
                  replicates);
  const auto same = bootstrap_auc_difference(other, other, sample.labels, {}, context.get());
  ASSERT_TRUE(same);
  EXPECT_EQ(same->low, 0.0);
  EXPECT_EQ(same->high, 0.0);
}

TEST(Bootstrap, AMeansIntervalIsAsWideAsTheNormalOne) {
  base::OwnedContext context;
  base::Random random(2);
  std::vector<double> values(2000);
  for (double& value : values) value = 5.0 + random.normal();
  const auto interval = bootstrap_mean(values, {.n_resamples = 4000}, context.get());
  ASSERT_TRUE(interval);
  const double half_width = 1.96 / std::sqrt(2000.0);
  EXPECT_NEAR(interval->high - interval->low, 2 * half_width, 0.08 * 2 * half_width);
  EXPECT_LT(interval->low, interval->value);
  EXPECT_GT(interval->high, interval->value);
}

TEST(Bootstrap, CoversTheTruthAboutNineteenTimesInTwenty) {
  base::OwnedContext context;
  int covered = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    base::Random random(1234, seed);
    std::vector<double> values(150);
    for (double& value : values) value = random.exponential();
    const auto interval = bootstrap_mean(values, {.n_resamples = 400, .random_state = seed}, context.get());
    ASSERT_TRUE(interval);
    covered += interval->low <= 1.0 && 1.0 <= interval->high ? 1 : 0;
  }
  EXPECT_GE(covered, 365);  // 380 expected, standard deviation 4.4; percentile intervals run a little short
  EXPECT_LE(covered, 393);
}

TEST(Bootstrap, MeanDifferencesBelongTogether) {
  base::OwnedContext context;
  std::vector<double> a(100), b(100);
  base::Random random(6);
  for (size_t i = 0; i < 100; ++i) {
    b[i] = 100 * random.uniform();
    a[i] = b[i] + 1.0 + 0.01 * random.normal();
  }
  const auto difference = bootstrap_mean_difference(a, b, {}, context.get());
  ASSERT_TRUE(difference);
  EXPECT_GT(difference->low, 0.99);
  EXPECT_LT(difference->high, 1.01);
}

TEST(Bootstrap, GivesTheSameBitsForAnyNumberOfThreads) {
  const Sample sample = random_sample(500, 1, 1 << 20);
  std::vector<double> one;
  for (const size_t threads : {1, 2, 7}) {
    base::OwnedContext context(threads);
    const auto evidence = bootstrap_classification(sample.probabilities, sample.labels, {}, context.get());
    ASSERT_TRUE(evidence);
    std::vector<double> numbers;
    for (const Interval& interval :
         {evidence->auc, evidence->pr_auc, evidence->log_loss, evidence->brier, evidence->lift10})
      numbers.insert(numbers.end(), {interval.value, interval.low, interval.high});
    if (one.empty()) one = numbers;
    EXPECT_EQ(numbers, one);
  }
}

TEST(Bootstrap, RedrawsAReplicateThatLacksAClass) {
  base::OwnedContext context;
  const std::vector<double> scores{0.9, 0.1, 0.2};
  const std::vector<uint8_t> labels{1, 0, 0};
  const auto interval = bootstrap_auc(scores, labels, {}, context.get());
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 1.0);
  EXPECT_EQ(interval->high, 1.0);
}

TEST(Bootstrap, RefusesWhatHasNoAnswer) {
  base::OwnedContext context;
  const std::vector<double> scores{0.1, 0.2};
  const std::vector<uint8_t> ones{1, 1}, both{0, 1};
  const auto words = [](const auto& result) { return result ? "" : result.error().message(); };
  EXPECT_THAT(words(bootstrap_auc(scores, ones, {}, context.get())), HasSubstr("all labels are 1"));
  EXPECT_THAT(words(bootstrap_classification(std::vector{1.0, 2.0}, both, {}, context.get())),
              HasSubstr("probability"));
  EXPECT_THAT(words(bootstrap_mean({}, {}, context.get())), HasSubstr("no values"));
  EXPECT_THAT(words(bootstrap_mean_difference(scores, std::vector{1.0}, {}, context.get())),
              HasSubstr("pairs"));
  EXPECT_THAT(words(bootstrap_mean(scores, {.n_resamples = 0}, context.get())),
              HasSubstr("n_resamples is 0"));
  EXPECT_THAT(words(bootstrap_mean(scores, {.confidence_level = 1}, context.get())),
              HasSubstr("confidence_level"));
}

TEST(Bootstrap, StopsWhenCancelledAndKeepsWithinTheBudget) {
  const Sample sample = random_sample(1000, 1, 100);
  base::OwnedContext cancelled;
  cancelled.cancel.cancel();
  const auto stopped = bootstrap_classification(sample.probabilities, sample.labels, {}, cancelled.get());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), base::Code::kCancelled);
  base::OwnedContext tight(1, 1000);
  const auto refused = bootstrap_classification(sample.probabilities, sample.labels, {}, tight.get());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::Code::kResourceExhausted);
  EXPECT_EQ(tight.budget.used_bytes(), 0u);
}

TEST(PoissonCounts, HaveTheirDistribution) {
  std::vector<uint8_t> counts(1'000'001);
  PoissonCounts(42, 0).fill(counts);
  std::array<double, 13> seen{};
  for (const uint8_t count : counts) seen.at(count) += 1;
  double expected = static_cast<double>(counts.size()) / std::exp(1.0);
  double chi_squared = 0;
  for (int k = 0; k <= 7; ++k) {
    const double difference = seen[static_cast<size_t>(k)] - expected;
    chi_squared += difference * difference / expected;
    expected /= k + 1;
  }
  EXPECT_LT(chi_squared, 26.1);  // the 99.9 % quantile with 8 degrees of freedom
}

TEST(Quantile, InterpolatesAsNumpy) {
  std::vector<double> values{4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(quantile_in_place(values, 0.0), 1.0);
  EXPECT_DOUBLE_EQ(quantile_in_place(values, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile_in_place(values, 0.9), 3.7);
  EXPECT_DOUBLE_EQ(quantile_in_place(values, 1.0), 4.0);
}

}  // namespace
}  // namespace coterie::learn

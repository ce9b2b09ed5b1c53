// Matching, population stability and level shifts against brute force, the textbook and planted changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "base/random.h"
#include "learn/metrics/assignment.h"
#include "learn/metrics/distributions.h"
#include "learn/metrics/level_shift.h"
#include "learn/metrics/population_stability.h"

namespace coterie::learn {
namespace {

double gain_of(const kernels::Matrix& gain, const std::vector<uint32_t>& columns) {
  double sum = 0;
  for (size_t i = 0; i < columns.size(); ++i)
    if (columns[i] != kUnassigned) sum += gain.at(i, columns[i]);
  return sum;
}

TEST(Assignment, IsTheBestOfAllPermutations) {
  base::Random random(5);
  for (int round = 0; round < 200; ++round) {
    const size_t rows = 1 + random.below(6), cols = 1 + random.below(6), n = std::max(rows, cols);
    kernels::Matrix gain(rows, cols);
    for (double& value : gain.values) value = static_cast<double>(random.below(20));
    std::vector<uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0u);
    double best = 0;
    do {
      double sum = 0;
      for (size_t i = 0; i < rows; ++i) sum += order[i] < cols ? gain.at(i, order[i]) : 0;
      best = std::max(best, sum);
    } while (std::next_permutation(order.begin(), order.end()));
    const auto columns = best_assignment(gain);
    EXPECT_EQ(gain_of(gain, columns), best) << "round " << round;
    std::vector<uint32_t> used;
    for (const uint32_t c : columns)
      if (c != kUnassigned) used.push_back(c);
    std::sort(used.begin(), used.end());
    EXPECT_EQ(std::adjacent_find(used.begin(), used.end()), used.end());
    EXPECT_EQ(used.size(), std::min(rows, cols));
  }
}

TEST(PopulationStability, HasTheTextbooksThresholdWithoutCommonMembers) {
  std::vector<uint32_t> before, after;
  for (uint32_t u = 0; u < 4000; ++u) {
    before.push_back(u % 10);
    after.push_back(kNotThere);
  }
  for (uint32_t u = 0; u < 1000; ++u) {
    before.push_back(kNotThere);
    after.push_back(u % 10);
  }
  const auto result = population_stability(before, after, 10, 0.001);
  ASSERT_TRUE(result);
  EXPECT_NEAR(result->threshold, (1 / 4000.0 + 1 / 1000.0) * chi_squared_quantile(0.999, 9), 1e-12);
  EXPECT_NEAR(result->degrees, 9, 1e-9);
  EXPECT_NEAR(result->psi, 0, 1e-12);
  EXPECT_NEAR(result->p_value, 1, 1e-9);
}

TEST(PopulationStability, IsItsDefinition) {
  // p = (30.5, 70.5) / 101, q = (50.5, 50.5) / 101.
  std::vector<uint32_t> before(200, kNotThere), after(200, kNotThere);
  for (size_t u = 0; u < 100; ++u) before[u] = u < 30 ? 0 : 1;
  for (size_t u = 100; u < 200; ++u) after[u] = u < 150 ? 0 : 1;
  const auto result = population_stability(before, after, 2, 0.05);
  EXPECT_NEAR(result->psi, (20 / 101.0) * std::log(50.5 / 30.5) + (-20 / 101.0) * std::log(50.5 / 70.5),
              1e-12);
}

// Members whose value stays with probability `stay`; in both samples. Nothing moves but they.
double false_alarms(double stay, double alpha, bool with_threshold_of_strangers) {
  base::Random random(17);
  int alarms = 0;
  constexpr int kRounds = 2000;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<uint32_t> before(500), after(500);
    for (size_t u = 0; u < before.size(); ++u) {
      before[u] = static_cast<uint32_t>(random.below(5));
      after[u] = random.chance(stay) ? before[u] : static_cast<uint32_t>(random.below(5));
    }
    const auto result = population_stability(before, after, 5, alpha);
    const double strangers = (2 / 500.0) * chi_squared_quantile(1 - alpha, 4);
    alarms += result->psi > (with_threshold_of_strangers ? strangers : result->threshold) ? 1 : 0;
  }
  return static_cast<double>(alarms) / kRounds;
}

TEST(PopulationStability, CountsAMemberWhoIsInBothSamplesOnce) {
  EXPECT_NEAR(false_alarms(0.0, 0.05, false), 0.05, 0.015);
  EXPECT_NEAR(false_alarms(0.8, 0.05, false), 0.05, 0.015);
  EXPECT_LT(false_alarms(0.8, 0.05, true), 0.005);  // the textbook's would hardly ever see a thing
}

TEST(PopulationStability, RefusesWhatIsNone) {
  const std::vector<uint32_t> one = {0}, two = {0, 1}, none = {kNotThere}, far = {7};
  EXPECT_FALSE(population_stability(one, two, 2, 0.05));
  EXPECT_FALSE(population_stability(one, none, 2, 0.05));
  EXPECT_FALSE(population_stability(one, far, 2, 0.05));
  EXPECT_FALSE(population_stability(one, one, 1, 0.05));
}

struct Series {
  std::vector<double> values, variances;
};

// A year with a season, a weekday rhythm, three campaigns of three days and noise; `shift` from `since` on.
Series year(uint64_t seed, double shift, size_t since, double extra_noise = 0) {
  base::Random random(seed);
  Series out;
  double week_noise = 0;
  for (size_t d = 0; d < 365; ++d) {
    const double season = 0.15 * std::cos(2 * std::numbers::pi * static_cast<double>(d) / 365);
    const double weekday = d % 7 >= 5 ? 0.3 : 0;
    const double campaign = (d % 120) >= 80 && (d % 120) < 83 ? 0.8 : 0;
    if (d % 7 == 0) week_noise = extra_noise * random.normal();
    out.values.push_back(season + weekday + campaign + week_noise + (d >= since ? shift : 0) +
                         0.05 * random.normal());
    out.variances.push_back(0.05 * 0.05);
  }
  return out;
}

TEST(LevelShift, IsFoundWithinAWeekOfItsDay) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const size_t since = 212 + 2 * seed;  // two weeks after a campaign to one before the next
    for (const double shift : {-0.35, 0.35}) {
      const auto series = year(seed, shift, since);
      const auto found = find_level_shifts(series.values, series.variances, {1e-6});
      ASSERT_EQ(found->size(), 1u) << "seed " << seed;
      const LevelShift& first = (*found)[0];
      EXPECT_GE(first.day, since);
      EXPECT_LE(first.day, since + 7) << "seed " << seed;
      EXPECT_LE(std::abs(static_cast<double>(first.since) - static_cast<double>(since)), 3)
          << "seed " << seed;
      EXPECT_GT(first.shift * shift, 0);
    }
  }
}

TEST(LevelShift, SeasonsWeekdaysCampaignsAndNoiseAreNone) {
  size_t alarms = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const auto series = year(seed, 0, 0, seed % 2 == 0 ? 0.0 : 0.05);
    alarms += find_level_shifts(series.values, series.variances, {1e-6})->size();
  }
  EXPECT_EQ(alarms, 0u);  // 400 years · 239 days · 1e-6 = 0.1 expected
}

TEST(LevelShift, KeepsItsFalseAlarmRate) {
  size_t alarms = 0, days = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const auto series = year(seed, 0, 0);
    alarms += find_level_shifts(series.values, series.variances, {1e-3})->size();
    days += 365 - 126;
  }
  EXPECT_LE(static_cast<double>(alarms), 1e-3 * static_cast<double>(days));
}

TEST(LevelShift, KnowsNothingOfLaterDays) {
  const auto whole = year(3, 0.5, 200);
  const auto all = *find_level_shifts(whole.values, whole.variances, {1e-6});
  ASSERT_EQ(all.size(), 1u);
  const std::span<const double> values(whole.values), variances(whole.variances);
  const size_t days = all[0].day + 1;
  const auto part = *find_level_shifts(values.first(days), variances.first(days), {1e-6});
  ASSERT_EQ(part.size(), 1u);
  EXPECT_EQ(part[0].since, all[0].since);
  EXPECT_EQ(part[0].z, all[0].z);
  EXPECT_TRUE(find_level_shifts(values.first(days - 1), variances.first(days - 1), {1e-6})->empty());
}

TEST(LevelShift, LivesWithMissingDays) {
  auto series = year(4, 0.5, 220);
  for (size_t d = 0; d < 365; ++d)
    if (d % 7 == 6) series.values[d] = std::numeric_limits<double>::quiet_NaN();  // closed on Sundays
  const auto found = find_level_shifts(series.values, series.variances, {1e-6});
  ASSERT_EQ(found->size(), 1u);
  EXPECT_LE((*found)[0].day, 228u);
}

}  // namespace
}  // namespace coterie::learn

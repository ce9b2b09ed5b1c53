// Concentration, quantiles of counted values, seasonal factors: by hand and against plain computations.
#include "learn/metrics/concentration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"
#include "learn/metrics/bootstrap.h"
#include "learn/metrics/counted_values.h"
#include "learn/metrics/seasonal_factors.h"

namespace coterie::learn {
namespace {

TEST(Concentration, PutsWhatCrossesABorderBeforeIt) {
  std::vector<int64_t> amounts = {5, 50, 0, 4, 30, 10, -7, 1};  // 100 in all
  const auto found = concentration(amounts);
  EXPECT_EQ(found.total, 100);
  EXPECT_EQ(found.count, 8u);
  EXPECT_EQ(found.not_positive, 2u);
  EXPECT_EQ(found.classes[0].count, 2u);  // 50 and 30 make the 80
  EXPECT_EQ(found.classes[0].amount, 80);
  EXPECT_EQ(found.classes[1].count, 2u);  // 10 and 5 make the 95
  EXPECT_EQ(found.classes[2].count, 4u);
  EXPECT_EQ(found.classes[2].amount, 5);
  std::vector<int64_t> one = {7};
  EXPECT_EQ(concentration(one).classes[0].count, 1u) << "who makes all of it makes the first share";
}

TEST(Concentration, GiniOfEqualsAndOfOneThatHasAll) {
  std::vector<int64_t> equal(50, 3), one(50, 0), none(4, -2), empty;
  one[17] = 9;
  EXPECT_DOUBLE_EQ(concentration(equal).gini, 0);
  EXPECT_DOUBLE_EQ(concentration(one).gini, 0.98);
  EXPECT_EQ(concentration(none).gini, 0);
  EXPECT_EQ(concentration(none).classes[2].count, 4u);
  EXPECT_EQ(concentration(empty).count, 0u);
}

TEST(Concentration, GiniIsHalfTheMeanDifferenceOverTheMean) {
  base::Random random(11);
  std::vector<int64_t> amounts;
  for (int i = 0; i < 300; ++i) amounts.push_back(static_cast<int64_t>(random.below(100'000)));
  double differences = 0, sum = 0;
  for (const int64_t a : amounts) {
    sum += static_cast<double>(a);
    for (const int64_t b : amounts) differences += std::abs(static_cast<double>(a - b));
  }
  EXPECT_NEAR(concentration(amounts).gini, differences / (2 * 300 * sum), 1e-12);
}

TEST(CountedValues, QuantilesAreThoseOfTheCasesWrittenOut) {
  base::Random random(5);
  CountedValues counted;
  std::vector<double> cases_written;
  for (int i = 0; i < 30; ++i) {
    const auto value = static_cast<int64_t>(random.below(20)) - 3;
    const uint64_t count = 1 + random.below(4);
    counted[value] += count;
    cases_written.insert(cases_written.end(), count, static_cast<double>(value));
  }
  EXPECT_EQ(cases(counted), cases_written.size());
  for (const double q : {0.0, 0.1, 0.25, 0.333, 0.5, 0.75, 0.9, 1.0})
    EXPECT_NEAR(quantile(counted, q), quantile_in_place(cases_written, q), 1e-12) << q;
  EXPECT_EQ(quantile({{4, 1}}, 0.9), 4);
}

TEST(SeasonalFactors, FindThePlantedWeekUnderATrend) {
  const std::vector<double> planted = {1.4, 1.0, 0.9, 1.1, 1.2, 0.8, 0.6};
  std::vector<double> values;
  for (size_t day = 0; day < 140; ++day)
    values.push_back(1000 * planted[day % 7] * std::pow(1.002, double(day)));
  values[70] *= 20;  // one day's accident moves no median far
  const auto found = *seasonal_factors(values, 7, 4);
  ASSERT_EQ(found.factors.size(), 7u);
  double mean = 0;
  for (size_t place = 0; place < 7; ++place) {
    EXPECT_NEAR(found.factors[place], planted[place], 0.01) << place;
    mean += found.factors[place] / 7;
  }
  EXPECT_NEAR(mean, 1, 1e-12);
}

TEST(SeasonalFactors, AreNoneWithTooLittle) {
  const std::vector<double> month(28, 2), zeros(100, 0);
  EXPECT_TRUE(seasonal_factors(month, 7, 4)->factors.empty());
  EXPECT_EQ(seasonal_factors(month, 7, 3)->factors, std::vector<double>(7, 1));
  EXPECT_TRUE(seasonal_factors(zeros, 7, 4)->factors.empty());
  EXPECT_TRUE(seasonal_factors({}, 7, 0)->factors.empty());
  EXPECT_FALSE(seasonal_factors(month, 6, 3));
  EXPECT_FALSE(seasonal_factors(std::vector<double>{1, std::numeric_limits<double>::infinity()}, 7, 1));
}

}  // namespace
}  // namespace coterie::learn

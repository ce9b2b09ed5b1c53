// Kaplan–Meier: the textbook's leukaemia data, a plain reference written out case by case, ties, edges.
#include "learn/lifetime/kaplan_meier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"

namespace coterie::learn {
namespace {

using base::Code;

// Weeks of remission under 6-mercaptopurine (Freireich et al. 1963; Kalbfleisch & Prentice 2002, §1.1.2).
const std::vector<double> kWeeks = {6,  6,  6,  6,  7,  9,  10, 10, 11, 13, 16,
                                    17, 19, 20, 22, 23, 25, 32, 32, 34, 35};
const std::vector<uint8_t> kRelapsed = {1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0};

TEST(KaplanMeier, IsTheTextbooksOnTheLeukaemiaData) {
  const auto model = *KaplanMeier::fit(kWeeks, kRelapsed);
  const std::vector<double> weeks = {6, 7, 10, 13, 16, 22, 23};
  const std::vector<uint64_t> at_risk = {21, 17, 15, 12, 11, 7, 6};
  const std::vector<double> survival = {.857, .807, .753, .690, .627, .538, .448};
  // Bounds: scipy.stats.ecdf(CensoredData(...)).sf.confidence_interval(method="log-log").
  const std::vector<double> low = {.620, .563, .503, .432, .368, .268, .188};
  const std::vector<double> high = {.952, .923, .889, .849, .805, .747, .680};
  ASSERT_EQ(model.steps().size(), weeks.size());
  for (size_t i = 0; i < weeks.size(); ++i) {
    const SurvivalStep& step = model.steps()[i];
    EXPECT_EQ(step.time, weeks[i]);
    EXPECT_EQ(step.at_risk, at_risk[i]);
    EXPECT_EQ(step.events, i == 0 ? 3u : 1u);
    EXPECT_NEAR(step.survival.value, survival[i], 5e-4);
    EXPECT_NEAR(*step.survival.low, low[i], 5e-4);
    EXPECT_NEAR(*step.survival.high, high[i], 5e-4);
  }
  const auto median = model.quantile(0.5);
  EXPECT_EQ(median.value, 23.0);
  EXPECT_EQ(median.low, 13.0);
  EXPECT_FALSE(median.high) << "the upper bound never comes down to a half";
  EXPECT_EQ(model.last_time(), 35);
}

TEST(KaplanMeier, IsAStepFunctionThatEndsWithTheLastCase) {
  const auto model = *KaplanMeier::fit(kWeeks, kRelapsed);
  EXPECT_EQ(model.at(5.99)->value, 1);
  EXPECT_FALSE(model.at(5.99)->low) << "nothing happened yet: no variance";
  EXPECT_EQ(model.at(6)->value, model.steps()[0].survival.value);
  EXPECT_EQ(model.at(6.99)->value, model.steps()[0].survival.value);
  EXPECT_EQ(model.at(35)->value, model.steps().back().survival.value);
  EXPECT_FALSE(model.at(35.01));
  EXPECT_EQ(model.at_risk(0), 21u);
  EXPECT_EQ(model.at_risk(23), 6u);
  EXPECT_EQ(model.at_risk(34), 2u);
  EXPECT_EQ(model.at_risk(36), 0u);
}

TEST(KaplanMeier, WithoutCensoringIsTheShareThatIsLeft) {
  const std::vector<double> times = {4, 1, 3, 2};
  const auto model = *KaplanMeier::fit(times, std::vector<uint8_t>(4, 1));
  EXPECT_DOUBLE_EQ(model.at(1)->value, 0.75);
  EXPECT_DOUBLE_EQ(model.at(2)->value, 0.5);
  EXPECT_EQ(model.quantile(0.5).value, 2.0) << "a half but for rounding is a half";
  EXPECT_EQ(model.at(4)->value, 0);
  EXPECT_FALSE(model.at(4)->low);
  EXPECT_EQ(model.at(400)->value, 0) << "nobody is left";
}

TEST(KaplanMeier, NothingHappenedIsOneWithoutBounds) {
  const auto model = *KaplanMeier::fit(std::vector<double>{3, 5}, std::vector<uint8_t>{0, 0});
  EXPECT_TRUE(model.steps().empty());
  EXPECT_EQ(model.at(4)->value, 1);
  EXPECT_FALSE(model.at(4)->high);
  EXPECT_FALSE(model.quantile(0.5).value);
}

TEST(KaplanMeier, CountsWhatHappensAtOnceAndAtZero) {
  // At 0 one of four; at 2 one of three, of whom one is censored then and is still at risk.
  const auto model = *KaplanMeier::fit(std::vector<double>{0, 2, 2, 9}, std::vector<uint8_t>{1, 1, 0, 0});
  EXPECT_DOUBLE_EQ(model.at(0)->value, 0.75);
  EXPECT_DOUBLE_EQ(model.at(2)->value, 0.5);
}

// S(t) by its definition: over the distinct times up to t, each counted over all cases.
double plain_survival(const std::vector<double>& times, const std::vector<uint8_t>& happened, double until) {
  double survival = 1;
  for (double time = 0; time <= until; time += 1) {
    double at_risk = 0, events = 0;
    for (size_t i = 0; i < times.size(); ++i) {
      at_risk += times[i] >= time ? 1 : 0;
      events += times[i] == time && happened[i] == 1 ? 1 : 0;
    }
    if (at_risk > 0) survival *= 1 - events / at_risk;
  }
  return survival;
}

TEST(KaplanMeier, EqualsAPlainCountAndWeightsEqualRepeatedCases) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    base::Random random(seed);
    std::vector<double> distinct, times;
    std::vector<uint8_t> of_distinct, happened;
    std::vector<uint64_t> weights;
    for (int i = 0; i < 40; ++i) {
      distinct.push_back(static_cast<double>(random.below(60)));
      of_distinct.push_back(random.chance(0.6) ? 1 : 0);
      weights.push_back(1 + random.below(5));
      times.insert(times.end(), weights.back(), distinct.back());
      happened.insert(happened.end(), weights.back(), of_distinct.back());
    }
    const auto grouped = *KaplanMeier::fit(distinct, of_distinct, weights);
    const auto written_out = *KaplanMeier::fit(times, happened);
    ASSERT_EQ(grouped.steps().size(), written_out.steps().size());
    for (size_t i = 0; i < grouped.steps().size(); ++i) {
      EXPECT_EQ(grouped.steps()[i].survival.value, written_out.steps()[i].survival.value);
      EXPECT_EQ(grouped.steps()[i].survival.low, written_out.steps()[i].survival.low);
    }
    for (double t = 0; t <= grouped.last_time(); t += 7)
      EXPECT_NEAR(grouped.at(t)->value, plain_survival(times, happened, t), 1e-12);
  }
}

TEST(KaplanMeier, IntervalsHoldTheTrueMedian) {
  // Exponential times of median 10, censored evenly up to 40: about 95 of 100 intervals hold it.
  int held = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    base::Random random(seed);
    std::vector<double> times;
    std::vector<uint8_t> happened;
    for (int i = 0; i < 120; ++i) {
      const double exact = -10 / std::log(2.0) * std::log(1 - random.uniform());
      const double censored = 40 * random.uniform();
      times.push_back(std::min(exact, censored));
      happened.push_back(exact <= censored ? 1 : 0);
    }
    const auto median = KaplanMeier::fit(times, happened)->quantile(0.5);
    held += *median.low <= 10 && median.high.value_or(1e9) >= 10 ? 1 : 0;
  }
  EXPECT_GE(held, 180);
  EXPECT_LE(held, 198);
}

TEST(KaplanMeier, RefusesWhatIsNoTime) {
  const auto code = [](std::vector<double> times, std::vector<uint8_t> events,
                       std::vector<uint64_t> weights = {}, KaplanMeierOptions options = {}) {
    return KaplanMeier::fit(times, events, weights, options).error().code();
  };
  EXPECT_EQ(code({}, {}), Code::kInvalidArgument);
  EXPECT_EQ(code({1, 2}, {1}), Code::kInvalidArgument);
  EXPECT_EQ(code({-1}, {1}), Code::kInvalidArgument);
  EXPECT_EQ(code({std::numeric_limits<double>::quiet_NaN()}, {1}), Code::kInvalidArgument);
  EXPECT_EQ(code({1}, {2}), Code::kInvalidArgument);
  EXPECT_EQ(code({1}, {1}, {0}), Code::kInvalidArgument);
  EXPECT_EQ(code({1}, {1}, {}, {1.5}), Code::kInvalidArgument);
}

}  // namespace
}  // namespace coterie::learn

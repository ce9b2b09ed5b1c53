// Calibration: counted by hand, honest about honest probabilities, and not fooled by others.
#include "learn/metrics/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace coterie::learn {
namespace {

using ::testing::HasSubstr;

Calibration calibrate(std::span<const double> probabilities, std::span<const uint8_t> labels,
                      const CalibrationOptions& options = {}, size_t threads = 1) {
  base::OwnedContext context(threads);
  auto result = calibration(probabilities, labels, options, context.get());
  EXPECT_TRUE(result) << (result ? "" : result.error().message());
  return result ? *result : Calibration{};
}

// Labels drawn from `truth`; the probability told is sigmoid(slope · logit(truth) + intercept).
struct DistortedSample {
  std::vector<double> probabilities;
  std::vector<uint8_t> labels;
};

DistortedSample distorted_sample(size_t n, uint64_t seed, double slope, double intercept) {
  base::Random random(seed);
  DistortedSample sample;
  for (size_t i = 0; i < n; ++i) {
    const double z = random.normal() - 1.0;
    sample.labels.push_back(random.chance(1 / (1 + std::exp(-z))) ? 1 : 0);
    sample.probabilities.push_back(1 / (1 + std::exp(-(slope * z + intercept))));
  }
  return sample;
}

TEST(Calibration, CutsBinsOfEqualCount) {
  const std::vector<double> probabilities{0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9};
  const std::vector<uint8_t> labels{0, 0, 1, 0, 1, 0, 1, 1};
  const Calibration result = calibrate(probabilities, labels, {.n_bins = 2});
  ASSERT_EQ(result.bins.size(), 2u);
  EXPECT_NEAR(result.bins[0].mean_predicted, 0.25, 1e-12);
  EXPECT_NEAR(result.bins[0].observed_rate, 0.25, 1e-12);
  EXPECT_EQ(result.bins[0].count, 4u);
  EXPECT_NEAR(result.bins[1].mean_predicted, 0.75, 1e-12);
  EXPECT_NEAR(result.bins[1].observed_rate, 0.75, 1e-12);
  EXPECT_NEAR(result.expected_calibration_error, 0.0, 1e-12);
  EXPECT_TRUE(result.calibrated);
}

TEST(Calibration, KeepsEqualProbabilitiesInOneBin) {
  const std::vector<double> probabilities{0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.9, 0.1};
  const std::vector<uint8_t> labels{0, 1, 0, 1, 0, 0, 1, 0};
  const Calibration result = calibrate(probabilities, labels, {.n_bins = 4});
  ASSERT_EQ(result.bins.size(),
            2u);  // 0.9 shares the bin that starts with it: one row is less than a quarter
  EXPECT_EQ(result.bins[1].count, 7u);
  EXPECT_NEAR(result.bins[1].mean_predicted, 3.9 / 7, 1e-12);
  EXPECT_NEAR(result.bins[1].observed_rate, 3.0 / 7, 1e-12);
  EXPECT_NEAR(result.expected_calibration_error, 0.9 / 8 + 0.1 / 8, 1e-12);
}

TEST(Calibration, HonestProbabilitiesPassAboutNineteenTimesInTwenty) {
  int passed = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const DistortedSample sample = distorted_sample(500, seed, 1.0, 0.0);
    passed += calibrate(sample.probabilities, sample.labels, {.n_resamples = 300}).calibrated ? 1 : 0;
  }
  EXPECT_GE(passed, 180);  // 190 expected, standard deviation 3
  EXPECT_LE(passed, 199);
}

TEST(Calibration, DistortedProbabilitiesFail) {
  const DistortedSample extreme = distorted_sample(5000, 3, 2.0, 0.0);
  EXPECT_FALSE(calibrate(extreme.probabilities, extreme.labels).calibrated);
  const DistortedSample high = distorted_sample(5000, 3, 1.0, 0.5);
  EXPECT_FALSE(calibrate(high.probabilities, high.labels).calibrated);
}

TEST(Calibration, TheLineUndoesTheDistortion) {
  const DistortedSample sample = distorted_sample(40'000, 5, 2.0, 0.6);
  const Calibration result = calibrate(sample.probabilities, sample.labels, {.n_resamples = 1});
  ASSERT_TRUE(result.line);
  EXPECT_NEAR(result.line->slope, 0.5, 0.02);  // z = (logit − 0.6) / 2
  EXPECT_NEAR(result.line->intercept, -0.3, 0.04);
}

TEST(Calibration, HasNoLineWhereNoneIsDefined) {
  EXPECT_FALSE(calibrate(std::vector{.1, .2, .8, .9}, std::vector<uint8_t>{0, 0, 1, 1}).line);
  EXPECT_FALSE(calibrate(std::vector{.5, .5, .5, .5}, std::vector<uint8_t>{0, 0, 1, 1}).line);
  EXPECT_FALSE(calibrate(std::vector{.1, .2, .8, .9}, std::vector<uint8_t>{0, 0, 0, 0}).line);
}

TEST(Calibration, TheBandNarrowsWithMoreRows) {
  const DistortedSample few = distorted_sample(200, 1, 1.0, 0.0),
                        many = distorted_sample(20'000, 1, 1.0, 0.0);
  const double wide = calibrate(few.probabilities, few.labels).band;
  const double narrow = calibrate(many.probabilities, many.labels).band;
  EXPECT_NEAR(wide / narrow, 10.0, 1.5);
}

TEST(Calibration, CertaintiesLeaveNoRoomForChance) {
  const Calibration right = calibrate(std::vector{0.0, 0.0, 1.0, 1.0}, std::vector<uint8_t>{0, 0, 1, 1});
  EXPECT_EQ(right.band, 0.0);
  EXPECT_TRUE(right.calibrated);
  EXPECT_FALSE(calibrate(std::vector{0.0, 0.0, 1.0, 1.0}, std::vector<uint8_t>{0, 0, 1, 0}).calibrated);
}

TEST(Calibration, GivesTheSameBitsForAnyNumberOfThreads) {
  const DistortedSample sample = distorted_sample(3000, 2, 1.0, 0.0);
  const Calibration one = calibrate(sample.probabilities, sample.labels, {}, 1);
  for (const size_t threads : {2, 7})
    EXPECT_EQ(calibrate(sample.probabilities, sample.labels, {}, threads).band, one.band);
}

TEST(Calibration, RefusesBadInput) {
  base::OwnedContext context;
  const auto words = [&](std::vector<double> probabilities, const CalibrationOptions& options) {
    const auto result = calibration(probabilities, std::vector<uint8_t>{0, 1}, options, context.get());
    return result ? "" : result.error().message();
  };
  EXPECT_THAT(words({0.5, 1.1}, {}), HasSubstr("score of row 1"));
  EXPECT_THAT(words({0.5}, {}), HasSubstr("1 scores, 2 labels"));
  EXPECT_THAT(words({0.5, 0.6}, {.n_bins = 0}), HasSubstr("n_bins is 0"));
  EXPECT_THAT(words({0.5, 0.6}, {.band_level = 1.0}), HasSubstr("band_level"));
}

}  // namespace
}  // namespace coterie::learn

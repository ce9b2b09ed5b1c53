// Do probabilities mean what they say? Of all rows given 0.3, do three in ten turn out positive?
//
// Rows are sorted by probability and cut into bins of equal count. The expected calibration error (ECE:
// Naeini, Cooper & Hauskrecht 2015) is never 0 on a finite sample, so it is compared with what perfect
// calibration would show: labels drawn Bernoulli(p) from the probabilities themselves, many times (the
// consistency test of Bröcker & Smith 2007). docs/methods/metrics.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/status.h"

namespace coterie::learn {

struct CalibrationOptions {
  size_t n_bins = 10;         ///< 1 to 1000
  size_t n_resamples = 1000;  ///< draws for the band, 1 to 1,000,000
  double band_level = 0.95;   ///< quantile of the drawn errors, in (0, 1)
  uint64_t random_state = 0;
};

/// One point of the reliability curve.
struct CalibrationBin {
  double mean_predicted;
  double observed_rate;
  size_t count;
};

/// logit P(label = 1) = intercept + slope · logit(probability), by maximum likelihood (Cox 1958). Perfect
/// probabilities have slope 1 and intercept 0; a slope below 1 means too extreme ones.
struct CalibrationLine {
  double slope;
  double intercept;
};

struct Calibration {
  std::vector<CalibrationBin> bins;     ///< ascending; fewer than n_bins where ties force it
  double expected_calibration_error;    ///< Σ count/n · |mean_predicted − observed_rate|
  double band;                          ///< perfect calibration stays below it with probability band_level
  bool calibrated;                      ///< expected_calibration_error ≤ band
  std::optional<CalibrationLine> line;  ///< empty where it is not defined: one class, one probability, or
                                        ///< classes that the probabilities separate
};

/// Shapes   probabilities[n], labels[n], n ≥ 1
/// Range    probabilities in [0, 1], labels 0 or 1; equal probabilities share a bin
/// Errors   kInvalidArgument, kResourceExhausted, kCancelled
/// Threads  the pool's; the same bits for any number
/// Cost     O(n log n + n · n_resamples) time, 45 bytes a row
base::Result<Calibration> calibration(std::span<const double> probabilities, std::span<const uint8_t> labels,
                                      const CalibrationOptions& options, const base::Context& context);

}  // namespace coterie::learn

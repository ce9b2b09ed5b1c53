#include "learn/metrics/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "learn/metrics/bootstrap.h"
#include "learn/metrics/sorted_scores.h"

namespace coterie::learn {

using base::Code;

namespace {

constexpr size_t kDrawsPerChunk = 8;

base::Status check_options(const CalibrationOptions& options) {
  if (options.n_bins < 1 || options.n_bins > 1000)
    return base::failure(Code::kInvalidArgument, "calibration: n_bins is {}; give 1 to 1000", options.n_bins);
  if (options.n_resamples < 1 || options.n_resamples > 1'000'000)
    return base::failure(Code::kInvalidArgument, "calibration: n_resamples is {}; give 1 to 1000000",
                         options.n_resamples);
  if (!(options.band_level > 0 && options.band_level < 1))
    return base::failure(Code::kInvalidArgument, "calibration: band_level is {}; give a share such as 0.95",
                         options.band_level);
  return {};
}

// Ends of the bins over rows in descending order: the equal-count borders, each moved to the end of its
// group.
std::vector<size_t> bin_ends(const SortedScores& sorted, size_t n_bins) {
  const size_t n = sorted.size();
  std::vector<size_t> ends;
  for (size_t b = 1; b <= n_bins; ++b) {
    const size_t border = n * b / n_bins;
    if (border == 0) continue;
    const auto group = std::lower_bound(sorted.group_ends.begin(), sorted.group_ends.end(), border);
    if (ends.empty() || *group > ends.back()) ends.push_back(*group);
  }
  return ends;
}

std::vector<CalibrationBin> make_bins(const SortedScores& sorted, std::span<const size_t> ends) {
  std::vector<CalibrationBin> bins;
  size_t k = 0;
  for (const size_t end : ends) {
    const size_t count = end - k;
    double predicted = 0, positives = 0;
    for (; k < end; ++k) {
      predicted += sorted.scores[k];
      positives += sorted.labels[k];
    }
    bins.push_back({predicted / static_cast<double>(count), positives / static_cast<double>(count), count});
  }
  return bins;
}

double error_share(const CalibrationBin& bin, double observed_rate, size_t n) {
  return std::abs(bin.mean_predicted - observed_rate) * static_cast<double>(bin.count) /
         static_cast<double>(n);
}

// A label is drawn 1 when 32 random bits lie below the row's threshold p · 2^32.
std::vector<uint64_t> bernoulli_thresholds(const SortedScores& sorted) {
  std::vector<uint64_t> thresholds(sorted.size());
  for (size_t k = 0; k < thresholds.size(); ++k)
    thresholds[k] = static_cast<uint64_t>(std::llround(sorted.scores[k] * 0x1.0p32));
  return thresholds;
}

size_t draw_positives(std::span<const uint64_t> thresholds, base::Random& random) {
  size_t positives = 0, k = 0;
  for (; k + 1 < thresholds.size(); k += 2) {
    const uint64_t bits = random.next();
    positives += (bits & 0xffffffffU) < thresholds[k] ? 1 : 0;
    positives += (bits >> 32) < thresholds[k + 1] ? 1 : 0;
  }
  if (k < thresholds.size()) positives += (random.next() >> 32) < thresholds[k] ? 1 : 0;
  return positives;
}

base::Result<double> perfect_calibration_band(const SortedScores& sorted,
                                              std::span<const CalibrationBin> bins,
                                              const CalibrationOptions& options,
                                              const base::Context& context) {
  const std::vector<uint64_t> thresholds = bernoulli_thresholds(sorted);
  std::vector<double> errors(options.n_resamples);
  context.pool->for_chunks(errors.size(), kDrawsPerChunk, [&](size_t, size_t begin, size_t end) {
    if (context.cancel->cancelled()) return;
    for (size_t r = begin; r < end; ++r) {
      base::Random random(options.random_state, r);
      size_t first = 0;
      for (const CalibrationBin& bin : bins) {
        const size_t positives = draw_positives(std::span(thresholds).subspan(first, bin.count), random);
        errors[r] +=
            error_share(bin, static_cast<double>(positives) / static_cast<double>(bin.count), sorted.size());
        first += bin.count;
      }
    }
  });
  COTERIE_CHECK_OK(context.check_cancelled());
  return quantile_in_place(errors, options.band_level);
}

// Gradient and curvature of the mean log loss of sigmoid(intercept + slope · logit).
struct LineDerivatives {
  double loss = 0, d_intercept = 0, d_slope = 0, h_ii = 0, h_is = 0, h_ss = 0;
};

LineDerivatives derivatives(std::span<const double> logits, std::span<const uint8_t> labels,
                            const CalibrationLine& line) {
  LineDerivatives sum;
  for (size_t k = 0; k < logits.size(); ++k) {
    const double z = line.intercept + line.slope * logits[k];
    const double e = std::exp(-std::abs(z));
    const double p = z >= 0 ? 1 / (1 + e) : e / (1 + e);
    const double residual = p - labels[k];
    const double curvature = e / ((1 + e) * (1 + e));
    sum.loss += std::max(labels[k] != 0 ? -z : z, 0.0) + std::log1p(e);
    sum.d_intercept += residual;
    sum.d_slope += residual * logits[k];
    sum.h_ii += curvature;
    sum.h_is += curvature * logits[k];
    sum.h_ss += curvature * logits[k] * logits[k];
  }
  return sum;
}

// Whether a threshold parts the classes, but for ties on it: then no finite slope is the best. Also when
// there is one class, or one value.
bool separated(std::span<const double> logits, std::span<const uint8_t> labels) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::array<double, 2> lowest{kInfinity, kInfinity}, highest{-kInfinity, -kInfinity};
  for (size_t k = 0; k < logits.size(); ++k) {
    lowest[labels[k]] = std::min(lowest[labels[k]], logits[k]);
    highest[labels[k]] = std::max(highest[labels[k]], logits[k]);
  }
  return lowest[1] >= highest[0] || lowest[0] >= highest[1];
}

// Newton with step halving in two unknowns.
std::optional<CalibrationLine> fit_line(const SortedScores& sorted) {
  constexpr double kFar = 1e-12;  // probabilities 0 and 1 have no logit
  constexpr int kMaxRounds = 50;
  std::vector<double> logits(sorted.size());
  for (size_t k = 0; k < logits.size(); ++k) {
    const double p = std::clamp(sorted.scores[k], kFar, 1 - kFar);
    logits[k] = std::log(p) - std::log1p(-p);
  }
  if (separated(logits, sorted.labels)) return std::nullopt;
  const double n = static_cast<double>(sorted.size());
  CalibrationLine line{1.0, 0.0};
  LineDerivatives at = derivatives(logits, sorted.labels, line);
  for (int round = 0; round < kMaxRounds; ++round) {
    const double determinant = at.h_ii * at.h_ss - at.h_is * at.h_is;
    if (std::abs(at.d_intercept) <= 1e-9 * n && std::abs(at.d_slope) <= 1e-9 * n) return line;
    if (!(determinant > 1e-12 * at.h_ii * at.h_ss)) return std::nullopt;
    const double step_intercept = (at.h_ss * at.d_intercept - at.h_is * at.d_slope) / determinant;
    const double step_slope = (at.h_ii * at.d_slope - at.h_is * at.d_intercept) / determinant;
    double step = 1.0;
    CalibrationLine next;
    LineDerivatives at_next;
    do {
      next = {line.slope - step * step_slope, line.intercept - step * step_intercept};
      at_next = derivatives(logits, sorted.labels, next);
      step /= 2;
    } while (at_next.loss > at.loss * (1 + 1e-12) && step > 1e-9);
    line = next;
    at = at_next;
  }
  return std::nullopt;
}

}  // namespace

base::Result<Calibration> calibration(std::span<const double> probabilities, std::span<const uint8_t> labels,
                                      const CalibrationOptions& options, const base::Context& context) {
  COTERIE_CHECK_OK(check_options(options));
  COTERIE_CHECK_OK(check_scores(probabilities, labels, {}, true, "calibration"));
  COTERIE_ASSIGN(const auto memory, context.budget->reserve(probabilities.size() * 45, "calibration"));
  COTERIE_ASSIGN(const SortedScores sorted,
                 sort_scores(probabilities, labels, {}, RequiredLabels::kAny, "calibration"));
  Calibration result;
  result.bins = make_bins(sorted, bin_ends(sorted, options.n_bins));
  result.expected_calibration_error = 0;
  for (const CalibrationBin& bin : result.bins)
    result.expected_calibration_error += error_share(bin, bin.observed_rate, sorted.size());
  COTERIE_ASSIGN(result.band, perfect_calibration_band(sorted, result.bins, options, context));
  result.calibrated = result.expected_calibration_error <= result.band;
  result.line = fit_line(sorted);
  std::reverse(result.bins.begin(), result.bins.end());
  return result;
}

}  // namespace coterie::learn

// How sure a metric is: percentile intervals from the bootstrap (Efron 1979; Efron & Tibshirani 1993, §13).
//
// A replicate reweights the rows with independent Poisson(1) counts (poisson_counts.h says why), so the sort
// by score is done once and a replicate costs O(n). Replicate r draws from its own stream of the seed:
// results are the same bits for any number of threads. A replicate in which a metric does not exist (no
// positive, no negative, no row) is drawn again. docs/methods/bootstrap.md.
//
// Errors of all: kInvalidArgument (shapes, ranges, one class only), kResourceExhausted, kCancelled.
#pragma once

#include <cstdint>
#include <span>

#include "base/context.h"
#include "base/status.h"

namespace coterie::learn {

/// A number and how far chance could move it. low ≤ high; value is computed on the data as they are.
struct Interval {
  double value = 0;
  double low = 0;
  double high = 0;
};

struct BootstrapOptions {
  size_t n_resamples = 1000;       ///< 1 to 1,000,000
  double confidence_level = 0.95;  ///< in (0, 1)
  uint64_t random_state = 0;
};

struct ClassificationEvidence {
  Interval auc;     ///< roc_auc_score
  Interval pr_auc;  ///< average_precision_score
  Interval log_loss;
  Interval brier;   ///< brier_score_loss
  Interval lift10;  ///< lift_at(0.1)
};

/// All five metrics of probabilities[n] against labels[n] in one pass a replicate.
///
/// Range    probabilities in [0, 1]; labels 0 or 1, both occur. For scores of any scale use bootstrap_auc
/// Threads  the pool's; the same bits for any number
/// Cost     O(n log n + n · n_resamples) time; 45 bytes a row and a byte a row and thread
base::Result<ClassificationEvidence> bootstrap_classification(std::span<const double> probabilities,
                                                              std::span<const uint8_t> labels,
                                                              const BootstrapOptions& options,
                                                              const base::Context& context);

/// roc_auc_score of any finite scores: a baseline such as recency or frequency needs no probabilities.
base::Result<Interval> bootstrap_auc(std::span<const double> scores, std::span<const uint8_t> labels,
                                     const BootstrapOptions& options, const base::Context& context);

/// AUC of a minus AUC of b on the same rows, paired: both see the same counts in every replicate. a beats b
/// when low > 0.
base::Result<Interval> bootstrap_auc_difference(std::span<const double> scores_a,
                                                std::span<const double> scores_b,
                                                std::span<const uint8_t> labels,
                                                const BootstrapOptions& options,
                                                const base::Context& context);

/// The mean of finite values[n], n ≥ 1; for example one recall a user.
base::Result<Interval> bootstrap_mean(std::span<const double> values, const BootstrapOptions& options,
                                      const base::Context& context);

/// mean(a) − mean(b), paired row by row. a beats b when low > 0.
base::Result<Interval> bootstrap_mean_difference(std::span<const double> values_a,
                                                 std::span<const double> values_b,
                                                 const BootstrapOptions& options,
                                                 const base::Context& context);

/// The value below which a share q (0 to 1) of `values` lies, between neighbours by linear interpolation, as
/// numpy.quantile. Not empty; sorts in place.
double quantile_in_place(std::span<double> values, double q);

}  // namespace coterie::learn

// How good scores are at telling two classes apart, and how good they are as probabilities.
//
// Definitions and handling of ties are scikit-learn's, and so are the names; docs/methods/metrics.md has the
// formulas. Everywhere: scores[n] and labels[n] (0 or 1), then weights[n] or nothing (all 1); rows of weight
// 0 do not count. Errors: kInvalidArgument for shapes, values that are not finite, negative weights, and
// labels of one class where the metric needs both. Pure functions, safe from any thread; cost O(n log n)
// unless said.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "learn/metrics/sorted_scores.h"

namespace coterie::learn {

/// Area under the ROC curve: the probability that a random positive scores above a random negative, a tie
/// counting half. 0.5 is chance. Needs both classes. Source: Hanley & McNeil 1982.
base::Result<double> roc_auc_score(std::span<const double> scores, std::span<const uint8_t> labels,
                                   std::span<const double> weights = {});

/// Average precision, Σ (R_n − R_{n−1}) P_n over the distinct scores: the area under the precision-recall
/// curve without interpolation ("pr_auc"). Chance is the rate of positives. Needs a positive.
base::Result<double> average_precision_score(std::span<const double> scores, std::span<const uint8_t> labels,
                                             std::span<const double> weights = {});

/// Mean negative log likelihood, in nats; probabilities are first clipped to [2^-52, 1 − 2^-52]. O(n).
base::Result<double> log_loss(std::span<const double> probabilities, std::span<const uint8_t> labels,
                              std::span<const double> weights = {});

/// Mean squared difference of probability and label. O(n). Source: Brier 1950.
base::Result<double> brier_score_loss(std::span<const double> probabilities, std::span<const uint8_t> labels,
                                      std::span<const double> weights = {});

/// The rate of positives among the top `fraction` of the weight by score, over the rate among all. The group
/// of equal scores in which the border falls counts in part: all its rows by the same share, so the answer
/// does not depend on the order of rows. 0 < fraction ≤ 1. Needs a positive.
base::Result<double> lift_at(std::span<const double> scores, std::span<const uint8_t> labels, double fraction,
                             std::span<const double> weights = {});

/// One point of the ROC curve: what happens when every score ≥ threshold is called positive.
struct RocPoint {
  double threshold;  ///< the first point's is infinite
  double false_positive_rate;
  double true_positive_rate;
};

/// From (0, 0) to (1, 1). `drop_intermediate` leaves out points that lie evenly on a line between neighbours,
/// by scikit-learn's rule (second differences are 0). Needs both classes.
base::Result<std::vector<RocPoint>> roc_curve(std::span<const double> scores, std::span<const uint8_t> labels,
                                              std::span<const double> weights = {},
                                              bool drop_intermediate = true);

/// The share of log_loss that one row of weight 1 contributes.
double log_loss_of(double probability, bool label);

/// The same numbers for rows that are sorted already. O(n). The labels each needs must be present.
double roc_auc_score(const SortedScores& sorted);
double average_precision_score(const SortedScores& sorted);
double lift_at(const SortedScores& sorted, double fraction);

}  // namespace coterie::learn

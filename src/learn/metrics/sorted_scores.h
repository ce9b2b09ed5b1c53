// Scores and labels in descending order of score, cut into groups of equal score.
//
// Every metric that depends on a threshold walks these groups: a threshold can never separate equal scores,
// so a group is counted as a whole. The metrics and the bootstrap share one sort.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace coterie::learn {

/// All vectors but group_ends hold one value a kept row, in descending order of score (equal scores in order
/// of row). Rows of weight 0 are left out, as scikit-learn does.
struct SortedScores {
  std::vector<double> scores;
  std::vector<uint8_t> labels;       ///< 0 or 1
  std::vector<double> weights;       ///< > 0; all 1 when none were given
  std::vector<uint32_t> rows;        ///< the position in the input
  std::vector<uint32_t> group_ends;  ///< one a distinct score: the end (exclusive) of its rows
  double positive_weight = 0;        ///< sum of weights where the label is 1
  double negative_weight = 0;

  size_t size() const { return scores.size(); }
  double total_weight() const { return positive_weight + negative_weight; }
};

/// Which labels a metric needs in order to exist.
enum class RequiredLabels { kAny, kPositive, kBoth };

/// Checks and sorts.
///
/// Shapes   scores[n], labels[n], weights[n] or empty; 1 ≤ n < 2^32
/// Range    scores finite, labels 0 or 1, weights finite and ≥ 0
/// Errors   kInvalidArgument: shapes, ranges, or labels that `metric` cannot be computed for
/// Cost     O(n log n) time, 29 bytes a row
base::Result<SortedScores> sort_scores(std::span<const double> scores, std::span<const uint8_t> labels,
                                       std::span<const double> weights, RequiredLabels required,
                                       std::string_view metric);

/// The checks of sort_scores alone, and that every score is a probability when `need_probability`. O(n).
base::Status check_scores(std::span<const double> scores, std::span<const uint8_t> labels,
                          std::span<const double> weights, bool need_probability, std::string_view metric);

}  // namespace coterie::learn

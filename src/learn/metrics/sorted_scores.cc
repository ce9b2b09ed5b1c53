#include "learn/metrics/sorted_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace coterie::learn {

using base::Code;

namespace {

std::vector<uint32_t> descending_order(std::span<const double> scores, std::span<const double> weights) {
  std::vector<std::pair<double, uint32_t>> keys;
  keys.reserve(scores.size());
  for (size_t i = 0; i < scores.size(); ++i)
    if (weights.empty() || weights[i] > 0) keys.emplace_back(-scores[i], static_cast<uint32_t>(i));
  std::sort(keys.begin(), keys.end());
  std::vector<uint32_t> rows(keys.size());
  for (size_t k = 0; k < keys.size(); ++k) rows[k] = keys[k].second;
  return rows;
}

base::Status check_classes(const SortedScores& sorted, RequiredLabels required, std::string_view metric) {
  const bool positive = sorted.positive_weight > 0;
  const bool negative = sorted.negative_weight > 0;
  if (!positive && !negative)
    return base::failure(Code::kInvalidArgument, "{}: no row has a weight above 0", metric);
  if ((required != RequiredLabels::kAny && !positive) || (required == RequiredLabels::kBoth && !negative))
    return base::failure(
        Code::kInvalidArgument,
        "{}: all labels are {}; it is defined only where {} occur, so use more rows or a longer "
        "window",
        metric, positive ? 1 : 0, required == RequiredLabels::kBoth ? "both" : "ones");
  return {};
}

}  // namespace

base::Status check_scores(std::span<const double> scores, std::span<const uint8_t> labels,
                          std::span<const double> weights, bool need_probability, std::string_view metric) {
  const size_t n = scores.size();
  if (n == 0 || n >= std::numeric_limits<uint32_t>::max())
    return base::failure(Code::kInvalidArgument, "{}: {} rows; give 1 to 2^32 - 2", metric, n);
  if (labels.size() != n || (!weights.empty() && weights.size() != n))
    return base::failure(Code::kInvalidArgument, "{}: {} scores, {} labels, {} weights; they must be as many",
                         metric, n, labels.size(), weights.size());
  for (size_t i = 0; i < n; ++i) {
    if (!std::isfinite(scores[i]) || (need_probability && !(scores[i] >= 0 && scores[i] <= 1)))
      return base::failure(Code::kInvalidArgument, "{}: the score of row {} is not {}", metric, i,
                           need_probability ? "a probability from 0 to 1" : "a finite number");
    if (labels[i] > 1)
      return base::failure(Code::kInvalidArgument, "{}: the label of row {} is not 0 or 1", metric, i);
    if (!weights.empty() && !(weights[i] >= 0 && std::isfinite(weights[i])))
      return base::failure(Code::kInvalidArgument, "{}: the weight of row {} is negative, NaN or infinite",
                           metric, i);
  }
  return {};
}

base::Result<SortedScores> sort_scores(std::span<const double> scores, std::span<const uint8_t> labels,
                                       std::span<const double> weights, RequiredLabels required,
                                       std::string_view metric) {
  COTERIE_CHECK_OK(check_scores(scores, labels, weights, false, metric));
  SortedScores sorted;
  sorted.rows = descending_order(scores, weights);
  const size_t n = sorted.rows.size();
  sorted.scores.resize(n);
  sorted.labels.resize(n);
  sorted.weights.assign(n, 1.0);
  for (size_t k = 0; k < n; ++k) {
    const uint32_t row = sorted.rows[k];
    sorted.scores[k] = scores[row];
    sorted.labels[k] = labels[row];
    if (!weights.empty()) sorted.weights[k] = weights[row];
    (labels[row] != 0 ? sorted.positive_weight : sorted.negative_weight) += sorted.weights[k];
  }
  for (size_t k = 0; k < n; ++k)
    if (k + 1 == n || sorted.scores[k + 1] != sorted.scores[k])
      sorted.group_ends.push_back(static_cast<uint32_t>(k + 1));
  COTERIE_CHECK_OK(check_classes(sorted, required, metric));
  return sorted;
}

}  // namespace coterie::learn

#include "learn/metrics/bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "learn/metrics/classification.h"
#include "learn/metrics/poisson_counts.h"
#include "learn/metrics/sorted_scores.h"

namespace coterie::learn {

using base::Code;
using base::Context;
using base::Result;

namespace {

constexpr size_t kReplicatesPerChunk = 8;
// Half of all draws of two rows are usable, so this many in a row never fail in practice (0.6^1000).
constexpr int kMaxDraws = 1000;

base::Status check_options(const BootstrapOptions& options) {
  if (options.n_resamples < 1 || options.n_resamples > 1'000'000)
    return base::failure(Code::kInvalidArgument, "bootstrap: n_resamples is {}; give 1 to 1000000",
                         options.n_resamples);
  if (!(options.confidence_level > 0 && options.confidence_level < 1))
    return base::failure(Code::kInvalidArgument,
                         "bootstrap: confidence_level is {}; give a share such as 0.95",
                         options.confidence_level);
  return {};
}

/// Percentile intervals of kMetrics numbers over n rows. `measure(counts, out)` writes the numbers of a
/// replicate into the array `out`, or returns false when they do not exist for these counts.
template <size_t kMetrics, class Measure>
Result<std::array<Interval, kMetrics>> percentile_intervals(size_t n,
                                                            const std::array<double, kMetrics>& values,
                                                            const BootstrapOptions& options,
                                                            const Context& context, Measure measure) {
  const size_t replicates = options.n_resamples;
  COTERIE_ASSIGN(const auto memory,
                 context.budget->reserve(n * context.pool->threads() + replicates * kMetrics * sizeof(double),
                                         "bootstrap replicates"));
  std::array<std::vector<double>, kMetrics> drawn;
  drawn.fill(std::vector<double>(replicates));
  context.pool->for_chunks(replicates, kReplicatesPerChunk, [&](size_t, size_t begin, size_t end) {
    if (context.cancel->cancelled()) return;
    std::vector<uint8_t> counts(n);
    for (size_t r = begin; r < end; ++r) {
      PoissonCounts poisson(options.random_state, r);
      std::array<double, kMetrics> out = values;
      for (int draw = 0; draw < kMaxDraws; ++draw) {
        poisson.fill(counts);
        if (measure(std::as_const(counts), out)) break;
      }
      for (size_t m = 0; m < kMetrics; ++m) drawn[m][r] = out[m];
    }
  });
  COTERIE_CHECK_OK(context.check_cancelled());
  const double tail = (1.0 - options.confidence_level) / 2.0;
  std::array<Interval, kMetrics> intervals;
  for (size_t m = 0; m < kMetrics; ++m)
    intervals[m] = {values[m], quantile_in_place(drawn[m], tail), quantile_in_place(drawn[m], 1.0 - tail)};
  return intervals;
}

// What a replicate of bootstrap_classification reads, in descending order of score.
struct ClassificationRows {
  SortedScores sorted;
  std::vector<double> log_losses;
  std::vector<double> squared_errors;
};

// Sums over the groups of equal score under integer weights.
struct GroupSums {
  uint64_t positives = 0;
  uint64_t negatives = 0;
  uint64_t twice_area = 0;  // 2 × pairs (positive above negative) + ties
  double precision = 0;     // Σ new positives × precision at the group's end
};

// `count_of(k)` is the weight of the k-th row in descending order of score.
template <bool kWithPrecision, class CountOf>
GroupSums sum_groups(const SortedScores& sorted, CountOf count_of) {
  GroupSums sums;
  const uint8_t* labels = sorted.labels.data();
  size_t k = 0;
  for (const uint32_t end : sorted.group_ends) {
    uint32_t all = 0, positive = 0;
    for (; k < end; ++k) {
      const uint32_t count = count_of(k);
      all += count;
      positive += labels[k] != 0 ? count : 0;
    }
    const uint32_t negative = all - positive;
    sums.twice_area += negative * (2 * sums.positives + positive);
    sums.positives += positive;
    sums.negatives += negative;
    if constexpr (kWithPrecision) {
      if (positive > 0)
        sums.precision += positive * (static_cast<double>(sums.positives) /
                                      static_cast<double>(sums.positives + sums.negatives));
    }
  }
  return sums;
}

bool has_both(const GroupSums& sums) { return sums.positives > 0 && sums.negatives > 0; }

double auc_of(const GroupSums& sums) {
  return static_cast<double>(sums.twice_area) /
         (2.0 * static_cast<double>(sums.positives) * static_cast<double>(sums.negatives));
}

// lift_at under integer weights: reads only the groups down to the border.
double lift_of(const SortedScores& sorted, std::span<const uint8_t> counts, const GroupSums& sums,
               double fraction) {
  const double total = static_cast<double>(sums.positives + sums.negatives);
  const double wanted = fraction * total;
  double room = wanted, top = 0;
  size_t k = 0;
  for (const uint32_t end : sorted.group_ends) {
    uint32_t all = 0, positive = 0;
    for (; k < end; ++k) {
      all += counts[k];
      positive += sorted.labels[k] != 0 ? counts[k] : 0;
    }
    if (all == 0) continue;
    top += positive * std::min(1.0, room / all);
    room -= all;
    if (room <= 0) break;
  }
  return (top / wanted) / (static_cast<double>(sums.positives) / total);
}

// Σ counts[k] values[k] in four lanes: the processor can add them at the same time, and the order is fixed.
double weighted_sum(std::span<const uint8_t> counts, std::span<const double> values) {
  std::array<double, 4> lanes{};
  size_t k = 0;
  for (; k + 4 <= values.size(); k += 4)
    for (size_t lane = 0; lane < 4; ++lane) lanes[lane] += counts[k + lane] * values[k + lane];
  for (; k < values.size(); ++k) lanes[k % 4] += counts[k] * values[k];
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

bool measure_classification(const ClassificationRows& rows, std::span<const uint8_t> counts,
                            std::array<double, 5>& out) {
  const GroupSums sums = sum_groups<true>(rows.sorted, [&](size_t k) { return counts[k]; });
  if (!has_both(sums)) return false;
  const double total = static_cast<double>(sums.positives + sums.negatives);
  out = {auc_of(sums), sums.precision / static_cast<double>(sums.positives),
         weighted_sum(counts, rows.log_losses) / total, weighted_sum(counts, rows.squared_errors) / total,
         lift_of(rows.sorted, counts, sums, 0.1)};
  return true;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

base::Status check_values(std::span<const double> values, std::string_view what) {
  if (values.empty()) return base::failure(Code::kInvalidArgument, "{}: there are no values", what);
  for (size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      return base::failure(Code::kInvalidArgument, "{}: value {} is NaN or infinite", what, i);
  return {};
}

}  // namespace

double quantile_in_place(std::span<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double position = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (position - static_cast<double>(below)) * (values[above] - values[below]);
}

Result<ClassificationEvidence> bootstrap_classification(std::span<const double> probabilities,
                                                        std::span<const uint8_t> labels,
                                                        const BootstrapOptions& options,
                                                        const Context& context) {
  COTERIE_CHECK_OK(check_options(options));
  COTERIE_CHECK_OK(check_scores(probabilities, labels, {}, true, "bootstrap_classification"));
  COTERIE_ASSIGN(const auto memory,
                 context.budget->reserve(probabilities.size() * 45, "bootstrap_classification"));
  ClassificationRows rows;
  COTERIE_ASSIGN(rows.sorted,
                 sort_scores(probabilities, labels, {}, RequiredLabels::kBoth, "bootstrap_classification"));
  const size_t n = rows.sorted.size();
  for (size_t k = 0; k < n; ++k) {
    const double probability = rows.sorted.scores[k];
    const double difference = probability - rows.sorted.labels[k];
    rows.log_losses.push_back(log_loss_of(probability, rows.sorted.labels[k] != 0));
    rows.squared_errors.push_back(difference * difference);
  }
  const std::array<double, 5> values{roc_auc_score(rows.sorted), average_precision_score(rows.sorted),
                                     mean_of(rows.log_losses), mean_of(rows.squared_errors),
                                     lift_at(rows.sorted, 0.1)};
  COTERIE_ASSIGN(const auto intervals,
                 percentile_intervals(n, values, options, context, [&](const auto& counts, auto& out) {
                   return measure_classification(rows, counts, out);
                 }));
  return ClassificationEvidence{intervals[0], intervals[1], intervals[2], intervals[3], intervals[4]};
}

Result<Interval> bootstrap_auc(std::span<const double> scores, std::span<const uint8_t> labels,
                               const BootstrapOptions& options, const Context& context) {
  COTERIE_CHECK_OK(check_options(options));
  COTERIE_ASSIGN(const auto memory, context.budget->reserve(scores.size() * 29, "bootstrap_auc"));
  COTERIE_ASSIGN(const SortedScores sorted,
                 sort_scores(scores, labels, {}, RequiredLabels::kBoth, "bootstrap_auc"));
  COTERIE_ASSIGN(const auto intervals,
                 percentile_intervals<1>(sorted.size(), {roc_auc_score(sorted)}, options, context,
                                         [&](const auto& counts, auto& out) {
                                           const GroupSums sums =
                                               sum_groups<false>(sorted, [&](size_t k) { return counts[k]; });
                                           if (!has_both(sums)) return false;
                                           out[0] = auc_of(sums);
                                           return true;
                                         }));
  return intervals[0];
}

Result<Interval> bootstrap_auc_difference(std::span<const double> scores_a, std::span<const double> scores_b,
                                          std::span<const uint8_t> labels, const BootstrapOptions& options,
                                          const Context& context) {
  constexpr std::string_view kName = "bootstrap_auc_difference";
  COTERIE_CHECK_OK(check_options(options));
  COTERIE_ASSIGN(const auto memory, context.budget->reserve(labels.size() * 58, kName));
  COTERIE_ASSIGN(const SortedScores a, sort_scores(scores_a, labels, {}, RequiredLabels::kBoth, kName));
  COTERIE_ASSIGN(const SortedScores b, sort_scores(scores_b, labels, {}, RequiredLabels::kBoth, kName));
  COTERIE_ASSIGN(const auto intervals,
                 percentile_intervals<1>(
                     labels.size(), {roc_auc_score(a) - roc_auc_score(b)}, options, context,
                     [&](const auto& counts, auto& out) {
                       const GroupSums sums_a =
                           sum_groups<false>(a, [&](size_t k) { return counts[a.rows[k]]; });
                       if (!has_both(sums_a)) return false;
                       out[0] = auc_of(sums_a) -
                                auc_of(sum_groups<false>(b, [&](size_t k) { return counts[b.rows[k]]; }));
                       return true;
                     }));
  return intervals[0];
}

Result<Interval> bootstrap_mean(std::span<const double> values, const BootstrapOptions& options,
                                const Context& context) {
  COTERIE_CHECK_OK(check_options(options));
  COTERIE_CHECK_OK(check_values(values, "bootstrap_mean"));
  COTERIE_ASSIGN(const auto intervals, percentile_intervals<1>(values.size(), {mean_of(values)}, options,
                                                               context, [&](const auto& counts, auto& out) {
                                                                 uint64_t total = 0;
                                                                 for (const uint8_t count : counts)
                                                                   total += count;
                                                                 if (total == 0) return false;
                                                                 out[0] = weighted_sum(counts, values) /
                                                                          static_cast<double>(total);
                                                                 return true;
                                                               }));
  return intervals[0];
}

Result<Interval> bootstrap_mean_difference(std::span<const double> values_a, std::span<const double> values_b,
                                           const BootstrapOptions& options, const Context& context) {
  if (values_a.size() != values_b.size())
    return base::error(Code::kInvalidArgument,
                       "bootstrap_mean_difference: {} and {} values; pairs are needed", values_a.size(),
                       values_b.size());
  std::vector<double> differences(values_a.size());
  for (size_t i = 0; i < differences.size(); ++i) differences[i] = values_a[i] - values_b[i];
  return bootstrap_mean(differences, options, context);
}

}  // namespace coterie::learn

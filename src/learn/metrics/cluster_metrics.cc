// Rows are put in order of their cluster first; then every metric is a pass over contiguous clusters.
#include "learn/metrics/cluster_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "base/random.h"
#include "kernels/distance.h"
#include "kernels/sum.h"
#include "learn/validate.h"

namespace coterie::learn {

using base::Code;
using base::error;
using base::failure;

namespace {

constexpr double kMaxRows = 9007199254740992;  // 2^53: counts are exact up to here

// Rows sorted by cluster; cluster c is rows [begin[c], begin[c + 1]).
struct Clusters {
  kernels::Matrix rows;
  std::vector<double> weight;
  std::vector<size_t> begin;
  std::vector<double> total;  // weight of each cluster

  size_t count() const { return total.size(); }
  kernels::MatrixView cluster(size_t c) const {
    const size_t n = begin[c + 1] - begin[c];
    return {std::span(rows.values).subspan(begin[c] * rows.cols, n * rows.cols), n, rows.cols};
  }
};

base::Status check_labels(kernels::MatrixView points, std::span<const uint32_t> labels,
                          std::span<const double> sample_weight) {
  COTERIE_RETURN_IF_ERROR(check_points(points, "points"));
  COTERIE_RETURN_IF_ERROR(check_weights(sample_weight, points.rows));
  if (labels.size() != points.rows) {
    return failure(Code::kInvalidArgument, "labels has the wrong shape: {} labels for {} rows", labels.size(),
                   points.rows);
  }
  if (std::ranges::find(sample_weight, 0.0) != sample_weight.end()) {
    return failure(Code::kInvalidArgument, "sample_weight holds a 0; leave such rows out");
  }
  return {};
}

// The rows named by `chosen`, with their weights there, grouped by label.
base::Result<Clusters> group(kernels::MatrixView points, std::span<const uint32_t> labels,
                             std::vector<size_t> chosen, std::span<const double> weight) {
  std::ranges::stable_sort(chosen, {}, [&](size_t i) { return labels[i]; });
  Clusters out;
  out.rows = kernels::Matrix(chosen.size(), points.cols);
  out.weight.resize(chosen.size());
  for (size_t r = 0; r < chosen.size(); ++r) {
    if (r == 0 || labels[chosen[r]] != labels[chosen[r - 1]]) {
      out.begin.push_back(r);
      out.total.push_back(0);
    }
    std::ranges::copy(points.row(chosen[r]), out.rows.row(r).begin());
    out.weight[r] = weight.empty() ? 1.0 : weight[chosen[r]];
    out.total.back() += out.weight[r];
  }
  out.begin.push_back(chosen.size());
  const double total = kernels::compensated_sum(out.total);
  if (out.count() < 2 || static_cast<double>(out.count()) >= total) {
    return error(Code::kInvalidArgument,
                 "{} rows have {} labels; a score needs at least 2 and fewer than rows", chosen.size(),
                 out.count());
  }
  return out;
}

base::Result<Clusters> group_all(kernels::MatrixView points, std::span<const uint32_t> labels,
                                 std::span<const double> weight) {
  COTERIE_CHECK_OK(check_labels(points, labels, weight));
  std::vector<size_t> all(points.rows);
  std::iota(all.begin(), all.end(), size_t{0});
  return group(points, labels, std::move(all), weight);
}

// The weighted mean of rows [begin, end).
std::vector<double> mean_of(const Clusters& clusters, size_t begin, size_t end) {
  std::vector<double> mean(clusters.rows.cols);
  const double total = kernels::compensated_sum(std::span(clusters.weight).subspan(begin, end - begin));
  for (size_t j = 0; j < mean.size(); ++j) {
    kernels::CompensatedSum sum;
    for (size_t r = begin; r < end; ++r) sum.add(clusters.weight[r] * clusters.rows.at(r, j));
    mean[j] = sum.value() / total;
  }
  return mean;
}

// How many times each row is in the sample: places drawn without repetition among Σ weight of them (Floyd's
// algorithm, Bentley & Floyd 1987), then counted row by row.
std::vector<double> sample_counts(const std::vector<double>& weight, uint64_t total, uint64_t sample_size,
                                  uint64_t random_state) {
  base::Random random(random_state);
  std::set<uint64_t> places;
  for (uint64_t last = total - sample_size; last < total; ++last) {
    if (!places.insert(random.below(last + 1)).second) places.insert(last);
  }
  std::vector<double> counts(weight.size());
  size_t row = 0;
  double end = weight[0];
  for (const uint64_t place : places) {
    while (static_cast<double>(place) >= end) end += weight[++row];
    ++counts[row];
  }
  return counts;
}

// How often each row counts: its weight, or its part of the sample.
base::Result<std::vector<double>> rows_used(size_t rows, std::span<const double> sample_weight,
                                            const SilhouetteOptions& options) {
  std::vector<double> counts(sample_weight.begin(), sample_weight.end());
  if (counts.empty()) counts.assign(rows, 1);
  const double total = kernels::compensated_sum(counts);
  const bool whole = std::ranges::all_of(counts, [](double count) { return count == std::floor(count); });
  if (!whole || total > kMaxRows) {
    return error(Code::kInvalidArgument,
                 "sample_weight must hold whole numbers here: how often each row occurs");
  }
  if (!options.sample_size || static_cast<double>(*options.sample_size) >= total) return counts;
  if (*options.sample_size < 3) return error(Code::kInvalidArgument, "sample_size must be at least 3");
  return sample_counts(counts, static_cast<uint64_t>(total), *options.sample_size, options.random_state);
}

// One cluster ready for weighted_distance_sums.
struct PackedCluster {
  kernels::PackedRows rows;
  std::vector<double> weight;  // 0 where the last group is filled up
};

std::vector<PackedCluster> pack(const Clusters& clusters) {
  std::vector<PackedCluster> out;
  for (size_t c = 0; c < clusters.count(); ++c) {
    kernels::PackedRows rows(clusters.cluster(c));
    std::vector<double> weight(rows.groups() * kernels::kLanes);
    std::copy(clusters.weight.begin() + static_cast<std::ptrdiff_t>(clusters.begin[c]),
              clusters.weight.begin() + static_cast<std::ptrdiff_t>(clusters.begin[c + 1]), weight.begin());
    out.push_back({std::move(rows), std::move(weight)});
  }
  return out;
}

// Σ w · silhouette over rows [begin, end).
double silhouette_sum(const Clusters& clusters, const std::vector<PackedCluster>& packed, size_t begin,
                      size_t end) {
  const size_t n = end - begin;
  const kernels::MatrixView part{
      std::span(clusters.rows.values).subspan(begin * clusters.rows.cols, n * clusters.rows.cols), n,
      clusters.rows.cols};
  std::vector<double> sums(n), own(n), other(n, std::numeric_limits<double>::infinity());
  std::vector<double> own_total(n);
  for (size_t c = 0; c < clusters.count(); ++c) {
    kernels::weighted_distance_sums(part, packed[c].rows, packed[c].weight, sums);
    for (size_t i = 0; i < n; ++i) {
      const size_t row = begin + i;
      if (row >= clusters.begin[c] && row < clusters.begin[c + 1]) {
        own_total[i] = clusters.total[c];
        own[i] = sums[i];
      } else {
        other[i] = std::min(other[i], sums[i] / clusters.total[c]);
      }
    }
  }
  kernels::CompensatedSum sum;
  for (size_t i = 0; i < n; ++i) {
    if (own_total[i] <= 1) continue;  // alone: 0
    const double a = own[i] / (own_total[i] - 1);
    const double widest = std::max(a, other[i]);
    if (widest > 0) sum.add(clusters.weight[begin + i] * (other[i] - a) / widest);
  }
  return sum.value();
}

constexpr size_t kSilhouetteChunkRows = 128;

base::Result<double> silhouette(const Clusters& clusters, const base::Context& context) {
  const std::vector<PackedCluster> packed = pack(clusters);
  const size_t n = clusters.rows.rows;
  std::vector<double> parts(base::ThreadPool::chunk_count(n, kSilhouetteChunkRows));
  context.pool->for_chunks(n, kSilhouetteChunkRows, [&](size_t chunk, size_t begin, size_t end) {
    if (!context.cancel->cancelled()) parts[chunk] = silhouette_sum(clusters, packed, begin, end);
  });
  COTERIE_CHECK_OK(context.check_cancelled());
  return kernels::compensated_sum(parts) / kernels::compensated_sum(clusters.total);
}

}  // namespace

base::Result<double> silhouette_score(kernels::MatrixView points, std::span<const uint32_t> labels,
                                      std::span<const double> sample_weight, const SilhouetteOptions& options,
                                      const base::Context& context) {
  COTERIE_CHECK_OK(check_labels(points, labels, sample_weight));
  COTERIE_ASSIGN(const auto reserved_counts,
                 context.budget->reserve(points.rows * 3 * sizeof(double), "silhouette"));
  COTERIE_ASSIGN(const std::vector<double> counts, rows_used(points.rows, sample_weight, options));
  std::vector<size_t> chosen;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) chosen.push_back(i);
  }
  const size_t bytes = chosen.size() * (2 * points.cols + 4) * sizeof(double);
  COTERIE_ASSIGN(const auto reserved, context.budget->reserve(bytes, "silhouette"));
  COTERIE_ASSIGN(const Clusters clusters, group(points, labels, std::move(chosen), counts));
  return silhouette(clusters, context);
}

base::Result<double> calinski_harabasz_score(kernels::MatrixView points, std::span<const uint32_t> labels,
                                             std::span<const double> sample_weight) {
  COTERIE_ASSIGN(const Clusters clusters, group_all(points, labels, sample_weight));
  const std::vector<double> mean = mean_of(clusters, 0, clusters.rows.rows);
  kernels::CompensatedSum between, within;
  for (size_t c = 0; c < clusters.count(); ++c) {
    const std::vector<double> centroid = mean_of(clusters, clusters.begin[c], clusters.begin[c + 1]);
    between.add(clusters.total[c] * kernels::squared_euclidean(centroid, mean));
    for (size_t r = clusters.begin[c]; r < clusters.begin[c + 1]; ++r) {
      within.add(clusters.weight[r] * kernels::squared_euclidean(clusters.rows.row(r), centroid));
    }
  }
  if (within.value() == 0) return 1.0;
  const double k = static_cast<double>(clusters.count());
  const double n = kernels::compensated_sum(clusters.total);
  return between.value() * (n - k) / (within.value() * (k - 1));
}

base::Result<double> davies_bouldin_score(kernels::MatrixView points, std::span<const uint32_t> labels,
                                          std::span<const double> sample_weight) {
  COTERIE_ASSIGN(const Clusters clusters, group_all(points, labels, sample_weight));
  const size_t k = clusters.count();
  std::vector<std::vector<double>> centroid(k);
  std::vector<double> spread(k);
  for (size_t c = 0; c < k; ++c) {
    centroid[c] = mean_of(clusters, clusters.begin[c], clusters.begin[c + 1]);
    kernels::CompensatedSum sum;
    for (size_t r = clusters.begin[c]; r < clusters.begin[c + 1]; ++r) {
      sum.add(clusters.weight[r] * std::sqrt(kernels::squared_euclidean(clusters.rows.row(r), centroid[c])));
    }
    spread[c] = sum.value() / clusters.total[c];
  }
  // Centroids at one place count as infinitely far apart, as in scikit-learn: the pair is left out.
  kernels::CompensatedSum worst_sum;
  for (size_t i = 0; i < k; ++i) {
    double worst = 0;
    for (size_t j = 0; j < k; ++j) {
      const double apart = std::sqrt(kernels::squared_euclidean(centroid[i], centroid[j]));
      if (apart > 0) worst = std::max(worst, (spread[i] + spread[j]) / apart);
    }
    worst_sum.add(worst);
  }
  return worst_sum.value() / static_cast<double>(k);
}

base::Result<double> adjusted_rand_score(std::span<const uint32_t> labels_true,
                                         std::span<const uint32_t> labels_pred) {
  if (labels_true.size() != labels_pred.size() || labels_true.empty()) {
    return error(Code::kInvalidArgument, "{} and {} labels; two labellings of the same rows are needed",
                 labels_true.size(), labels_pred.size());
  }
  std::map<std::pair<uint32_t, uint32_t>, double> both;
  std::map<uint32_t, double> in_true, in_pred;
  for (size_t i = 0; i < labels_true.size(); ++i) {
    ++both[{labels_true[i], labels_pred[i]}];
    ++in_true[labels_true[i]];
    ++in_pred[labels_pred[i]];
  }
  // Ordered pairs of rows, by whether each labelling puts them together.
  const double n = static_cast<double>(labels_true.size());
  double squares = 0, true_squares = 0, pred_squares = 0;
  for (const auto& [labels, count] : both) squares += count * count;
  for (const auto& [label, count] : in_true) true_squares += count * count;
  for (const auto& [label, count] : in_pred) pred_squares += count * count;
  const double together = squares - n;
  const double only_pred = pred_squares - squares;
  const double only_true = true_squares - squares;
  const double apart = n * n - only_pred - only_true - squares;
  if (only_pred == 0 && only_true == 0) return 1.0;
  return 2 * (together * apart - only_true * only_pred) /
         ((together + only_true) * (only_true + apart) + (together + only_pred) * (only_pred + apart));
}

}  // namespace coterie::learn

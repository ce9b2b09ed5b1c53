#include "learn/cluster/weighted_rows.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace coterie::learn {

base::Result<WeightedRows> weighted_rows(kernels::MatrixView points, std::span<const double> sample_weight,
                                         size_t n_clusters, const base::Context& context) {
  WeightedRows out;
  if (!pays_to_group(points, sample_weight, n_clusters)) {
    out.points = points;
    if (sample_weight.empty()) out.ones.assign(points.rows, 1.0);
    out.weight = sample_weight.empty() ? out.ones : sample_weight;
    COTERIE_ASSIGN(auto memory, context.budget->reserve(points.rows * (sizeof(double) + sizeof(uint32_t)),
                                                        "weights and labels"));
    out.memory.push_back(std::move(memory));
    return out;
  }
  COTERIE_ASSIGN(out.distinct, distinct_rows(points, sample_weight, context));
  const size_t bytes = points.rows * 2 * sizeof(uint32_t) + out.distinct.rows.values.size() * sizeof(double) +
                       out.distinct.weight.size() * sizeof(double);
  COTERIE_ASSIGN(auto memory, context.budget->reserve(bytes, "distinct rows"));
  out.memory.push_back(std::move(memory));
  out.points = out.distinct.rows;
  out.weight = out.distinct.weight;
  if (out.distinct.positive >= n_clusters) return out;
  return base::error(
      base::Code::kInvalidArgument,
      "n_clusters is {} but there are only {} distinct rows; ask for at most that many clusters", n_clusters,
      out.distinct.positive);
}

base::HugeVector<uint32_t> labels_of_points(const WeightedRows& rows, base::HugeVector<uint32_t> labels,
                                            base::ThreadPool& pool) {
  const auto& group = rows.distinct.group;
  if (group.empty()) return labels;
  base::HugeVector<uint32_t> out(group.size());
  constexpr size_t kChunk = size_t{1} << 18;
  pool.for_chunks(out.size(), kChunk, [&](size_t, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) out[i] = labels[group[i]];
  });
  return out;
}

void number_clusters(std::span<const double> weight, kernels::Matrix* centers,
                     base::HugeVector<uint32_t>* labels) {
  const size_t k = centers->rows;
  std::vector<double> in_cluster(k);
  for (size_t i = 0; i < labels->size(); ++i) in_cluster[(*labels)[i]] += weight[i];
  std::vector<uint32_t> order(k);
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](uint32_t a, uint32_t b) {
    if (in_cluster[a] != in_cluster[b]) return in_cluster[a] > in_cluster[b];
    return std::ranges::lexicographical_compare(centers->row(a), centers->row(b));
  });
  kernels::Matrix ordered(k, centers->cols);
  std::vector<uint32_t> number(k);
  for (uint32_t c = 0; c < k; ++c) {
    number[order[c]] = c;
    std::ranges::copy(std::as_const(*centers).row(order[c]), ordered.row(c).begin());
  }
  for (uint32_t& label : *labels) label = number[label];
  *centers = std::move(ordered);
}

}  // namespace coterie::learn

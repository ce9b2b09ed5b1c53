#include "learn/cluster/running_medians.h"

#include <algorithm>

namespace coterie::learn {

base::Result<ColumnOrders> ColumnOrders::sort(kernels::MatrixView points, const base::Context& context) {
  ColumnOrders out;
  out.rows_ = points.rows;
  out.cols_ = points.cols;
  out.order_ = base::HugeArray<uint32_t>(points.rows * points.cols);
  out.rank_ = base::HugeArray<uint32_t>(points.rows * points.cols);
  context.pool->for_chunks(points.cols, 1, [&](size_t, size_t column, size_t) {
    if (context.cancel->cancelled()) return;
    std::vector<std::pair<double, uint32_t>> sorted(points.rows);
    for (uint32_t i = 0; i < points.rows; ++i) sorted[i] = {points.at(i, column), i};
    std::ranges::sort(sorted);
    for (uint32_t at = 0; at < points.rows; ++at) {
      out.order_[column * points.rows + at] = sorted[at].second;
      out.rank_[column * points.rows + sorted[at].second] = at;
    }
  });
  COTERIE_CHECK_OK(context.check_cancelled());
  return out;
}

RunningMedians::RunningMedians(kernels::MatrixView points, std::span<const double> weight,
                               const ColumnOrders& orders, size_t n_clusters)
    : points_(points),
      weight_(weight),
      orders_(orders),
      is_even_(std::ranges::all_of(weight, [&](double w) { return w == weight[0]; })),
      members_(n_clusters),
      places_(n_clusters * points.cols) {}

void RunningMedians::count(std::span<const uint32_t> labels) {
  std::ranges::fill(members_, 0);
  for (size_t i = 0; i < points_.rows; ++i)
    if (weight_[i] > 0) ++members_[labels[i]];
}

void RunningMedians::begin(std::span<const uint32_t> labels, base::ThreadPool& pool) {
  count(labels);
  pool.for_chunks(points_.cols, 1, [&](size_t, size_t column, size_t) {
    is_even_ ? place_all(labels, column) : place_by_weight(labels, column);
  });
}

void RunningMedians::update(std::span<const uint32_t> labels, std::span<const LabelChange> changes,
                            base::ThreadPool& pool) {
  // Walking costs more than beginning anew when much has changed.
  if (!is_even_ || changes.size() > points_.rows / 16) return begin(labels, pool);
  for (const LabelChange& change : changes) {
    --members_[change.before];
    ++members_[labels[change.row]];
  }
  pool.for_chunks(points_.cols, 1, [&](size_t, size_t column, size_t) {
    const uint32_t* rank = orders_.rank(column);
    for (const LabelChange& change : changes) {
      Place& left = place(change.before, column);
      Place& entered = place(labels[change.row], column);
      left.less -= rank[change.row] < left.at ? 1 : 0;
      entered.less += rank[change.row] < entered.at ? 1 : 0;
    }
    for (uint32_t c = 0; c < members_.size(); ++c) walk(labels, column, c);
  });
}

// The middle member of every cluster, in one pass over the column's order.
void RunningMedians::place_all(std::span<const uint32_t> labels, size_t column) {
  const uint32_t* order = orders_.order(column);
  std::vector<uint32_t> seen(members_.size());
  for (uint32_t at = 0; at < points_.rows; ++at) {
    const uint32_t c = labels[order[at]];
    if (seen[c]++ == (members_[c] - 1) / 2)
      place(c, column) = {at, static_cast<uint32_t>((members_[c] - 1) / 2)};
  }
}

// The first member up to which half of the cluster's weight lies; weights are added in the column's order.
void RunningMedians::place_by_weight(std::span<const uint32_t> labels, size_t column) {
  const uint32_t* order = orders_.order(column);
  std::vector<double> total(members_.size()), below(members_.size());
  for (uint32_t at = 0; at < points_.rows; ++at) total[labels[order[at]]] += weight_[order[at]];
  for (uint32_t at = 0; at < points_.rows; ++at) {
    const uint32_t row = order[at], c = labels[row];
    if (weight_[row] == 0 || 2 * below[c] >= total[c]) continue;
    below[c] += weight_[row];
    place(c, column).at = at;
  }
}

// To the middle member, from where it was.
void RunningMedians::walk(std::span<const uint32_t> labels, size_t column, uint32_t cluster) {
  if (members_[cluster] == 0) return;
  const uint32_t* order = orders_.order(column);
  const auto middle = static_cast<uint32_t>((members_[cluster] - 1) / 2);
  Place& here = place(cluster, column);
  while (here.less > middle) {
    --here.at;
    here.less -= labels[order[here.at]] == cluster ? 1 : 0;
  }
  while (here.less < middle || labels[order[here.at]] != cluster) {
    here.less += labels[order[here.at]] == cluster ? 1 : 0;
    ++here.at;
  }
}

void RunningMedians::write(kernels::Matrix* centers) const {
  for (size_t c = 0; c < members_.size(); ++c) {
    if (members_[c] == 0) continue;
    for (size_t j = 0; j < points_.cols; ++j)
      centers->at(c, j) = points_.at(orders_.order(j)[places_[j * members_.size() + c].at], j);
  }
}

}  // namespace coterie::learn

// Medians of clusters, column by column, that follow the few rows that change their cluster.
//
// Each column is sorted once. The median of a cluster is a place in that order; when rows come and go, the number of members
// before it says how far it must walk. All exact: the lower weighted median, the least value up to which half of the weight lies.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/huge_array.h"
#include "base/status.h"
#include "kernels/matrix.h"
#include "learn/cluster/label_change.h"

namespace coterie::learn {

/// Every column's rows in ascending order of value, and each row's place there. Immutable; for many starts.
class ColumnOrders {
 public:
  /// O(d n log n). Errors: kCancelled.
  static base::Result<ColumnOrders> sort(kernels::MatrixView points, const base::Context& context);

  size_t rows() const { return rows_; }
  size_t cols() const { return cols_; }
  const uint32_t* order(size_t column) const { return order_.data() + column * rows_; }
  const uint32_t* rank(size_t column) const { return rank_.data() + column * rows_; }

  static size_t bytes(size_t rows, size_t cols) { return 2 * rows * cols * sizeof(uint32_t); }

 private:
  size_t rows_ = 0, cols_ = 0;
  base::HugeArray<uint32_t> order_, rank_;
};

class RunningMedians {
 public:
  /// Rows of weight 0 are in no cluster. All arguments outlive this.
  RunningMedians(kernels::MatrixView points, std::span<const double> weight, const ColumnOrders& orders,
                 size_t n_clusters);

  /// From labels alone. O(nd).
  void begin(std::span<const uint32_t> labels, base::ThreadPool& pool);

  /// After `changes`; labels are those of now. Where all rows weigh alike O(changes · d + how far medians walk), otherwise O(nd).
  void update(std::span<const uint32_t> labels, std::span<const LabelChange> changes, base::ThreadPool& pool);

  /// Writes the medians into the centres; the row of a cluster without members stays.
  void write(kernels::Matrix* centers) const;

  /// How many rows with a weight are in a cluster.
  size_t members(size_t cluster) const { return members_[cluster]; }

 private:
  struct Place {
    uint32_t at = 0;    // in the column's order
    uint32_t less = 0;  // members of the cluster before it
  };
  void count(std::span<const uint32_t> labels);
  void place_all(std::span<const uint32_t> labels, size_t column);
  void place_by_weight(std::span<const uint32_t> labels, size_t column);
  void walk(std::span<const uint32_t> labels, size_t column, uint32_t cluster);
  Place& place(size_t cluster, size_t column) { return places_[column * members_.size() + cluster]; }

  kernels::MatrixView points_;
  std::span<const double> weight_;
  const ColumnOrders& orders_;
  bool is_even_;  // all rows weigh the same
  std::vector<size_t> members_;
  std::vector<Place> places_;  // column by column
};

}  // namespace coterie::learn

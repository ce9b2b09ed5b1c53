// The best split of every open node by one column, in one walk over its rows in ascending order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/matrix.h"

namespace coterie::learn {

/// Rows of a column in ascending order of its values; those without one at the end.
struct SortedColumn {
  std::vector<uint32_t> rows;
  size_t known = 0;  ///< how many have a value
};

SortedColumn sort_column(kernels::MatrixView points, size_t column);

/// What a level of the tree looks like to its splits.
struct OpenNodes {
  std::span<const uint32_t> node_of;  ///< a row's place among the open nodes, or kClosed
  std::span<const uint32_t> labels;
  std::span<const double> sample_weight;  ///< empty for ones
  std::span<const double> class_weight;   ///< open nodes × classes
  size_t nodes = 0, classes = 0;
  double min_samples_leaf = 1;
};
inline constexpr uint32_t kClosed = UINT32_MAX;

struct Split {
  /// Σ over both sides of (Σ class weight²) / weight: the larger, the purer. Below 0: there is no split.
  double purity = -1;
  double threshold = 0;
  bool missing_left = false;
};

/// One for each open node. O(n + nodes · classes).
std::vector<Split> best_splits(kernels::MatrixView points, size_t column, const SortedColumn& sorted,
                               const OpenNodes& open);

}  // namespace coterie::learn

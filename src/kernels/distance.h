// Euclidean distances between rows of f64, the inner loops of clustering and of its metrics.
//
// Values are finite; sizes are the caller's duty (undefined when they do not fit). All functions are pure and
// safe from many threads, allocate nothing unless said, and give the same bits on every target (target.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/matrix.h"
#include "kernels/target.h"

namespace coterie::kernels {

/// Lanes of every reduction: lane l adds the terms l, l + 8, l + 16, ... and the lanes are added pairwise.
inline constexpr size_t kLanes = 8;

/// Σ (a_j − b_j)²; a and b have the same size.
double squared_euclidean(std::span<const double> a, std::span<const double> b);

/// squared[i] = squared_euclidean(row i of `points`, row). Sizes: row = cols, squared = rows.
void squared_distances_to_row(kernels::MatrixView points, std::span<const double> row,
                              std::span<double> squared, Target target = best_target());

/// Rows in groups of kLanes, column by column inside a group, so that one point meets eight rows at once.
/// The last group is filled with rows at infinity, which are nearest to nothing.
class PackedRows {
 public:
  /// O(rows × cols) time and memory.
  explicit PackedRows(kernels::MatrixView rows);

  size_t rows() const { return rows_; }
  size_t cols() const { return cols_; }
  size_t groups() const { return (rows_ + kLanes - 1) / kLanes; }
  const double* group(size_t g) const { return values_.data() + g * cols_ * kLanes; }

 private:
  size_t rows_;
  size_t cols_;
  std::vector<double> values_;
};

/// For every point its nearest row (the lowest index on ties) and the squared distance to it.
///
/// Shapes  points n×d, rows k×d with k ≥ 1; labels n, squared n
/// Cost    O(nkd); a squared distance is added up column by column, in order
void nearest_rows(kernels::MatrixView points, const PackedRows& rows, std::span<uint32_t> labels,
                  std::span<double> squared, Target target = best_target());

/// The same, and the squared distance to the second nearest row (infinite when there is one row).
void nearest_two_rows(kernels::MatrixView points, const PackedRows& rows, std::span<uint32_t> labels,
                      std::span<double> squared, std::span<double> second, Target target = best_target());

/// sums[i] = Σ_r weight_r · ‖point i − row r‖ (not squared).
///
/// Shapes  points n×d; rows k×d packed; weights groups()·kLanes, 0 where lanes fill the last group; sums n
/// Cost    O(nkd)
void weighted_distance_sums(kernels::MatrixView points, const PackedRows& rows,
                            std::span<const double> weights, std::span<double> sums,
                            Target target = best_target());

}  // namespace coterie::kernels

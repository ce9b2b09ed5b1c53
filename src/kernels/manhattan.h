// Manhattan distances between rows of f64: sums of absolute differences.
//
// Values are finite; sizes are the caller's duty. All functions are pure and safe from many threads, and give the same bits on
// every target: a distance is added up column by column.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/distance.h"
#include "kernels/matrix.h"

namespace coterie::kernels {

/// Σ |a_j − b_j|; a and b have the same size.
double manhattan(std::span<const double> a, std::span<const double> b);

/// distance[i] = manhattan(row i of `points`, row). Sizes: row = cols, distance = rows.
void manhattan_to_row(MatrixView points, std::span<const double> row, std::span<double> distance);

/// For every point its nearest row (the lowest index on ties), the distance to it and to the second nearest (infinite when
/// there is one row).
///
/// Shapes  points n×d, rows k×d with k ≥ 1; labels, distance, second n
/// Cost    O(nkd)
void nearest_two_manhattan(MatrixView points, const PackedRows& rows, std::span<uint32_t> labels,
                           std::span<double> distance, std::span<double> second,
                           Target target = best_target());

}  // namespace coterie::kernels

// The best one-to-one matching of rows to columns.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/matrix.h"

namespace coterie::learn {

inline constexpr uint32_t kUnassigned = UINT32_MAX;

/// The column of every row such that the sum of the chosen `gain` entries is largest, each column at most once;
/// kUnassigned for the rows that are left over when there are more rows than columns. Of equally good matchings one
/// is given, always the same.
///
/// Shapes   gain rows×cols, finite
/// Threads  safe
/// Cost     O(n³), n = max(rows, cols)
/// Source   Kuhn 1955 (the Hungarian method), by shortest augmenting paths: Jonker & Volgenant 1987
std::vector<uint32_t> best_assignment(kernels::MatrixView gain);

}  // namespace coterie::learn

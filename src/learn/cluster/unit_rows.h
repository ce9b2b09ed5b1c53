// Rows as directions: divided by their length, for clustering by cosine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "kernels/matrix.h"

namespace coterie::learn {

/// Divides by the Euclidean length, which no value is too small or too large for; false, and nothing changed, where it is 0.
bool make_unit(std::span<double> row);

struct UnitRows {
  kernels::Matrix rows;         ///< of length 1, but for
  std::vector<uint32_t> zeros;  ///< the rows of zeros, ascending: they have no direction
};

/// A copy. Same bits for any number of threads. O(n d).
UnitRows unit_rows(kernels::MatrixView points, base::ThreadPool& pool);

}  // namespace coterie::learn

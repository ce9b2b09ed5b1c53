// Greedy k-means++: starting centres that lie apart (Arthur & Vassilvitskii 2007, with scikit-learn's
// candidates).
#pragma once

#include <span>

#include "base/context.h"
#include "base/random.h"
#include "base/status.h"
#include "kernels/matrix.h"

namespace coterie::learn {

/// What is far: the squared Euclidean distance, or the Manhattan distance.
enum class SeedingDistance { kSquaredEuclidean, kManhattan };

/// k rows of `points`. The first is drawn by weight; each next one is the best of 2 + ⌊ln k⌋ candidates drawn
/// by w · (distance to the nearest centre so far, as `distance` says): the one that leaves the least of that sum.
///
/// Shapes   points m×d, distinct rows, finite; weight m, ≥ 0, at least k above 0
/// Errors   kCancelled · kResourceExhausted
/// Threads  the same rows for any number of threads
/// Cost     O(m k d log k) time, 16m bytes
base::Result<kernels::Matrix> k_means_plus_plus(
    kernels::MatrixView points, std::span<const double> weight, size_t k, base::Random& random,
    const base::Context& context, SeedingDistance distance = SeedingDistance::kSquaredEuclidean);

}  // namespace coterie::learn

// k-means||: starting centres from few passes that each draw many candidates (Bahmani et al. 2012).
#pragma once

#include <span>

#include "base/context.h"
#include "base/random.h"
#include "base/status.h"
#include "kernels/matrix.h"

namespace coterie::learn {

/// k rows of `points`. After a first row, five rounds draw each row with probability min(1, 2k · w · d² / φ), φ = Σ w · d², d the
/// distance to the nearest candidate so far; then greedy k-means++ chooses k of the candidates, each weighing as much as the rows
/// that are nearest to it. Where the rounds drew fewer than k, the rows with the most w · d² are added.
///
/// Shapes   points m×d, distinct rows, finite; weight m, ≥ 0, at least k above 0
/// Errors   kCancelled · kResourceExhausted
/// Threads  the same rows for any number of threads
/// Cost     O(m d k) in six passes and O(k² d log k); 24m + 112kd bytes. k-means++ takes k passes of O(m d log k)
base::Result<kernels::Matrix> k_means_parallel(kernels::MatrixView points, std::span<const double> weight,
                                               size_t k, base::Random& random, const base::Context& context);

}  // namespace coterie::learn

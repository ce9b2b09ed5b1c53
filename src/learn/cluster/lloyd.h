// Lloyd's rounds from given centres, on weighted rows: assign every point, move every centre, until nothing
// moves.
//
// Lloyd 1982; stopping and empty clusters as scikit-learn's lloyd (docs/methods/kmeans.md). KMeans is the way
// in.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/huge_array.h"
#include "base/status.h"
#include "kernels/matrix.h"

namespace coterie::learn {

struct LloydOptions {
  size_t max_iter;
  double tolerance;  ///< stop when Σ over centres of the squared shift is at most this; units of points²
  bool are_directions = false;  ///< points have length 1, and so have centres: the direction of the mean
};

struct LloydResult {
  kernels::Matrix centers;            ///< k × d
  base::HugeVector<uint32_t> labels;  ///< nearest of `centers`, the lowest index on ties
  double inertia = 0;                 ///< Σ w ‖x − center‖²
  size_t n_iter = 0;                  ///< rounds run
};

/// Shapes   points m×d, distinct rows, finite; weight m, ≥ 0, at least k above 0; centers k×d, k ≥ 1
/// Errors   kCancelled · kResourceExhausted
/// Threads  the same bits for any number of threads
/// Cost     at most O(mkd + k²d) a round; 4m(d + 8) + 8kd·min(256, m/1024) bytes
base::Result<LloydResult> lloyd(kernels::MatrixView points, std::span<const double> weight,
                                kernels::Matrix centers, const LloydOptions& options,
                                const base::Context& context);

/// The nearest of `centers` for every point, and the squared distance to it. Same threads and cost as one
/// round.
void assign_nearest(kernels::MatrixView points, kernels::MatrixView centers, std::span<uint32_t> labels,
                    std::span<double> squared, const base::Context& context);

/// distances(i, c) = ‖point i − center c‖, for every pair. Shapes: distances n×k. O(nkd).
void distances_to_centers(kernels::MatrixView points, kernels::MatrixView centers, kernels::Matrix& distances,
                          const base::Context& context);

/// Points in one chunk of work: a function of n alone.
size_t chunk_rows(size_t n);

}  // namespace coterie::learn

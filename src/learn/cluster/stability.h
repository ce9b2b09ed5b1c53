// How stable clusters are: whether k-means finds them again in bootstrap samples of the rows.
//
// A cluster that chance made dissolves when some rows are drawn twice and others not at all; one that is in the data
// comes back. docs/methods/clusters.md says how it is read.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "kernels/matrix.h"

namespace coterie::learn {

/// Below this mean Jaccard index a cluster is called unstable (Hennig 2007).
inline constexpr double kStableJaccard = 0.75;

struct StabilityOptions {
  size_t n_resamples = 50;     ///< 1 to 10,000
  size_t n_init = 3;           ///< k-means++ starts in each, ≥ 1
  size_t sample_size = 5'000;  ///< of more rows so many are drawn, once, without repetition; ≥ 1
  uint64_t random_state = 0;
};

struct Stability {
  double adjusted_rand =
      0;  ///< of the two labellings of the rows drawn; mean over resamples, 1 = the same partition
  /// k means over the resamples in which the cluster has a row: the Jaccard index of its rows with the most similar
  /// cluster of the resample, in [0, 1]; 0 where it never has one.
  std::vector<double> jaccard;
};

/// Fits k-means anew on n_resamples samples of the rows, drawn with repetition, and compares the labels of the distinct
/// rows drawn with `labels`. A sample with fewer distinct rows than clusters is divided into as many as it has.
///
/// Shapes   points n×d; labels n, 0 to k − 1, as k-means gave them
/// Errors   kInvalidArgument (shapes, ranges, values not finite) · kCancelled · kResourceExhausted
/// Threads  a resample each; the same bits for any number
/// Cost     n_resamples · n_init k-means of min(n, sample_size) rows
/// Source   Hennig 2007, Cluster-wise assessment of cluster stability
base::Result<Stability> k_means_stability(kernels::MatrixView points, std::span<const uint32_t> labels,
                                          const StabilityOptions& options, const base::Context& context);

}  // namespace coterie::learn

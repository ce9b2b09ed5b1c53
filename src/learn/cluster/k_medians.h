// k-medians clustering: centres that make the Manhattan distances of the rows to them small. Robust where k-means follows
// every far row.
//
// Parameters and results are named as KMeans's; docs/methods/kmedians.md has the formulas. learn/model.h says what every
// estimator promises.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/huge_array.h"
#include "base/status.h"
#include "kernels/matrix.h"
#include "learn/model.h"

namespace coterie::learn {

struct KMediansOptions {
  size_t n_clusters = 8;  ///< 1 ≤ n_clusters ≤ distinct rows with a positive weight
  std::optional<kernels::Matrix> init =
      {};                 ///< starting centres, n_clusters × d; nothing = k-means++ by distance
  size_t n_init = 10;     ///< k-means++ starts, ≥ 1; given centres are one start
  size_t max_iter = 300;  ///< rounds of one start, ≥ 1
  uint64_t random_state = 0;
};

/// An immutable model; const members are safe from many threads.
class KMedians {
 public:
  /// Clusters the rows of `points` and keeps the start with the least inertia (the earliest on ties). Each centre is, column
  /// by column, the lower weighted median of its rows. Clusters are numbered as KMeans numbers them.
  ///
  /// Shapes   points n×d; sample_weight n, or empty for ones
  /// Range    1 ≤ n < 2^32; values finite, within ±1e100; weights ≥ 0 and finite, not all 0
  /// Errors   kInvalidArgument (shape, range, fewer distinct rows than clusters) · kCancelled · kResourceExhausted
  /// Threads  the same bits for any number of threads
  /// Cost     O(d n log n) once, O(n d k) a round at most; 8nd + 40n and 16n for each thread bytes
  /// Source   Bradley, Mangasarian & Street 1997; docs/methods/kmedians.md
  static base::Result<KMedians> fit(kernels::MatrixView points, std::span<const double> sample_weight,
                                    const KMediansOptions& options, const base::Context& context);

  const kernels::Matrix& cluster_centers() const { return cluster_centers_; }  ///< n_clusters × d
  std::span<const uint32_t> labels() const {
    return labels_;
  }  ///< of the fitted rows; empty in a loaded model
  base::HugeVector<uint32_t> take_labels() && { return std::move(labels_); }
  double inertia() const { return inertia_; }  ///< Σ w Σ_j |x_j − c_j|, units of points
  size_t n_iter() const { return n_iter_; }    ///< rounds of the start that was kept

  /// The nearest centre of each row, the lowest number on ties. O(n k d).
  /// Errors: kInvalidArgument (empty, number of columns, values not finite).
  base::Result<std::vector<uint32_t>> predict(kernels::MatrixView points, const base::Context& context) const;

  ModelState state() const;
  static base::Result<KMedians> from_state(const ModelState& state);

 private:
  KMedians() = default;

  KMediansOptions options_;
  kernels::Matrix cluster_centers_;
  base::HugeVector<uint32_t> labels_;
  double inertia_ = 0;
  size_t n_iter_ = 0;
};

/// The nearest of `centers` by Manhattan distance for every point, and the distance to it. O(nkd).
void assign_nearest_manhattan(kernels::MatrixView points, kernels::MatrixView centers,
                              std::span<uint32_t> labels, std::span<double> distance,
                              const base::Context& context);

/// distances(i, c) = Σ_j |point − center|, for every pair. Shapes: distances n×k. O(nkd).
void manhattan_to_centers(kernels::MatrixView points, kernels::MatrixView centers, kernels::Matrix& distances,
                          const base::Context& context);

}  // namespace coterie::learn

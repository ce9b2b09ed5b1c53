// k-means clustering: Lloyd's rounds from greedy k-means++ starts, on weighted distinct rows.
//
// Parameters and results are named as scikit-learn's KMeans; docs/methods/kmeans.md has the formulas and says
// what differs. learn/model.h says what every estimator promises.
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

enum class KMeansSeeding {
  kPlusPlus,  ///< greedy k-means++ (k_means_plus_plus.h)
  kParallel,  ///< k-means|| (k_means_parallel.h): six passes, for many clusters of many rows
};

enum class KMeansMetric {
  kEuclidean,
  kCosine,  ///< spherical: rows count by their directions alone, centres have length 1
};

struct KMeansOptions {
  size_t n_clusters = 8;                     ///< 1 ≤ n_clusters ≤ distinct rows with a positive weight
  std::optional<kernels::Matrix> init = {};  ///< starting centres, n_clusters × d; nothing = by seeding
  KMeansSeeding seeding = KMeansSeeding::kPlusPlus;
  KMeansMetric metric = KMeansMetric::kEuclidean;
  size_t n_init = 10;     ///< starts, ≥ 1; given centres are one start
  size_t max_iter = 300;  ///< rounds of one start, ≥ 1
  double tol = 1e-4;      ///< ≥ 0, in mean variances of the columns: stop at that total squared shift
  uint64_t random_state = 0;
};

/// An immutable model; const members are safe from many threads.
class KMeans {
 public:
  /// Clusters the rows of `points` and keeps the start with the least inertia (the earliest on ties).
  ///
  /// Clusters are numbered by falling total weight, then by ascending centre (column by column), so one
  /// partition has one numbering whatever start found it; with given centres they keep the order of `init`.
  ///
  /// Shapes   points n×d; sample_weight n, or empty for ones
  /// Range    1 ≤ n < 2^32; values finite, within ±1e100; weights ≥ 0 and finite, not all 0. By cosine a row of
  /// zeros has no direction: its cosine with every centre is 0, it belongs to the first cluster and moves none
  /// Errors   kInvalidArgument (shape, range, fewer distinct rows than clusters) · kCancelled ·
  /// kResourceExhausted Threads  the same bits for any number of threads Cost     O(n d) + O(m d k) a round
  /// and start, m distinct rows; 4m(d + 12) bytes, and where rows are
  /// grouped 40n + 8md Source   Lloyd 1982; Arthur & Vassilvitskii
  /// 2007; docs/methods/kmeans.md
  static base::Result<KMeans> fit(kernels::MatrixView points, std::span<const double> sample_weight,
                                  const KMeansOptions& options, const base::Context& context);

  const kernels::Matrix& cluster_centers() const { return cluster_centers_; }  ///< n_clusters × d
  std::span<const uint32_t> labels() const {
    return labels_;
  }  ///< of the fitted rows; empty in a loaded model
  base::HugeVector<uint32_t> take_labels() && { return std::move(labels_); }
  double inertia() const {
    return inertia_;
  }  ///< Σ w ‖x − its centre‖², units of points²; by cosine Σ w (1 − cos(x, its centre))
  size_t n_iter() const { return n_iter_; }  ///< rounds of the start that was kept

  /// The nearest centre of each row, the lowest number on ties. O(n k d).
  /// Errors: kInvalidArgument (empty, number of columns, values not finite).
  base::Result<std::vector<uint32_t>> predict(kernels::MatrixView points, const base::Context& context) const;

  ModelState state() const;
  static base::Result<KMeans> from_state(const ModelState& state);

 private:
  KMeans() = default;

  KMeansOptions options_;
  kernels::Matrix cluster_centers_;
  base::HugeVector<uint32_t> labels_;
  double inertia_ = 0;
  size_t n_iter_ = 0;
};

}  // namespace coterie::learn

// k-means on small random batches, for streams and for more rows than a full round should touch: near the inertia of KMeans for
// a fraction of its work.
//
// Options and rules are those of scikit-learn's MiniBatchKMeans; docs/methods/kmeans.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/random.h"
#include "base/status.h"
#include "kernels/matrix.h"

namespace coterie::learn {

struct MiniBatchOptions {
  size_t n_clusters = 8;
  std::optional<kernels::Matrix> init = {};  ///< starting centres; nothing = k-means++ on init_size rows
  size_t n_init = 3;               ///< k-means++ starts that are tried on other rows; the best one begins
  size_t max_iter = 100;           ///< passes over as many rows as there are, at most
  size_t batch_size = 1024;        ///< rows drawn for a step, with repetition; at most all
  size_t init_size = 0;            ///< 0 = 3 · batch_size, at least 3 · n_clusters
  size_t max_no_improvement = 10;  ///< steps without a better smoothed inertia until it stops; 0 = never
  double tol = 0;  ///< stop when the centres' squared shift is at most this many mean variances; 0 = never
  double reassignment_ratio =
      0.01;  ///< clusters with less than this share of the largest count get a new centre
  uint64_t random_state = 0;
};

/// Centres that batches move; not thread safe.
class MiniBatchKMeans {
 public:
  /// Learns from random batches of the rows. Errors: kInvalidArgument (shape, range, more clusters than rows), kCancelled,
  /// kResourceExhausted. Threads: the same bits for any number. Cost: O(batch_size k d) a step.
  /// Source: Sculley 2010; docs/methods/kmeans.md.
  static base::Result<MiniBatchKMeans> fit(kernels::MatrixView points, std::span<const double> sample_weight,
                                           const MiniBatchOptions& options, const base::Context& context);

  /// Goes on from centres and the weight that each has seen. Sizes: counts = centers.rows.
  MiniBatchKMeans(kernels::Matrix centers, std::vector<double> counts);

  /// Starting centres for a stream, from its first rows. Errors: as fit().
  static base::Result<MiniBatchKMeans> start(kernels::MatrixView points,
                                             std::span<const double> sample_weight,
                                             const MiniBatchOptions& options, const base::Context& context);

  /// Each centre becomes the mean of all rows it was ever nearest to, the batch included; returns the batch's inertia around
  /// the centres of before. With `random`, clusters that few rows chose move to rows of the batch first. Rows are finite.
  double step(kernels::MatrixView batch, std::span<const double> sample_weight, double reassignment_ratio,
              base::Random* random, const base::Context& context);

  const kernels::Matrix& cluster_centers() const { return centers_; }
  const std::vector<double>& counts() const {
    return counts_;
  }                                            ///< the weight of the rows that each centre has seen
  size_t n_steps() const { return n_steps_; }  ///< of fit()

 private:
  void reassign(kernels::MatrixView batch, double reassignment_ratio, base::Random& random);

  kernels::Matrix centers_;
  std::vector<double> counts_;
  size_t n_steps_ = 0;
};

}  // namespace coterie::learn

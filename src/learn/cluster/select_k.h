// How many clusters: indices and stability under resampling for each number, and a recommendation with its reason.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "kernels/matrix.h"
#include "learn/cluster/k_means.h"
#include "learn/cluster/stability.h"

namespace coterie::learn {

struct SelectKOptions {
  size_t k_min = 2, k_max = 8;      ///< 2 ≤ k_min ≤ k_max; what is beyond the distinct rows is left out
  size_t n_init = 10;               ///< of each k-means
  size_t silhouette_sample = 5000;  ///< rows that the silhouette is exact on
  size_t n_resamples = 50;          ///< that stability is judged by
  uint64_t random_state = 0;
};

struct KChoice {
  size_t k = 0;
  double inertia = 0;
  double silhouette = 0, calinski_harabasz = 0;  ///< higher is better
  double davies_bouldin = 0;                     ///< lower is better
  Stability stability;
  size_t n_unstable = 0;  ///< clusters whose Jaccard index is below kStableJaccard
};

enum class KIndex { kSilhouette, kCalinskiHarabasz, kDaviesBouldin };

struct KSelection {
  std::vector<KChoice> table;  ///< ascending k
  size_t best = 0;             ///< index into `table`
  bool is_stable = false;      ///< all of its clusters come back in resamples; else no k has such clusters
  std::vector<KIndex> for_it;  ///< the indices that prefer it, among the stable ones where there are such
  KMeans model;                ///< of the recommended k
};

/// Of the k whose clusters are stable (of all, where none is) the one that most indices prefer; of equals the one that
/// the silhouette prefers, then the smallest.
///
/// Shapes   points n×d
/// Errors   kInvalidArgument (ranges; fewer than k_min distinct rows; values not finite) · kCancelled · kResourceExhausted
/// Threads  the same bits for any number
/// Cost     for each k: n_init k-means, n_resamples · 3 of at most 5,000 rows, and a silhouette of silhouette_sample rows
base::Result<KSelection> select_k(kernels::MatrixView points, const SelectKOptions& options,
                                  const base::Context& context);

}  // namespace coterie::learn

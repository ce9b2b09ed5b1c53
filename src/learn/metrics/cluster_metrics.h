// How good a clustering is: compactness against separation, and agreement with another labelling.
//
// The same values as scikit-learn's functions of these names; docs/methods/kmeans.md has the formulas. Labels
// are any numbers; only which rows share one matters.
//
// Shapes   points n×d, labels n, sample_weight n or empty (ones); weight w counts as w equal rows
// Range    values finite; weights > 0, in silhouette_score whole numbers
// Errors   kInvalidArgument (shapes, ranges; fewer than 2 labels, or as many as rows) · kCancelled ·
//          kResourceExhausted
// Threads  safe; the same bits for any number of threads
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/context.h"
#include "base/status.h"
#include "kernels/matrix.h"

namespace coterie::learn {

struct SilhouetteOptions {
  std::optional<size_t> sample_size =
      {};  ///< rows drawn without repetition (weighted rows count); nothing = all
  uint64_t random_state = 0;
};

/// Mean of (b − a) / max(a, b): a = mean distance to the own cluster, b = to the nearest other one; 0 for a
/// row alone in its cluster. In [−1, 1], higher is better. Exact on the rows used. O(n² d). Source: Rousseeuw
/// 1987.
base::Result<double> silhouette_score(kernels::MatrixView points, std::span<const uint32_t> labels,
                                      std::span<const double> sample_weight, const SilhouetteOptions& options,
                                      const base::Context& context);

/// Between-cluster over within-cluster variance, each per degree of freedom; 1 when the latter is 0. Higher
/// is better. O(n d). Source: Caliński & Harabasz 1974.
base::Result<double> calinski_harabasz_score(kernels::MatrixView points, std::span<const uint32_t> labels,
                                             std::span<const double> sample_weight = {});

/// Mean over clusters of the worst (s_i + s_j) / d_ij: s = mean distance to the centroid, d = between
/// centroids. Lower is better. O(n d + k² d). Source: Davies & Bouldin 1979.
base::Result<double> davies_bouldin_score(kernels::MatrixView points, std::span<const uint32_t> labels,
                                          std::span<const double> sample_weight = {});

/// Agreement of two labellings of the same rows, corrected for chance: 1 = the same partition, about 0 =
/// unrelated. O(n log n). Errors: kInvalidArgument (different sizes, empty). Source: Hubert & Arabie 1985.
base::Result<double> adjusted_rand_score(std::span<const uint32_t> labels_true,
                                         std::span<const uint32_t> labels_pred);

}  // namespace coterie::learn

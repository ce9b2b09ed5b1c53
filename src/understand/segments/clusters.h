// Clusters: k-means on log and standardised features, the number of clusters by silhouette.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/feature_table.h"
#include "learn/cluster/k_means.h"
#include "learn/cluster/stability.h"
#include "registry/registry.h"

namespace coterie::understand {

/// What the `clusters` segmentation of `run` looks at.
inline constexpr std::string_view kClusterFeatures[] = {"recency_days", "frequency", "monetary",
                                                        "order_value", "basket_items"};

struct ClusterOptions {
  std::vector<std::string_view> features;  ///< at least one
  std::optional<size_t> n_clusters = {};   ///< nothing: the k of [k_min, k_max] with the best silhouette
  size_t k_min = 3;
  size_t k_max = 8;
  bool use_log = true;      ///< log1p of skewed features; the textbook exercise standardises only
  bool only_buyers = true;  ///< members without a purchase are left out
  size_t silhouette_sample = 5000;
  uint64_t random_state = 0;
  std::vector<std::string> init_users =
      {};  ///< start from these members (n_clusters of them); nothing = k-means++
};

/// One cluster, described.
struct Cluster {
  size_t members = 0;
  std::map<std::string, double> typical;  ///< median of every feature used
  /// Features by how far the cluster's mean lies from everybody's, in standard deviations, largest first.
  std::vector<std::pair<std::string, double>> differences;
};

struct Clustering {
  std::vector<uint32_t> rows;    ///< of the feature table
  std::vector<uint32_t> labels;  ///< of `rows`; 0 is the largest cluster
  std::vector<Cluster> clusters;
  double inertia = 0;
  double silhouette = 0;                           ///< of the chosen k
  learn::Stability stability;                      ///< of the chosen k
  std::vector<std::pair<size_t, double>> choices;  ///< (k, silhouette) that were tried
  registry::NewModel model;                        ///< for the registry
};

/// Errors: kInvalidArgument (unknown feature, fewer distinct members than clusters), kCancelled,
/// kResourceExhausted.
base::Result<Clustering> compute_clusters(const data::FeatureTable& features, const ClusterOptions& options,
                                          const base::Context& context);

/// How many different rows there are; counting stops at `enough`.
size_t distinct_rows(const kernels::Matrix& points, size_t enough);

/// Scores golden rows of a clusters or tastes model again.
registry::Rescore rescore_clusters(const base::Context& context);

}  // namespace coterie::understand

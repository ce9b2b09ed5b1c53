#include "understand/segments/clusters.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "learn/metrics/bootstrap.h"
#include "learn/metrics/cluster_metrics.h"
#include "understand/feature_matrix.h"

namespace coterie::understand {

using base::Code;
using base::Result;

namespace {

Result<std::vector<uint32_t>> members_to_cluster(const data::FeatureTable& features, bool only_buyers) {
  COTERIE_ASSIGN(const auto* recency, features.column("recency_days"));
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < features.rows(); ++row)
    if (!only_buyers || !recency->is_missing(row)) rows.push_back(row);
  return rows;
}

struct FittedClusters {
  learn::KMeans model;
  double silhouette;
};

// The points of options.init_users, in their order; nothing when none are named.
Result<std::optional<kernels::Matrix>> start(const data::FeatureTable& features,
                                             const std::vector<uint32_t>& rows, const kernels::Matrix& points,
                                             const ClusterOptions& options) {
  if (options.init_users.empty()) return std::nullopt;
  if (options.init_users.size() != options.n_clusters.value_or(0))
    return base::error(Code::kInvalidArgument, "{} members to start from for {} clusters",
                       options.init_users.size(), options.n_clusters.value_or(0));
  kernels::Matrix out(options.init_users.size(), points.cols);
  for (size_t c = 0; c < options.init_users.size(); ++c) {
    size_t i = 0;
    while (i < rows.size() && features.users[rows[i]] != options.init_users[c]) ++i;
    if (i == rows.size())
      return base::error(Code::kNotFound, "member {} to start from is not among those clustered", c + 1);
    std::copy(points.row(i).begin(), points.row(i).end(), out.row(c).begin());
  }
  return std::optional(std::move(out));
}

Result<FittedClusters> fit_one(const kernels::Matrix& points, size_t k, std::optional<kernels::Matrix> init,
                               const ClusterOptions& options, const base::Context& context) {
  COTERIE_ASSIGN(
      auto model,
      learn::KMeans::fit(points, {},
                         {.n_clusters = k, .init = std::move(init), .random_state = options.random_state},
                         context));
  double silhouette = 0;
  if (k > 1 && k < points.rows) {
    learn::SilhouetteOptions sample{.random_state = options.random_state};
    if (points.rows > options.silhouette_sample) sample.sample_size = options.silhouette_sample;
    COTERIE_ASSIGN(silhouette, learn::silhouette_score(points, model.labels(), {}, sample, context));
  }
  return FittedClusters{std::move(model), silhouette};
}

// Golden rows: the first points with the numbers of their clusters.
Result<registry::NewModel> new_model(const learn::KMeans& model, const FeatureMatrix& matrix,
                                     const kernels::Matrix& points, const base::Context& context) {
  registry::NewModel out;
  out.name = "clusters";
  out.state = model.state();
  matrix.add_to(out.state);
  out.golden.inputs = kernels::Matrix(std::min(registry::kGoldenRows, points.rows), points.cols);
  std::copy_n(points.values.begin(), out.golden.inputs.values.size(), out.golden.inputs.values.begin());
  out.rescore = rescore_clusters(context);
  COTERIE_ASSIGN(out.golden.outputs, out.rescore(out.state, out.golden.inputs));
  return out;
}

Result<std::vector<Cluster>> describe(const data::FeatureTable& features, const FeatureMatrix& matrix,
                                      const kernels::Matrix& points, const Clustering& clustering, size_t k) {
  std::vector<Cluster> clusters(k);
  kernels::Matrix sums(k, points.cols);
  for (size_t i = 0; i < points.rows; ++i) {
    ++clusters[clustering.labels[i]].members;
    for (size_t j = 0; j < points.cols; ++j) sums.at(clustering.labels[i], j) += points.at(i, j);
  }
  const auto names = matrix.column_names();
  for (size_t c = 0; c < k; ++c) {
    for (size_t j = 0; j < names.size(); ++j) {
      clusters[c].differences.emplace_back(names[j],
                                           sums.at(c, j) / static_cast<double>(clusters[c].members));
      COTERIE_ASSIGN(const auto* column, features.column(names[j]));
      std::vector<double> values;
      for (size_t i = 0; i < clustering.rows.size(); ++i)
        if (clustering.labels[i] == c && !column->is_missing(clustering.rows[i]))
          values.push_back(column->values[clustering.rows[i]]);
      clusters[c].typical[names[j]] = values.empty() ? 0 : learn::quantile_in_place(values, 0.5);
    }
    std::stable_sort(clusters[c].differences.begin(), clusters[c].differences.end(),
                     [](const auto& a, const auto& b) { return std::abs(a.second) > std::abs(b.second); });
  }
  return clusters;
}

}  // namespace

size_t distinct_rows(const kernels::Matrix& points, size_t enough) {
  std::set<std::vector<double>> seen;
  for (size_t i = 0; i < points.rows && seen.size() < enough; ++i) {
    const auto row = points.row(i);
    seen.emplace(row.begin(), row.end());
  }
  return seen.size();
}

registry::Rescore rescore_clusters(const base::Context& context) {
  return [context](const learn::ModelState& state, const kernels::Matrix& x) -> Result<std::vector<double>> {
    COTERIE_ASSIGN(const auto loaded, learn::KMeans::from_state(state));
    COTERIE_ASSIGN(const auto labels, loaded.predict(x, context));
    return std::vector<double>(labels.begin(), labels.end());
  };
}

Result<Clustering> compute_clusters(const data::FeatureTable& features, const ClusterOptions& options,
                                    const base::Context& context) {
  Clustering out;
  COTERIE_ASSIGN(out.rows, members_to_cluster(features, options.only_buyers));
  COTERIE_ASSIGN(const auto matrix,
                 FeatureMatrix::fit(features, out.rows, options.features, options.use_log));
  COTERIE_ASSIGN(const auto points, matrix.transform(features, out.rows));
  const size_t k_min = options.n_clusters.value_or(options.k_min);
  const size_t distinct = distinct_rows(points, options.n_clusters.value_or(options.k_max) + 1);
  if (distinct < k_min)
    return base::error(Code::kInvalidArgument,
                       "{} clusters need at least as many different members; there are {}", k_min, distinct);
  const size_t k_max = std::min(options.n_clusters.value_or(options.k_max), distinct);
  std::optional<FittedClusters> best;
  for (size_t k = k_min; k <= k_max; ++k) {
    COTERIE_CHECK_OK(context.check_cancelled());
    COTERIE_ASSIGN(auto init, start(features, out.rows, points, options));
    COTERIE_ASSIGN(auto choice, fit_one(points, k, std::move(init), options, context));
    out.choices.emplace_back(k, choice.silhouette);
    if (!best || choice.silhouette > best->silhouette) best = std::move(choice);
  }
  out.labels.assign(best->model.labels().begin(), best->model.labels().end());
  out.inertia = best->model.inertia();
  out.silhouette = best->silhouette;
  COTERIE_ASSIGN(out.stability, learn::k_means_stability(points, out.labels,
                                                         {.random_state = options.random_state}, context));
  COTERIE_ASSIGN(out.model, new_model(best->model, matrix, points, context));
  COTERIE_ASSIGN(out.clusters, describe(features, matrix, points, out, best->model.cluster_centers().rows));
  return out;
}

}  // namespace coterie::understand

#include "understand/segments/tastes.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "learn/metrics/bootstrap.h"
#include "learn/metrics/cluster_metrics.h"

namespace coterie::understand {

using base::Code;
using base::Result;
using data::FeatureColumn;

namespace {

std::vector<uint32_t> known_members(const FeatureColumn& interest, double min_interest) {
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < interest.values.size(); ++row)
    if (!interest.is_missing(row) && interest.values[row] >= min_interest) rows.push_back(row);
  return rows;
}

Result<std::vector<const FeatureColumn*>> share_columns(const data::FeatureTable& features,
                                                        const profile::TasteVocabulary& vocabulary) {
  std::vector<const FeatureColumn*> out;
  for (const std::string& name : vocabulary.column_names()) {
    COTERIE_ASSIGN(const FeatureColumn* column, features.column(name));
    out.push_back(column);
  }
  return out;
}

kernels::Matrix hellinger(const std::vector<const FeatureColumn*>& shares,
                          const std::vector<uint32_t>& rows) {
  kernels::Matrix out(rows.size(), shares.size());
  for (size_t j = 0; j < shares.size(); ++j)
    for (size_t i = 0; i < rows.size(); ++i) out.at(i, j) = std::sqrt(shares[j]->values[rows[i]]);
  return out;
}

struct FittedTastes {
  learn::KMeans model;
  double silhouette;
};

Result<FittedTastes> fit_one(const kernels::Matrix& points, size_t k, const TasteOptions& options,
                             const base::Context& context) {
  COTERIE_ASSIGN(
      auto model,
      learn::KMeans::fit(points, {}, {.n_clusters = k, .random_state = options.random_state}, context));
  double silhouette = 0;
  if (k > 1 && k < points.rows) {
    learn::SilhouetteOptions sample{.random_state = options.random_state};
    if (points.rows > options.silhouette_sample) sample.sample_size = options.silhouette_sample;
    COTERIE_ASSIGN(silhouette, learn::silhouette_score(points, model.labels(), {}, sample, context));
  }
  return FittedTastes{std::move(model), silhouette};
}

// Mean share against everybody's, in standard deviations over members, and the median share.
Cluster describe(const std::vector<const FeatureColumn*>& shares, const Clustering& clustering,
                 uint32_t label) {
  Cluster out;
  for (const FeatureColumn* column : shares) {
    double sum = 0, squares = 0, own = 0;
    std::vector<double> values;
    for (size_t i = 0; i < clustering.rows.size(); ++i) {
      const double share = column->values[clustering.rows[i]];
      sum += share;
      squares += share * share;
      if (clustering.labels[i] != label) continue;
      own += share;
      values.push_back(share);
    }
    const auto n = static_cast<double>(clustering.rows.size());
    const double mean = sum / n;
    const double deviation = std::sqrt(std::max(squares / n - mean * mean, 0.0));
    out.members = values.size();
    out.differences.emplace_back(
        column->name,
        deviation > 1e-12 ? (own / static_cast<double>(values.size()) - mean) / deviation : 0.0);
    out.typical[column->name] = learn::quantile_in_place(values, 0.5);
  }
  std::stable_sort(out.differences.begin(), out.differences.end(),
                   [](const auto& a, const auto& b) { return std::abs(a.second) > std::abs(b.second); });
  return out;
}

// The centres with the vocabulary they are about; golden rows: the first members.
Result<registry::NewModel> new_model(const learn::KMeans& model, const profile::TasteVocabulary& vocabulary,
                                     const kernels::Matrix& points, const base::Context& context) {
  registry::NewModel out;
  out.name = "tastes";
  out.state = model.state();
  out.state.names["taste_columns"] = vocabulary.column_names();
  const auto shares = vocabulary.mean_shares();
  out.state.tensors.push_back({"taste_mean_shares", {shares.size()}, shares});
  out.state.tensors.push_back({"taste_levels", {1}, {static_cast<double>(vocabulary.levels)}});
  out.golden.inputs = kernels::Matrix(std::min(registry::kGoldenRows, points.rows), points.cols);
  std::copy_n(points.values.begin(), out.golden.inputs.values.size(), out.golden.inputs.values.begin());
  out.rescore = rescore_clusters(context);
  COTERIE_ASSIGN(out.golden.outputs, out.rescore(out.state, out.golden.inputs));
  return out;
}

}  // namespace

size_t members_with_tastes(const data::FeatureTable& features, const TasteOptions& options) {
  const auto interest = features.column(profile::kTasteInterest);
  return interest ? known_members(**interest, options.min_interest).size() : 0;
}

Result<Clustering> compute_tastes(const data::FeatureTable& features,
                                  const profile::TasteVocabulary& vocabulary, const TasteOptions& options,
                                  const base::Context& context) {
  Clustering out;
  COTERIE_ASSIGN(const FeatureColumn* interest, features.column(profile::kTasteInterest));
  COTERIE_ASSIGN(const auto shares, share_columns(features, vocabulary));
  out.rows = known_members(*interest, options.min_interest);
  const auto points = hellinger(shares, out.rows);
  const size_t distinct = distinct_rows(points, options.k_max + 1);
  if (distinct < options.k_min)
    return base::error(Code::kInvalidArgument,
                       "{} taste segments need at least as many different members; there are {}",
                       options.k_min, distinct);
  std::optional<FittedTastes> best;
  for (size_t k = options.k_min; k <= std::min(options.k_max, distinct); ++k) {
    COTERIE_CHECK_OK(context.check_cancelled());
    COTERIE_ASSIGN(auto choice, fit_one(points, k, options, context));
    out.choices.emplace_back(k, choice.silhouette);
    if (!best || choice.silhouette > best->silhouette) best = std::move(choice);
  }
  out.labels.assign(best->model.labels().begin(), best->model.labels().end());
  out.inertia = best->model.inertia();
  out.silhouette = best->silhouette;
  COTERIE_ASSIGN(out.stability, learn::k_means_stability(points, out.labels,
                                                         {.random_state = options.random_state}, context));
  for (uint32_t label = 0; label < best->model.cluster_centers().rows; ++label)
    out.clusters.push_back(describe(shares, out, label));
  COTERIE_ASSIGN(out.model, new_model(best->model, vocabulary, points, context));
  return out;
}

}  // namespace coterie::understand

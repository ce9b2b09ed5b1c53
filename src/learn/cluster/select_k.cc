#include "learn/cluster/select_k.h"

#include <algorithm>
#include <optional>

#include "learn/metrics/cluster_metrics.h"

namespace coterie::learn {

using base::Code;
using base::Result;

namespace {

struct Tried {
  KChoice choice;
  KMeans model;
};

Result<Tried> try_k(kernels::MatrixView points, size_t k, const SelectKOptions& options,
                    const base::Context& context) {
  COTERIE_ASSIGN(
      auto model,
      KMeans::fit(points, {},
                  {.n_clusters = k, .n_init = options.n_init, .random_state = options.random_state},
                  context));
  KChoice out{.k = k, .inertia = model.inertia(), .stability = {}};
  SilhouetteOptions sample{.random_state = options.random_state};
  if (points.rows > options.silhouette_sample) sample.sample_size = options.silhouette_sample;
  if (k < points.rows) {
    COTERIE_ASSIGN(out.silhouette, silhouette_score(points, model.labels(), {}, sample, context));
    COTERIE_ASSIGN(out.calinski_harabasz, calinski_harabasz_score(points, model.labels()));
    COTERIE_ASSIGN(out.davies_bouldin, davies_bouldin_score(points, model.labels()));
  }
  COTERIE_ASSIGN(
      out.stability,
      k_means_stability(points, model.labels(),
                        {.n_resamples = options.n_resamples, .random_state = options.random_state}, context));
  for (const double jaccard : out.stability.jaccard) out.n_unstable += jaccard < kStableJaccard ? 1 : 0;
  return Tried{std::move(out), std::move(model)};
}

// The larger, the better.
double value_of(const KChoice& choice, KIndex index) {
  switch (index) {
    case KIndex::kSilhouette: return choice.silhouette;
    case KIndex::kCalinskiHarabasz: return choice.calinski_harabasz;
    case KIndex::kDaviesBouldin: return -choice.davies_bouldin;
  }
  return 0;
}

constexpr KIndex kIndices[] = {KIndex::kSilhouette, KIndex::kCalinskiHarabasz, KIndex::kDaviesBouldin};

void recommend(KSelection& selection) {
  const auto& table = selection.table;
  selection.is_stable =
      std::any_of(table.begin(), table.end(), [](const KChoice& choice) { return choice.n_unstable == 0; });
  std::vector<std::vector<KIndex>> votes(table.size());
  for (const KIndex index : kIndices) {
    std::optional<size_t> favourite;
    for (size_t i = 0; i < table.size(); ++i) {
      if (selection.is_stable && table[i].n_unstable > 0) continue;
      if (!favourite || value_of(table[i], index) > value_of(table[*favourite], index)) favourite = i;
    }
    votes[*favourite].push_back(index);
  }
  // More votes; then the silhouette's, which is the first of the indices.
  const auto is_better = [&](size_t a, size_t b) {
    if (votes[a].size() != votes[b].size()) return votes[a].size() > votes[b].size();
    return !votes[a].empty() && votes[a][0] == KIndex::kSilhouette &&
           !(!votes[b].empty() && votes[b][0] == KIndex::kSilhouette);
  };
  for (size_t i = 0; i < table.size(); ++i)
    if (is_better(i, selection.best)) selection.best = i;
  selection.for_it = votes[selection.best];
}

// How many different rows there are; counting stops at `enough`.
size_t count_distinct(kernels::MatrixView points, size_t enough) {
  std::vector<size_t> seen;  // a row of each kind: few, since `enough` is
  for (size_t i = 0; i < points.rows && seen.size() < enough; ++i) {
    const auto row = points.row(i);
    const bool is_new = std::none_of(seen.begin(), seen.end(), [&](size_t other) {
      return std::equal(row.begin(), row.end(), points.row(other).begin());
    });
    if (is_new) seen.push_back(i);
  }
  return seen.size();
}

}  // namespace

Result<KSelection> select_k(kernels::MatrixView points, const SelectKOptions& options,
                            const base::Context& context) {
  if (options.k_min < 2 || options.k_max < options.k_min)
    return base::error(Code::kInvalidArgument, "the number of clusters is 2 or more; {} to {} is no range",
                       options.k_min, options.k_max);
  const size_t distinct = count_distinct(points, options.k_max);
  if (distinct < options.k_min)
    return base::error(Code::kInvalidArgument,
                       "{} clusters need at least as many different rows; there are {}", options.k_min,
                       distinct);
  std::vector<KChoice> table;
  std::vector<KMeans> models;
  for (size_t k = options.k_min; k <= std::min(options.k_max, distinct); ++k) {
    COTERIE_CHECK_OK(context.check_cancelled());
    COTERIE_ASSIGN(auto tried, try_k(points, k, options, context));
    table.push_back(std::move(tried.choice));
    models.push_back(std::move(tried.model));
  }
  KSelection out{std::move(table), 0, false, {}, models[0]};
  recommend(out);
  out.model = std::move(models[out.best]);
  return out;
}

}  // namespace coterie::learn

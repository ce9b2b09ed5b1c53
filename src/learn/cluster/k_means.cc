// Checks, starts and numbering; the rounds are in lloyd.cc.
#include "learn/cluster/k_means.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/random.h"
#include "kernels/sum.h"
#include "learn/cluster/center_model.h"
#include "learn/cluster/k_means_parallel.h"
#include "learn/cluster/k_means_plus_plus.h"
#include "learn/cluster/lloyd.h"
#include "learn/cluster/unit_rows.h"
#include "learn/cluster/weighted_rows.h"
#include "learn/validate.h"

namespace coterie::learn {

using base::Code;
using base::error;
using base::failure;

namespace {

constexpr std::string_view kKMeansAlgorithm = "k_means";
constexpr const char* kCosine = "cosine";

base::Status check_options(const KMeansOptions& options, size_t cols) {
  COTERIE_RETURN_IF_ERROR(
      check_center_options(options.n_clusters, options.init, options.n_init, options.max_iter, cols));
  if (!(options.tol >= 0) || std::isinf(options.tol)) {
    return failure(Code::kInvalidArgument, "tol is {}; it must be 0 or a positive number", options.tol);
  }
  return {};
}

// tol in units of points²: tol × the mean over the columns of their weighted variance. One pass, around the first row,
// in chunk order, so that threads do not show.
double absolute_tolerance(const WeightedRows& rows, double tol, const base::Context& context) {
  if (tol == 0) return 0;
  const size_t n = rows.points.rows, d = rows.points.cols;
  const auto origin = rows.points.row(0);
  struct Sums {
    std::vector<double> first, second;
    double weight = 0;
  };
  std::vector<Sums> parts(base::ThreadPool::chunk_count(n, chunk_rows(n)));
  context.pool->for_chunks(n, chunk_rows(n), [&](size_t chunk, size_t begin, size_t end) {
    Sums sums{std::vector<double>(d), std::vector<double>(d)};
    double *first = sums.first.data(), *second = sums.second.data();
    for (size_t i = begin; i < end; ++i) {
      const double* row = rows.points.values.data() + i * d;
      const double w = rows.weight[i];
      for (size_t j = 0; j < d; ++j) {
        const double value = row[j] - origin[j];
        first[j] += w * value;
        second[j] += w * value * value;
      }
      sums.weight += w;
    }
    parts[chunk] = std::move(sums);
  });
  Sums all{std::vector<double>(d), std::vector<double>(d)};
  for (const Sums& part : parts) {
    all.weight += part.weight;
    for (size_t j = 0; j < d; ++j) {
      all.first[j] += part.first[j];
      all.second[j] += part.second[j];
    }
  }
  double variances = 0;
  for (size_t j = 0; j < d; ++j) {
    const double mean = all.first[j] / all.weight;
    variances += std::max(0.0, all.second[j] / all.weight - mean * mean);
  }
  return tol * variances / static_cast<double>(d);
}

const char* init_name(KMeansSeeding seeding) {
  return seeding == KMeansSeeding::kParallel ? "k-means||" : "k-means++";
}

// The best start.
base::Result<LloydResult> best_start(const WeightedRows& rows, const KMeansOptions& options,
                                     const base::Context& context) {
  const bool are_directions = options.metric == KMeansMetric::kCosine;
  const LloydOptions rounds{options.max_iter, absolute_tolerance(rows, options.tol, context), are_directions};
  if (options.init) {
    kernels::Matrix init = are_directions ? unit_rows(*options.init, *context.pool).rows : *options.init;
    return lloyd(rows.points, rows.weight, std::move(init), rounds, context);
  }
  std::optional<LloydResult> best;
  for (size_t start = 0; start < options.n_init; ++start) {
    base::Random random(options.random_state, start);
    const auto seed = options.seeding == KMeansSeeding::kParallel
                          ? k_means_parallel(rows.points, rows.weight, options.n_clusters, random, context)
                          : k_means_plus_plus(rows.points, rows.weight, options.n_clusters, random, context);
    if (!seed) return tl::unexpected(seed.error());
    COTERIE_ASSIGN(LloydResult result, lloyd(rows.points, rows.weight, *seed, rounds, context));
    if (!best || result.inertia < best->inertia) best = std::move(result);
  }
  return std::move(*best);
}

// What is clustered: the rows, or their directions. A row of zeros has none: it weighs nothing.
struct Clustered {
  std::optional<UnitRows> directions = {};
  std::vector<double> weight = {};  // where there are rows of zeros
  double zeros_weight = 0;          // of those rows
  base::MemoryBudget::Reservation memory = {};

  kernels::MatrixView rows(kernels::MatrixView points) const {
    return directions ? kernels::MatrixView(directions->rows) : points;
  }
  std::span<const double> weights(std::span<const double> sample_weight) const {
    return weight.empty() ? sample_weight : std::span<const double>(weight);
  }
};

base::Result<Clustered> clustered(kernels::MatrixView points, std::span<const double> sample_weight,
                                  KMeansMetric metric, const base::Context& context) {
  Clustered out;
  if (metric == KMeansMetric::kEuclidean) return out;
  COTERIE_ASSIGN(out.memory,
                 context.budget->reserve(points.values.size() * sizeof(double), "directions of rows"));
  out.directions = unit_rows(points, *context.pool);
  if (out.directions->zeros.empty()) return out;
  out.weight.assign(sample_weight.begin(), sample_weight.end());
  out.weight.resize(points.rows, 1.0);
  for (const uint32_t i : out.directions->zeros) out.zeros_weight += std::exchange(out.weight[i], 0.0);
  if (std::ranges::all_of(out.weight, [](double w) { return w == 0; }))
    return error(Code::kInvalidArgument, "all rows that weigh anything are zeros, which have no direction");
  return out;
}

// As near to one centre as to any other: the first.
void label_zeros(const Clustered& clustered, std::span<uint32_t> labels) {
  if (!clustered.directions) return;
  for (const uint32_t i : clustered.directions->zeros) labels[i] = 0;
}

}  // namespace

base::Result<KMeans> KMeans::fit(kernels::MatrixView points, std::span<const double> sample_weight,
                                 const KMeansOptions& options, const base::Context& context) {
  COTERIE_CHECK_OK(check_points(points, "points", *context.pool));
  COTERIE_CHECK_OK(check_weights(sample_weight, points.rows));
  COTERIE_CHECK_OK(check_options(options, points.cols));
  COTERIE_ASSIGN(const Clustered given, clustered(points, sample_weight, options.metric, context));
  COTERIE_ASSIGN(const WeightedRows rows, weighted_rows(given.rows(points), given.weights(sample_weight),
                                                        options.n_clusters, context));
  COTERIE_ASSIGN(LloydResult result, best_start(rows, options, context));
  if (!options.init) number_clusters(rows.weight, &result.centers, &result.labels);
  KMeans model;
  model.options_ = options;
  model.cluster_centers_ = std::move(result.centers);
  // ‖x − c‖² = 2 (1 − cos) where both have length 1.
  model.inertia_ = given.directions ? result.inertia / 2 + given.zeros_weight : result.inertia;
  model.n_iter_ = result.n_iter;
  model.labels_ = labels_of_points(rows, std::move(result.labels), *context.pool);
  label_zeros(given, model.labels_);
  return model;
}

base::Result<std::vector<uint32_t>> KMeans::predict(kernels::MatrixView points,
                                                    const base::Context& context) const {
  COTERIE_CHECK_OK(check_points(points, "points"));
  if (points.cols != cluster_centers_.cols) {
    return error(Code::kInvalidArgument, "points has {} columns; the model was fitted on {}", points.cols,
                 cluster_centers_.cols);
  }
  std::vector<uint32_t> labels(points.rows);
  std::vector<double> squared(points.rows);
  Clustered given;
  if (options_.metric == KMeansMetric::kCosine) given.directions = unit_rows(points, *context.pool);
  assign_nearest(given.rows(points), cluster_centers_, labels, squared, context);
  label_zeros(given, labels);
  return labels;
}

ModelState KMeans::state() const {
  return to_state(kKMeansAlgorithm,
                  {{{"n_clusters", options_.n_clusters},
                    {"init", options_.init ? "given" : init_name(options_.seeding)},
                    {"n_init", options_.n_init},
                    {"max_iter", options_.max_iter},
                    {"tol", options_.tol},
                    {"metric", options_.metric == KMeansMetric::kCosine ? kCosine : "euclidean"},
                    {"random_state", options_.random_state}},
                   options_.init,
                   cluster_centers_,
                   inertia_,
                   n_iter_});
}

base::Result<KMeans> KMeans::from_state(const ModelState& state) {
  COTERIE_ASSIGN(CenterModel read, center_model(kKMeansAlgorithm, state));
  KMeans model;
  COTERIE_ASSIGN(model.options_.n_clusters,
                 read_option<size_t>(kKMeansAlgorithm, read.options, "n_clusters"));
  COTERIE_ASSIGN(model.options_.n_init, read_option<size_t>(kKMeansAlgorithm, read.options, "n_init"));
  COTERIE_ASSIGN(model.options_.max_iter, read_option<size_t>(kKMeansAlgorithm, read.options, "max_iter"));
  COTERIE_ASSIGN(model.options_.tol, read_option<double>(kKMeansAlgorithm, read.options, "tol"));
  COTERIE_ASSIGN(model.options_.random_state,
                 read_option<uint64_t>(kKMeansAlgorithm, read.options, "random_state"));
  if (read.options.value("init", nlohmann::json()) == init_name(KMeansSeeding::kParallel))
    model.options_.seeding = KMeansSeeding::kParallel;
  if (read.options.value("metric", "") == kCosine) model.options_.metric = KMeansMetric::kCosine;
  model.options_.init = std::move(read.init);
  model.cluster_centers_ = std::move(read.cluster_centers);
  model.inertia_ = read.inertia;
  model.n_iter_ = read.n_iter;
  if (!check_options(model.options_, model.cluster_centers_.cols).ok() ||
      model.cluster_centers_.rows != model.options_.n_clusters)
    return damaged_model(kKMeansAlgorithm, "its options");
  return model;
}

}  // namespace coterie::learn

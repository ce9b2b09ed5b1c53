// Checks, starts and numbering; the rounds are in lloyd.cc.
#include "learn/cluster/k_means.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "kernels/sum.h"
#include "learn/cluster/distinct_rows.h"
#include "learn/cluster/k_means_plus_plus.h"
#include "learn/cluster/lloyd.h"
#include "learn/validate.h"

namespace coterie::learn {

using base::Code;
using base::error;
using base::failure;

namespace {

constexpr std::string_view kAlgorithm = "k_means";

base::Status check_options(const KMeansOptions& options, size_t cols) {
  if (options.n_clusters < 1)
    return failure(Code::kInvalidArgument, "n_clusters is 0; it must be at least 1");
  if (options.n_init < 1) return failure(Code::kInvalidArgument, "n_init is 0; it must be at least 1");
  if (options.max_iter < 1) return failure(Code::kInvalidArgument, "max_iter is 0; it must be at least 1");
  if (!(options.tol >= 0) || std::isinf(options.tol)) {
    return failure(Code::kInvalidArgument, "tol is {}; it must be 0 or a positive number", options.tol);
  }
  if (!options.init) return {};
  COTERIE_RETURN_IF_ERROR(check_points(*options.init, "init"));
  if (options.init->rows != options.n_clusters || options.init->cols != cols) {
    return failure(Code::kInvalidArgument, "init has the wrong shape: {} × {} for {} clusters of {} columns",
                   options.init->rows, options.init->cols, options.n_clusters, cols);
  }
  return {};
}

// The rows that are clustered, each once where that pays, and what they weigh.
struct WeightedRows {
  DistinctRows distinct;  // empty when every row stands for itself
  kernels::MatrixView points;
  std::vector<double> ones;
  std::span<const double> weight;
};

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

base::Result<WeightedRows> weighted_rows(kernels::MatrixView points, std::span<const double> sample_weight,
                                         size_t n_clusters, const base::Context& context) {
  WeightedRows out;
  if (!pays_to_group(points, sample_weight, n_clusters)) {
    out.points = points;
    if (sample_weight.empty()) out.ones.assign(points.rows, 1.0);
    out.weight = sample_weight.empty() ? out.ones : sample_weight;
    return out;
  }
  COTERIE_ASSIGN(out.distinct, distinct_rows(points, sample_weight, context));
  out.points = out.distinct.rows;
  out.weight = out.distinct.weight;
  if (out.distinct.positive >= n_clusters) return out;
  return error(Code::kInvalidArgument,
               "n_clusters is {} but there are only {} distinct rows; ask for at most that many clusters",
               n_clusters, out.distinct.positive);
}

// The best start.
base::Result<LloydResult> best_start(const WeightedRows& rows, const KMeansOptions& options,
                                     const base::Context& context) {
  const LloydOptions rounds{options.max_iter, absolute_tolerance(rows, options.tol, context)};
  if (options.init) return lloyd(rows.points, rows.weight, *options.init, rounds, context);
  std::optional<LloydResult> best;
  for (size_t start = 0; start < options.n_init; ++start) {
    base::Random random(options.random_state, start);
    COTERIE_ASSIGN(kernels::Matrix centers,
                   k_means_plus_plus(rows.points, rows.weight, options.n_clusters, random, context));
    COTERIE_ASSIGN(LloydResult result, lloyd(rows.points, rows.weight, std::move(centers), rounds, context));
    if (!best || result.inertia < best->inertia) best = std::move(result);
  }
  return std::move(*best);
}

// Falling weight, then ascending centre: a numbering that depends on the partition alone.
void number_clusters(LloydResult& result, std::span<const double> weight) {
  const size_t k = result.centers.rows;
  std::vector<double> in_cluster(k);
  for (size_t i = 0; i < result.labels.size(); ++i) in_cluster[result.labels[i]] += weight[i];
  std::vector<uint32_t> order(k);
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](uint32_t a, uint32_t b) {
    if (in_cluster[a] != in_cluster[b]) return in_cluster[a] > in_cluster[b];
    return std::ranges::lexicographical_compare(result.centers.row(a), result.centers.row(b));
  });
  kernels::Matrix centers(k, result.centers.cols);
  std::vector<uint32_t> number(k);
  for (uint32_t c = 0; c < k; ++c) {
    number[order[c]] = c;
    std::ranges::copy(std::as_const(result.centers).row(order[c]), centers.row(c).begin());
  }
  for (uint32_t& label : result.labels) label = number[label];
  result.centers = std::move(centers);
}

}  // namespace

base::Result<KMeans> KMeans::fit(kernels::MatrixView points, std::span<const double> sample_weight,
                                 const KMeansOptions& options, const base::Context& context) {
  COTERIE_CHECK_OK(check_points(points, "points", *context.pool));
  COTERIE_CHECK_OK(check_weights(sample_weight, points.rows));
  COTERIE_CHECK_OK(check_options(options, points.cols));
  COTERIE_ASSIGN(const WeightedRows rows, weighted_rows(points, sample_weight, options.n_clusters, context));
  const size_t bytes = points.rows * 2 * sizeof(uint32_t) +
                       rows.distinct.rows.values.size() * sizeof(double) + rows.points.rows * sizeof(double);
  COTERIE_ASSIGN(const auto reserved, context.budget->reserve(bytes, "rows and labels"));
  COTERIE_ASSIGN(LloydResult result, best_start(rows, options, context));
  if (!options.init) number_clusters(result, rows.weight);
  KMeans model;
  model.options_ = options;
  model.cluster_centers_ = std::move(result.centers);
  model.inertia_ = result.inertia;
  model.n_iter_ = result.n_iter;
  if (rows.distinct.group.empty()) {
    model.labels_ = std::move(result.labels);
    return model;
  }
  model.labels_.resize(points.rows);
  for (size_t i = 0; i < points.rows; ++i) model.labels_[i] = result.labels[rows.distinct.group[i]];
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
  assign_nearest(points, cluster_centers_, labels, squared, context);
  return labels;
}

ModelState KMeans::state() const {
  ModelState state;
  state.algorithm = kAlgorithm;
  state.options = {{"n_clusters", options_.n_clusters},
                   {"init", options_.init ? "given" : "k-means++"},
                   {"n_init", options_.n_init},
                   {"max_iter", options_.max_iter},
                   {"tol", options_.tol},
                   {"random_state", options_.random_state}};
  state.tensors = {
      {"cluster_centers", {cluster_centers_.rows, cluster_centers_.cols}, cluster_centers_.values},
      {"inertia", {1}, {inertia_}},
      {"n_iter", {1}, {static_cast<double>(n_iter_)}}};
  if (options_.init) {
    state.tensors.push_back({"init", {options_.init->rows, options_.init->cols}, options_.init->values});
  }
  return state;
}

namespace {

tl::unexpected<base::Status> wrong_state(std::string_view what) {
  return error(Code::kDataLoss, "the k_means model is damaged: {}; train it again or restore it", what);
}

// A k × d tensor of finite numbers.
base::Result<kernels::Matrix> read_centers(const ModelState& state, std::string_view name) {
  COTERIE_ASSIGN(const Tensor* tensor, state.tensor(name));
  if (tensor->shape.size() != 2) return wrong_state(name);
  kernels::Matrix centers;
  centers.rows = tensor->shape[0];
  centers.cols = tensor->shape[1];
  centers.values = tensor->values;
  if (!check_points(centers, name).ok()) return wrong_state(name);
  return centers;
}

// A single number of at least 0.
base::Result<double> read_number(const ModelState& state, std::string_view name) {
  COTERIE_ASSIGN(const Tensor* tensor, state.tensor(name));
  if (tensor->shape != std::vector<size_t>{1} || tensor->values.size() != 1) return wrong_state(name);
  const double value = tensor->values[0];
  if (!(value >= 0) || std::isinf(value)) return wrong_state(name);
  return value;
}

base::Result<KMeansOptions> read_options(const nlohmann::json& options) {
  KMeansOptions out;
  try {
    out.n_clusters = options.at("n_clusters").get<size_t>();
    out.n_init = options.at("n_init").get<size_t>();
    out.max_iter = options.at("max_iter").get<size_t>();
    out.tol = options.at("tol").get<double>();
    out.random_state = options.at("random_state").get<uint64_t>();
    if (options.at("init") == "given") out.init.emplace();
  } catch (const nlohmann::json::exception&) {
    return wrong_state("its options are not those of k_means");
  }
  return out;
}

}  // namespace

base::Result<KMeans> KMeans::from_state(const ModelState& state) {
  if (state.algorithm != kAlgorithm) return wrong_state("it holds another method");
  KMeans model;
  COTERIE_ASSIGN(model.options_, read_options(state.options));
  COTERIE_ASSIGN(model.cluster_centers_, read_centers(state, "cluster_centers"));
  COTERIE_ASSIGN(model.inertia_, read_number(state, "inertia"));
  COTERIE_ASSIGN(const double n_iter, read_number(state, "n_iter"));
  model.n_iter_ = static_cast<size_t>(std::min(n_iter, 1e15));
  if (model.options_.init) {
    COTERIE_ASSIGN(model.options_.init, read_centers(state, "init"));
  }
  if (!check_options(model.options_, model.cluster_centers_.cols).ok()) return wrong_state("its options");
  if (model.cluster_centers_.rows != model.options_.n_clusters) return wrong_state("its number of clusters");
  return model;
}

}  // namespace coterie::learn

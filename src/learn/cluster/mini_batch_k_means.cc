#include "learn/cluster/mini_batch_k_means.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/distance.h"
#include "learn/cluster/center_model.h"
#include "learn/cluster/k_means_plus_plus.h"
#include "learn/cluster/lloyd.h"
#include "learn/validate.h"

namespace coterie::learn {

using base::Code;

namespace {

// Rows drawn at random, with their weights.
struct Batch {
  kernels::Matrix points;
  std::vector<double> weight;
};

void fill(kernels::MatrixView points, std::span<const double> sample_weight, base::Random& random,
          Batch* batch) {
  for (size_t b = 0; b < batch->points.rows; ++b) {
    const size_t i = random.below(points.rows);
    std::ranges::copy(points.row(i), batch->points.row(b).begin());
    batch->weight[b] = sample_weight.empty() ? 1.0 : sample_weight[i];
  }
}

Batch batch_of(size_t rows, size_t cols) { return {kernels::Matrix(rows, cols), std::vector<double>(rows)}; }

base::Status check(kernels::MatrixView points, std::span<const double> sample_weight,
                   const MiniBatchOptions& options, const base::Context& context) {
  COTERIE_RETURN_IF_ERROR(check_points(points, "points", *context.pool));
  COTERIE_RETURN_IF_ERROR(check_weights(sample_weight, points.rows));
  COTERIE_RETURN_IF_ERROR(
      check_center_options(options.n_clusters, options.init, options.n_init, options.max_iter, points.cols));
  if (options.batch_size < 1)
    return base::failure(Code::kInvalidArgument, "batch_size is 0; it must be at least 1");
  if (options.n_clusters > points.rows)
    return base::failure(Code::kInvalidArgument, "n_clusters is {} but there are only {} rows",
                         options.n_clusters, points.rows);
  return {};
}

size_t init_rows(const MiniBatchOptions& options, size_t rows) {
  const size_t wanted = options.init_size > 0 ? options.init_size : 3 * options.batch_size;
  return std::min(rows, std::max(wanted, 3 * options.n_clusters));
}

// The mean over the columns of their variance, from a sample.
double mean_variance(kernels::MatrixView points) {
  double out = 0;
  for (size_t j = 0; j < points.cols; ++j) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < points.rows; ++i) mean += points.at(i, j) / static_cast<double>(points.rows);
    for (size_t i = 0; i < points.rows; ++i) squares += (points.at(i, j) - mean) * (points.at(i, j) - mean);
    out += squares / static_cast<double>(points.rows);
  }
  return out / static_cast<double>(points.cols);
}

// When to stop: the smoothed inertia gets no better, or the centres hardly move.
class Convergence {
 public:
  Convergence(const MiniBatchOptions& options, size_t rows, double tolerance)
      : options_(options),
        alpha_(std::min(1.0, 2.0 * static_cast<double>(std::min(options.batch_size, rows)) /
                                 static_cast<double>(rows + 1))),
        tolerance_(tolerance) {}

  // Of a step but the first, whose inertia is that of the starting centres.
  bool is_reached(double inertia, double squared_shift) {
    smoothed_ = smoothed_ < 0 ? inertia : smoothed_ * (1 - alpha_) + inertia * alpha_;
    if (tolerance_ > 0 && squared_shift <= tolerance_) return true;
    if (smoothed_ < best_) {
      best_ = smoothed_;
      steps_since_ = 0;
    } else {
      ++steps_since_;
    }
    return options_.max_no_improvement > 0 && steps_since_ >= options_.max_no_improvement;
  }

 private:
  const MiniBatchOptions& options_;
  double alpha_;
  double tolerance_;
  double smoothed_ = -1;
  double best_ = std::numeric_limits<double>::infinity();
  size_t steps_since_ = 0;
};

double squared_shift(const kernels::Matrix& before, const kernels::Matrix& after) {
  double out = 0;
  for (size_t c = 0; c < before.rows; ++c) out += kernels::squared_euclidean(before.row(c), after.row(c));
  return out;
}

}  // namespace

MiniBatchKMeans::MiniBatchKMeans(kernels::Matrix centers, std::vector<double> counts)
    : centers_(std::move(centers)), counts_(std::move(counts)) {}

base::Result<MiniBatchKMeans> MiniBatchKMeans::start(kernels::MatrixView points,
                                                     std::span<const double> sample_weight,
                                                     const MiniBatchOptions& options,
                                                     const base::Context& context) {
  COTERIE_CHECK_OK(check(points, sample_weight, options, context));
  const std::vector<double> none(options.n_clusters);
  if (options.init) return MiniBatchKMeans(*options.init, none);
  base::Random random(options.random_state);
  const size_t rows = init_rows(options, points.rows);
  Batch judge = batch_of(rows, points.cols), sample = batch_of(rows, points.cols);
  fill(points, sample_weight, random, &judge);
  std::optional<MiniBatchKMeans> best;
  double least = std::numeric_limits<double>::infinity();
  for (size_t s = 0; s < options.n_init; ++s) {
    fill(points, sample_weight, random, &sample);
    // Rows without a weight cannot begin a cluster; with none of weight any row may.
    if (std::ranges::all_of(sample.weight, [](double w) { return w == 0; }))
      std::ranges::fill(sample.weight, 1.0);
    COTERIE_ASSIGN(auto centers,
                   k_means_plus_plus(sample.points, sample.weight, options.n_clusters, random, context));
    std::vector<uint32_t> labels(rows);
    std::vector<double> squared(rows);
    assign_nearest(judge.points, centers, labels, squared, context);
    double inertia = 0;
    for (size_t i = 0; i < rows; ++i) inertia += judge.weight[i] * squared[i];
    if (best && inertia >= least) continue;
    least = inertia;
    best.emplace(std::move(centers), none);
  }
  return std::move(*best);
}

void MiniBatchKMeans::reassign(kernels::MatrixView batch, double reassignment_ratio, base::Random& random) {
  const double most = *std::ranges::max_element(counts_);
  std::vector<size_t> few;
  double least_of_others = std::numeric_limits<double>::infinity();
  for (size_t c = 0; c < counts_.size(); ++c) {
    if (counts_[c] < reassignment_ratio * most)
      few.push_back(c);
    else
      least_of_others = std::min(least_of_others, counts_[c]);
  }
  // At most half of the batch, those with the least first.
  std::ranges::stable_sort(few, [&](size_t a, size_t b) { return counts_[a] < counts_[b]; });
  few.resize(std::min(few.size(), batch.rows / 2));
  std::vector<size_t> rows(batch.rows);
  std::iota(rows.begin(), rows.end(), size_t{0});
  for (size_t i = 0; i < few.size(); ++i) {
    std::swap(rows[i], rows[i + random.below(rows.size() - i)]);
    std::ranges::copy(batch.row(rows[i]), centers_.row(few[i]).begin());
    counts_[few[i]] = least_of_others;
  }
}

double MiniBatchKMeans::step(kernels::MatrixView batch, std::span<const double> sample_weight,
                             double reassignment_ratio, base::Random* random, const base::Context& context) {
  std::vector<uint32_t> labels(batch.rows);
  std::vector<double> squared(batch.rows);
  assign_nearest(batch, centers_, labels, squared, context);
  const auto weight = [&](size_t i) { return sample_weight.empty() ? 1.0 : sample_weight[i]; };
  kernels::Matrix sums(centers_.rows, centers_.cols);
  std::vector<double> seen(centers_.rows);
  double inertia = 0;
  for (size_t i = 0; i < batch.rows; ++i) {
    const double w = weight(i);
    inertia += w * squared[i];
    seen[labels[i]] += w;
    for (size_t j = 0; j < batch.cols; ++j) sums.at(labels[i], j) += w * batch.at(i, j);
  }
  for (size_t c = 0; c < centers_.rows; ++c) {
    if (seen[c] == 0) continue;
    const double all = counts_[c] + seen[c];
    for (size_t j = 0; j < centers_.cols; ++j)
      centers_.at(c, j) = (centers_.at(c, j) * counts_[c] + sums.at(c, j)) / all;
    counts_[c] = all;
  }
  if (random != nullptr && reassignment_ratio > 0) reassign(batch, reassignment_ratio, *random);
  return inertia;
}

base::Result<MiniBatchKMeans> MiniBatchKMeans::fit(kernels::MatrixView points,
                                                   std::span<const double> sample_weight,
                                                   const MiniBatchOptions& options,
                                                   const base::Context& context) {
  COTERIE_ASSIGN(MiniBatchKMeans model, start(points, sample_weight, options, context));
  base::Random random(options.random_state, 1);
  const size_t rows = std::min(options.batch_size, points.rows);
  Batch batch = batch_of(rows, points.cols);
  fill(points, sample_weight, random, &batch);
  Convergence convergence(options, points.rows,
                          options.tol > 0 ? options.tol * mean_variance(batch.points) : 0);
  const size_t most = std::max<size_t>(1, options.max_iter * points.rows / rows);
  size_t since_reassignment = 0;
  for (; model.n_steps_ < most;) {
    COTERIE_CHECK_OK(context.check_cancelled());
    fill(points, sample_weight, random, &batch);
    since_reassignment += rows;
    const bool reassigns = since_reassignment >= 10 * options.n_clusters ||
                           std::ranges::any_of(model.counts_, [](double count) { return count == 0; });
    if (reassigns) since_reassignment = 0;
    const kernels::Matrix before = options.tol > 0 ? model.centers_ : kernels::Matrix();
    const double inertia = model.step(batch.points, batch.weight, options.reassignment_ratio,
                                      reassigns ? &random : nullptr, context);
    const double weight = std::accumulate(batch.weight.begin(), batch.weight.end(), 0.0);
    if (model.n_steps_++ == 0) continue;
    if (convergence.is_reached(weight > 0 ? inertia / weight : 0, squared_shift(before, model.centers_)))
      break;
  }
  return model;
}

}  // namespace coterie::learn

// Rounds of assignment and medians.
#include "learn/cluster/k_medians.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "kernels/manhattan.h"
#include "kernels/sum.h"
#include "kernels/top_k.h"
#include "learn/cluster/bounded_assignment.h"
#include "learn/cluster/center_model.h"
#include "learn/cluster/k_means_plus_plus.h"
#include "learn/cluster/lloyd.h"
#include "learn/cluster/running_medians.h"
#include "learn/cluster/weighted_rows.h"
#include "learn/validate.h"

namespace coterie::learn {

namespace {

constexpr std::string_view kKMediansAlgorithm = "k_medians";

struct MediansResult {
  kernels::Matrix centers;
  base::HugeVector<uint32_t> labels;
  double inertia = 0;
  size_t n_iter = 0;
};

class MedianRounds {
 public:
  MedianRounds(kernels::MatrixView points, std::span<const double> weight, const ColumnOrders& orders,
               kernels::Matrix centers, const base::Context& context)
      : points_(points),
        weight_(weight),
        context_(context),
        centers_(std::move(centers)),
        assignment_(points),
        medians_(points, weight, orders, centers_.rows) {}

  base::Result<MediansResult> run(size_t max_iter) {
    MediansResult result;
    bool is_settled =
        false;  // the centres are the medians of the labels, and the labels are those of the centres
    while (result.n_iter < max_iter && !is_settled) {
      COTERIE_CHECK_OK(context_.check_cancelled());
      ++result.n_iter;
      const bool changed = assign();
      if (changed) medians_.write(&centers_);
      is_settled = !fill_empty_clusters() && !changed;
    }
    assign();
    result.labels.assign(assignment_.labels().begin(), assignment_.labels().end());
    result.inertia = inertia();
    result.centers = std::move(centers_);
    return result;
  }

 private:
  // Brings labels and medians up to date; whether any label changed.
  bool assign() {
    assignment_.move_centers(centers_);
    std::vector<std::vector<LabelChange>> changes(
        base::ThreadPool::chunk_count(points_.rows, chunk_rows(points_.rows)));
    std::vector<uint8_t> are_new(changes.size());
    for_chunks([&](size_t chunk, size_t begin, size_t end) {
      are_new[chunk] = assignment_.assign(begin, end, &changes[chunk]) ? 1 : 0;
    });
    if (are_new[0] != 0) {
      medians_.begin(assignment_.labels(), *context_.pool);
      return true;
    }
    std::vector<LabelChange> all;
    for (const auto& part : changes)
      std::ranges::copy_if(part, std::back_inserter(all),
                           [&](const LabelChange& change) { return weight_[change.row] > 0; });
    medians_.update(assignment_.labels(), all, *context_.pool);
    return std::ranges::any_of(changes, [](const auto& part) { return !part.empty(); });
  }

  void for_chunks(const std::function<void(size_t, size_t, size_t)>& work) {
    context_.pool->for_chunks(points_.rows, chunk_rows(points_.rows), work);
  }

  // Each empty cluster moves to the point farthest from its own centre, never the last point of another cluster.
  bool fill_empty_clusters() {
    std::vector<uint32_t> empty;
    for (uint32_t c = 0; c < centers_.rows; ++c)
      if (medians_.members(c) == 0) empty.push_back(c);
    if (empty.empty()) return false;
    std::vector<uint32_t> labels(points_.rows);
    std::vector<double> distance(points_.rows);
    assign_nearest_manhattan(points_, centers_, labels, distance, context_);
    std::vector<size_t> members(centers_.rows);
    for (size_t i = 0; i < points_.rows; ++i) {
      if (weight_[i] > 0) ++members[labels[i]];
      if (weight_[i] == 0) distance[i] = -1;
    }
    auto next = empty.begin();
    for (const uint32_t i : kernels::top_k(distance, 2 * centers_.rows)) {
      if (next == empty.end() || !(distance[i] > 0)) break;
      if (members[labels[i]] < 2) continue;
      --members[labels[i]];
      std::ranges::copy(points_.row(i), centers_.row(*next++).begin());
    }
    return next != empty.begin();
  }

  double inertia() {
    std::vector<double> sums(base::ThreadPool::chunk_count(points_.rows, chunk_rows(points_.rows)));
    for_chunks([&](size_t chunk, size_t begin, size_t end) {
      kernels::CompensatedSum sum;
      for (size_t i = begin; i < end; ++i)
        sum.add(weight_[i] *
                kernels::manhattan(points_.row(i), std::as_const(centers_).row(assignment_.labels()[i])));
      sums[chunk] = sum.value();
    });
    return kernels::compensated_sum(sums);
  }

  kernels::MatrixView points_;
  std::span<const double> weight_;
  const base::Context& context_;
  kernels::Matrix centers_;
  BoundedAssignment assignment_;
  RunningMedians medians_;
};

base::Result<MediansResult> best_start(const WeightedRows& rows, const KMediansOptions& options,
                                       const base::Context& context) {
  const size_t bytes = rows.points.rows * (3 * sizeof(uint32_t) + 3 * sizeof(double)) +
                       ColumnOrders::bytes(rows.points.rows, rows.points.cols) +
                       context.pool->threads() * rows.points.rows * 2 * sizeof(double);
  COTERIE_ASSIGN(const auto reserved, context.budget->reserve(bytes, "k-medians"));
  COTERIE_ASSIGN(const ColumnOrders orders, ColumnOrders::sort(rows.points, context));
  const auto run = [&](kernels::Matrix centers) {
    return MedianRounds(rows.points, rows.weight, orders, std::move(centers), context).run(options.max_iter);
  };
  if (options.init) return run(*options.init);
  std::optional<MediansResult> best;
  for (size_t start = 0; start < options.n_init; ++start) {
    base::Random random(options.random_state, start);
    COTERIE_ASSIGN(kernels::Matrix centers, k_means_plus_plus(rows.points, rows.weight, options.n_clusters,
                                                              random, context, SeedingDistance::kManhattan));
    COTERIE_ASSIGN(MediansResult result, run(std::move(centers)));
    if (!best || result.inertia < best->inertia) best = std::move(result);
  }
  return std::move(*best);
}

}  // namespace

base::Result<KMedians> KMedians::fit(kernels::MatrixView points, std::span<const double> sample_weight,
                                     const KMediansOptions& options, const base::Context& context) {
  COTERIE_CHECK_OK(check_points(points, "points", *context.pool));
  COTERIE_CHECK_OK(check_weights(sample_weight, points.rows));
  COTERIE_CHECK_OK(
      check_center_options(options.n_clusters, options.init, options.n_init, options.max_iter, points.cols));
  COTERIE_ASSIGN(const WeightedRows rows, weighted_rows(points, sample_weight, options.n_clusters, context));
  COTERIE_ASSIGN(MediansResult result, best_start(rows, options, context));
  if (!options.init) number_clusters(rows.weight, &result.centers, &result.labels);
  KMedians model;
  model.options_ = options;
  model.cluster_centers_ = std::move(result.centers);
  model.inertia_ = result.inertia;
  model.n_iter_ = result.n_iter;
  model.labels_ = labels_of_points(rows, std::move(result.labels), *context.pool);
  return model;
}

base::Result<std::vector<uint32_t>> KMedians::predict(kernels::MatrixView points,
                                                      const base::Context& context) const {
  COTERIE_CHECK_OK(check_points(points, "points"));
  if (points.cols != cluster_centers_.cols)
    return base::error(base::Code::kInvalidArgument, "points has {} columns; the model was fitted on {}",
                       points.cols, cluster_centers_.cols);
  std::vector<uint32_t> labels(points.rows);
  std::vector<double> distance(points.rows);
  assign_nearest_manhattan(points, cluster_centers_, labels, distance, context);
  return labels;
}

ModelState KMedians::state() const {
  return to_state(kKMediansAlgorithm, {{{"n_clusters", options_.n_clusters},
                                        {"init", options_.init ? "given" : "k-means++"},
                                        {"n_init", options_.n_init},
                                        {"max_iter", options_.max_iter},
                                        {"random_state", options_.random_state}},
                                       options_.init,
                                       cluster_centers_,
                                       inertia_,
                                       n_iter_});
}

base::Result<KMedians> KMedians::from_state(const ModelState& state) {
  COTERIE_ASSIGN(CenterModel read, center_model(kKMediansAlgorithm, state));
  KMedians model;
  COTERIE_ASSIGN(model.options_.n_clusters,
                 read_option<size_t>(kKMediansAlgorithm, read.options, "n_clusters"));
  COTERIE_ASSIGN(model.options_.n_init, read_option<size_t>(kKMediansAlgorithm, read.options, "n_init"));
  COTERIE_ASSIGN(model.options_.max_iter, read_option<size_t>(kKMediansAlgorithm, read.options, "max_iter"));
  COTERIE_ASSIGN(model.options_.random_state,
                 read_option<uint64_t>(kKMediansAlgorithm, read.options, "random_state"));
  model.options_.init = std::move(read.init);
  model.cluster_centers_ = std::move(read.cluster_centers);
  model.inertia_ = read.inertia;
  model.n_iter_ = read.n_iter;
  const auto& options = model.options_;
  if (!check_center_options(options.n_clusters, options.init, options.n_init, options.max_iter,
                            model.cluster_centers_.cols)
           .ok() ||
      model.cluster_centers_.rows != options.n_clusters)
    return damaged_model(kKMediansAlgorithm, "its options");
  return model;
}

void assign_nearest_manhattan(kernels::MatrixView points, kernels::MatrixView centers,
                              std::span<uint32_t> labels, std::span<double> distance,
                              const base::Context& context) {
  const kernels::PackedRows packed(centers);
  context.pool->for_chunks(points.rows, chunk_rows(points.rows), [&](size_t, size_t begin, size_t end) {
    std::vector<double> second(end - begin);
    const size_t n = end - begin;
    kernels::nearest_two_manhattan(
        {points.values.subspan(begin * points.cols, n * points.cols), n, points.cols}, packed,
        labels.subspan(begin, n), distance.subspan(begin, n), second);
  });
}

void manhattan_to_centers(kernels::MatrixView points, kernels::MatrixView centers, kernels::Matrix& distances,
                          const base::Context& context) {
  const size_t k = centers.rows;
  context.pool->for_chunks(points.rows, chunk_rows(points.rows), [&](size_t, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i)
      for (size_t c = 0; c < k; ++c)
        distances.values[i * k + c] = kernels::manhattan(points.row(i), centers.row(c));
  });
}

}  // namespace coterie::learn

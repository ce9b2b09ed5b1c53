// A round is partial(chunk) → merge in chunk order → finish, so the bits do not depend on the threads. Few changed labels
// patch the sums of their chunk; before the last word all sums are added up anew.
#include "learn/cluster/lloyd.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "kernels/distance.h"
#include "kernels/sum.h"
#include "kernels/top_k.h"
#include "learn/cluster/screened_assignment.h"
#include "learn/cluster/unit_rows.h"

namespace coterie::learn {

namespace {

constexpr size_t kMinChunkRows = 1024;
constexpr size_t kMaxChunks = 256;

kernels::MatrixView rows_of(kernels::MatrixView points, size_t begin, size_t end) {
  return {points.values.subspan(begin * points.cols, (end - begin) * points.cols), end - begin, points.cols};
}

constexpr size_t kMergedClusters = 64;

// A chunk in which more than this share of the rows changed is added up anew.
constexpr size_t kFewOf = 4;

// What one chunk says about every cluster.
struct Partial {
  std::vector<double> sums;     // k × d: Σ w x
  std::vector<double> weights;  // k: Σ w
  std::vector<int64_t> points;  // k: how many weigh something; exact, however often the sums are patched
  std::vector<LabelChange> changes = {};  // of the last round
  bool is_changed = false;                // in the last round
  bool is_patched = false;                // changes were added and taken away since all of it was added up
};

class Rounds {
 public:
  Rounds(kernels::MatrixView points, std::span<const double> weight, kernels::Matrix centers,
         const base::Context& context)
      : points_(points),
        weight_(weight),
        context_(context),
        centers_(std::move(centers)),
        next_(centers_.rows, centers_.cols),
        weight_in_cluster_(centers_.rows),
        assignment_(points, *context.pool),
        partials_(base::ThreadPool::chunk_count(points.rows, chunk_rows(points.rows))) {}

  base::Result<LloydResult> run(const LloydOptions& options) {
    LloydResult result;
    bool settled = false;  // the centres are the means of the labels, and the labels are those of the centres
    bool close = false;
    while (result.n_iter < options.max_iter && !settled && !close) {
      COTERIE_CHECK_OK(context_.check_cancelled());
      ++result.n_iter;
      const bool changed = assign_and_sum();
      merge();
      const bool relocated = relocate_empty_clusters();
      close = finish(options.are_directions) <= options.tolerance;
      settled = !changed && !relocated;
      if ((settled || close) && !relocated && is_patched()) {
        sum_anew();
        merge();
        finish(options.are_directions);
        settled = settled && !assign_and_sum();
      }
    }
    assign_and_sum();
    result.labels.assign(assignment_.labels().begin(), assignment_.labels().end());
    result.inertia = inertia();
    result.centers = std::move(centers_);
    return result;
  }

 private:
  // Brings every label up to date and the sums of its cluster with it, chunk by chunk; whether any changed.
  bool assign_and_sum() {
    assignment_.move_centers(centers_);
    for_chunks([&](Partial& partial, size_t begin, size_t end) {
      partial.changes.clear();
      const bool are_new = assignment_.assign(begin, end, &partial.changes);
      partial.is_changed = are_new || !partial.changes.empty();
      if (are_new || partial.changes.size() > (end - begin) / kFewOf) {
        add_up(partial, begin, end);
      } else if (partial.is_changed) {
        for (const auto& change : partial.changes) {
          add_point(change.row, change.before, -weight_[change.row], partial);
          add_point(change.row, assignment_.labels()[change.row], weight_[change.row], partial);
        }
        partial.is_patched = true;
      }
    });
    return std::ranges::any_of(partials_, [](const Partial& partial) { return partial.is_changed; });
  }

  // The sums of all points of a chunk.
  void add_up(Partial& partial, size_t begin, size_t end) const {
    partial.sums.assign(centers_.values.size(), 0);
    partial.weights.assign(centers_.rows, 0);
    partial.points.assign(centers_.rows, 0);
    for (size_t i = begin; i < end; ++i) add_point(i, assignment_.labels()[i], weight_[i], partial);
    partial.is_patched = false;
  }

  void sum_anew() {
    for_chunks([&](Partial& partial, size_t begin, size_t end) {
      if (partial.is_patched) add_up(partial, begin, end);
    });
  }

  bool is_patched() const {
    return std::ranges::any_of(partials_, [](const Partial& partial) { return partial.is_patched; });
  }

  void for_chunks(const std::function<void(Partial&, size_t, size_t)>& work) {
    context_.pool->for_chunks(
        points_.rows, chunk_rows(points_.rows),
        [&](size_t chunk, size_t begin, size_t end) { work(partials_[chunk], begin, end); });
  }

  void add_point(size_t i, uint32_t label, double w, Partial& partial) const {
    const double* __restrict point = points_.values.data() + i * points_.cols;
    double* __restrict sum = partial.sums.data() + label * points_.cols;
    for (size_t j = 0; j < points_.cols; ++j) sum[j] += w * point[j];
    partial.weights[label] += w;
    partial.points[label] += w > 0 ? 1 : w < 0 ? -1 : 0;
  }

  // Adds the partials in chunk order, some clusters at a time.
  void merge() {
    const size_t d = next_.cols;
    context_.pool->for_chunks(next_.rows, kMergedClusters, [&](size_t, size_t begin, size_t end) {
      std::ranges::fill(std::span(next_.values).subspan(begin * d, (end - begin) * d), 0);
      std::vector<int64_t> points(end - begin);
      for (size_t c = begin; c < end; ++c) weight_in_cluster_[c] = 0;
      for (const Partial& partial : partials_) {
        for (size_t e = begin * d; e < end * d; ++e) next_.values[e] += partial.sums[e];
        for (size_t c = begin; c < end; ++c) {
          weight_in_cluster_[c] += partial.weights[c];
          points[c - begin] += partial.points[c];
        }
      }
      for (size_t c = begin; c < end; ++c) {
        if (points[c - begin] > 0) continue;
        weight_in_cluster_[c] = 0;
        std::ranges::fill(next_.row(c), 0);
      }
    });
  }

  // Σ w ‖x − its centre‖², in chunk order.
  double inertia() {
    std::vector<double> sums(partials_.size());
    context_.pool->for_chunks(
        points_.rows, chunk_rows(points_.rows), [&](size_t chunk, size_t begin, size_t end) {
          kernels::CompensatedSum sum;
          for (size_t i = begin; i < end; ++i)
            sum.add(weight_[i] * kernels::squared_euclidean(
                                     points_.row(i), std::as_const(centers_).row(assignment_.labels()[i])));
          sums[chunk] = sum.value();
        });
    return kernels::compensated_sum(sums);
  }

  // Gives each empty cluster the point farthest from its own centre, never the last point of another cluster.
  bool relocate_empty_clusters() {
    std::vector<uint32_t> empty;
    for (uint32_t c = 0; c < next_.rows; ++c) {
      if (weight_in_cluster_[c] == 0) empty.push_back(c);
    }
    if (empty.empty()) return false;
    std::vector<size_t> members(next_.rows);
    std::vector<uint32_t> labels(points_.rows);
    std::vector<double> distance(points_.rows);
    assign_nearest(points_, centers_, labels, distance, context_);
    for (size_t i = 0; i < points_.rows; ++i) {
      if (weight_[i] > 0) ++members[labels[i]];
      if (weight_[i] == 0) distance[i] = -1;
    }
    // At most one point of every cluster is refused, so k candidates are enough.
    auto next_empty = empty.begin();
    for (const uint32_t i : kernels::top_k(distance, next_.rows)) {
      if (next_empty == empty.end() || weight_[i] == 0) break;
      if (members[labels[i]] < 2) continue;
      --members[labels[i]];
      move_point(i, labels[i], *next_empty++);
    }
    return true;
  }

  void move_point(uint32_t i, uint32_t from, uint32_t to) {
    const double w = weight_[i];
    for (size_t j = 0; j < points_.cols; ++j) {
      next_.at(from, j) -= w * points_.at(i, j);
      next_.at(to, j) = w * points_.at(i, j);
    }
    weight_in_cluster_[from] -= w;
    weight_in_cluster_[to] = w;
  }

  // Sums become means, or their directions, and the new centres; Σ of the squared shifts. A cluster still empty, or whose rows
  // point nowhere together, keeps its centre.
  double finish(bool are_directions) {
    kernels::CompensatedSum shift;
    for (size_t c = 0; c < next_.rows; ++c) {
      if (weight_in_cluster_[c] > 0) {
        for (double& value : next_.row(c)) value /= weight_in_cluster_[c];
      }
      if (!(weight_in_cluster_[c] > 0) || (are_directions && !make_unit(next_.row(c))))
        std::ranges::copy(centers_.row(c), next_.row(c).begin());
      shift.add(kernels::squared_euclidean(centers_.row(c), next_.row(c)));
    }
    std::swap(centers_, next_);
    return shift.value();
  }

  kernels::MatrixView points_;
  std::span<const double> weight_;
  const base::Context& context_;
  kernels::Matrix centers_;
  kernels::Matrix next_;  // sums while a round adds up, then the new centres
  std::vector<double> weight_in_cluster_;
  ScreenedAssignment assignment_;
  std::vector<Partial> partials_;
};

}  // namespace

size_t chunk_rows(size_t n) {
  const size_t rows = std::max(kMinChunkRows, (n + kMaxChunks - 1) / kMaxChunks);
  return (rows + kernels::kScreenPoints - 1) / kernels::kScreenPoints * kernels::kScreenPoints;
}

base::Result<LloydResult> lloyd(kernels::MatrixView points, std::span<const double> weight,
                                kernels::Matrix centers, const LloydOptions& options,
                                const base::Context& context) {
  const size_t chunks = base::ThreadPool::chunk_count(points.rows, chunk_rows(points.rows));
  const size_t bytes = ScreenedAssignment::bytes(points.rows, points.cols) +
                       points.rows * 3 * sizeof(uint32_t) +
                       (chunks + 3) * centers.rows * (centers.cols + 1) * sizeof(double);
  COTERIE_ASSIGN(const auto reserved, context.budget->reserve(bytes, "k-means"));
  return Rounds(points, weight, std::move(centers), context).run(options);
}

void assign_nearest(kernels::MatrixView points, kernels::MatrixView centers, std::span<uint32_t> labels,
                    std::span<double> squared, const base::Context& context) {
  const kernels::PackedRows packed(centers);
  context.pool->for_chunks(points.rows, chunk_rows(points.rows), [&](size_t, size_t begin, size_t end) {
    kernels::nearest_rows(rows_of(points, begin, end), packed, labels.subspan(begin, end - begin),
                          squared.subspan(begin, end - begin));
  });
}

void distances_to_centers(kernels::MatrixView points, kernels::MatrixView centers, kernels::Matrix& distances,
                          const base::Context& context) {
  const size_t k = centers.rows;
  context.pool->for_chunks(points.rows, chunk_rows(points.rows), [&](size_t, size_t begin, size_t end) {
    std::vector<double> squared(end - begin);
    for (size_t c = 0; c < k; ++c) {
      kernels::squared_distances_to_row(rows_of(points, begin, end), centers.row(c), squared);
      for (size_t i = begin; i < end; ++i) distances.values[i * k + c] = std::sqrt(squared[i - begin]);
    }
  });
}

}  // namespace coterie::learn

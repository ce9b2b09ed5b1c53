// The potential φ = Σ w · closest² is kept chunk by chunk, so a draw looks at the chunk sums and then at one
// chunk.
#include "learn/cluster/k_means_plus_plus.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/distance.h"
#include "kernels/manhattan.h"
#include "learn/cluster/lloyd.h"

namespace coterie::learn {

namespace {

class Seeding {
 public:
  Seeding(kernels::MatrixView points, std::span<const double> weight, SeedingDistance distance,
          const base::Context& context)
      : points_(points),
        weight_(weight),
        distance_(distance),
        context_(context),
        chunk_rows_(chunk_rows(points.rows)),
        mass_(weight.begin(), weight.end()),
        closest_(points.rows, std::numeric_limits<double>::infinity()),
        chunk_mass_(base::ThreadPool::chunk_count(points.rows, chunk_rows_)) {
    for (size_t i = 0; i < mass_.size(); ++i) chunk_mass_[i / chunk_rows_] += mass_[i];
  }

  // A row, with probability proportional to its mass.
  size_t draw(base::Random& random) const {
    double total = 0;
    for (const double mass : chunk_mass_) total += mass;
    double target = random.uniform() * total;
    size_t chunk = 0;
    for (; chunk + 1 < chunk_mass_.size() && target >= chunk_mass_[chunk]; ++chunk)
      target -= chunk_mass_[chunk];
    size_t chosen = points_.rows;
    const size_t end = std::min(points_.rows, (chunk + 1) * chunk_rows_);
    for (size_t i = chunk * chunk_rows_; i < end; ++i) {
      if (!(mass_[i] > 0)) continue;
      chosen = i;
      if (target < mass_[i]) break;
      target -= mass_[i];
    }
    // Rounding, or squares too small to count, can leave a chunk without mass: then the heaviest row will do.
    if (chosen == points_.rows) chosen = static_cast<size_t>(std::ranges::max_element(mass_) - mass_.begin());
    return chosen;
  }

  // φ for every candidate, were it the next centre.
  std::vector<double> potentials(const std::vector<size_t>& candidates) const {
    std::vector<double> parts(chunk_mass_.size() * candidates.size());
    context_.pool->for_chunks(points_.rows, chunk_rows_, [&](size_t chunk, size_t begin, size_t end) {
      std::vector<double> squared(end - begin);
      for (size_t t = 0; t < candidates.size(); ++t) {
        distances_to(candidates[t], begin, end, squared);
        double potential = 0;
        for (size_t i = begin; i < end; ++i)
          potential += weight_[i] * std::min(closest_[i], squared[i - begin]);
        parts[chunk * candidates.size() + t] = potential;
      }
    });
    std::vector<double> out(candidates.size());
    for (size_t p = 0; p < parts.size(); ++p) out[p % candidates.size()] += parts[p];
    return out;
  }

  // The best of `trials` draws, the first drawn on ties.
  size_t best_of(size_t trials, base::Random& random) const {
    std::vector<size_t> candidates(trials);
    for (size_t& candidate : candidates) candidate = draw(random);
    const std::vector<double> potential = potentials(candidates);
    return candidates[static_cast<size_t>(std::ranges::min_element(potential) - potential.begin())];
  }

  // Makes row `center` a centre.
  void add(size_t center) {
    context_.pool->for_chunks(points_.rows, chunk_rows_, [&](size_t chunk, size_t begin, size_t end) {
      std::vector<double> squared(end - begin);
      distances_to(center, begin, end, squared);
      double sum = 0;
      for (size_t i = begin; i < end; ++i) {
        closest_[i] = std::min(closest_[i], squared[i - begin]);
        mass_[i] = weight_[i] * closest_[i];
        sum += mass_[i];
      }
      chunk_mass_[chunk] = sum;
    });
  }

 private:
  void distances_to(size_t row, size_t begin, size_t end, std::span<double> squared) const {
    const kernels::MatrixView part{points_.values.subspan(begin * points_.cols, (end - begin) * points_.cols),
                                   end - begin, points_.cols};
    if (distance_ == SeedingDistance::kManhattan)
      return kernels::manhattan_to_row(part, points_.row(row), squared);
    kernels::squared_distances_to_row(part, points_.row(row), squared);
  }

  kernels::MatrixView points_;
  std::span<const double> weight_;
  SeedingDistance distance_;
  const base::Context& context_;
  size_t chunk_rows_;
  std::vector<double> mass_;     // what a draw is proportional to
  std::vector<double> closest_;  // squared distance to the nearest centre so far
  std::vector<double> chunk_mass_;
};

}  // namespace

base::Result<kernels::Matrix> k_means_plus_plus(kernels::MatrixView points, std::span<const double> weight,
                                                size_t k, base::Random& random, const base::Context& context,
                                                SeedingDistance distance) {
  COTERIE_ASSIGN(const auto reserved,
                 context.budget->reserve(points.rows * 2 * sizeof(double), "k-means++ starts"));
  const size_t trials = 2 + static_cast<size_t>(std::log(static_cast<double>(k)));
  Seeding seeding(points, weight, distance, context);
  kernels::Matrix centers(k, points.cols);
  for (size_t c = 0; c < k; ++c) {
    COTERIE_CHECK_OK(context.check_cancelled());
    const size_t best = c == 0 ? seeding.draw(random) : seeding.best_of(trials, random);
    seeding.add(best);
    std::ranges::copy(points.row(best), centers.row(c).begin());
  }
  return centers;
}

}  // namespace coterie::learn

#include "learn/cluster/k_means_parallel.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "learn/cluster/k_means_plus_plus.h"
#include "learn/cluster/lloyd.h"

namespace coterie::learn {

namespace {

constexpr size_t kRounds = 5;
constexpr double kOversampling = 2;  // candidates a round, in k

// Rows that may become centres, and how far every row is from the nearest of them.
class Candidates {
 public:
  Candidates(kernels::MatrixView points, std::span<const double> weight, const base::Context& context)
      : points_(points),
        weight_(weight),
        context_(context),
        labels_(points.rows),
        nearest_(points.rows, 0),
        squared_(points.rows),
        closest_(points.rows, std::numeric_limits<double>::infinity()) {}

  size_t size() const { return rows_.size(); }

  void add(const std::vector<size_t>& batch) {
    assign_nearest(points_, kernels::rows_of(points_, batch), labels_, squared_, context_);
    for (size_t i = 0; i < points_.rows; ++i) {
      if (!(squared_[i] < closest_[i])) continue;
      closest_[i] = squared_[i];
      nearest_[i] = static_cast<uint32_t>(rows_.size() + labels_[i]);
    }
    rows_.insert(rows_.end(), batch.begin(), batch.end());
  }

  size_t first(base::Random& random) const {
    double target = random.uniform() * std::accumulate(weight_.begin(), weight_.end(), 0.0);
    size_t chosen = 0;
    for (size_t i = 0; i < points_.rows; ++i) {
      if (!(weight_[i] > 0)) continue;
      chosen = i;
      if (target < weight_[i]) break;
      target -= weight_[i];
    }
    return chosen;
  }

  std::vector<size_t> draw(double expected, base::Random& random) const {
    double potential = 0;
    for (size_t i = 0; i < points_.rows; ++i) potential += mass(i);
    std::vector<size_t> out;
    for (size_t i = 0; i < points_.rows; ++i)
      if (mass(i) > 0 && random.uniform() * potential < expected * mass(i)) out.push_back(i);
    return out;
  }

  size_t farthest() const {
    size_t best = 0;
    for (size_t i = 1; i < points_.rows; ++i)
      if (mass(i) > mass(best)) best = i;
    return best;
  }

  kernels::Matrix points() const { return kernels::rows_of(points_, rows_); }

  // What the rows nearest to each weigh.
  std::vector<double> weights() const {
    std::vector<double> out(rows_.size());
    for (size_t i = 0; i < points_.rows; ++i) out[nearest_[i]] += weight_[i];
    return out;
  }

 private:
  double mass(size_t i) const { return weight_[i] * closest_[i]; }

  kernels::MatrixView points_;
  std::span<const double> weight_;
  const base::Context& context_;
  std::vector<size_t> rows_;
  std::vector<uint32_t> labels_, nearest_;
  std::vector<double> squared_, closest_;
};

}  // namespace

base::Result<kernels::Matrix> k_means_parallel(kernels::MatrixView points, std::span<const double> weight,
                                               size_t k, base::Random& random, const base::Context& context) {
  // What is known of each row; all candidates, and those of a round twice. Rounds draw 2k rows on average.
  const size_t a_round =
      std::min(points.rows, static_cast<size_t>(2 * kOversampling * static_cast<double>(k)));
  const size_t held = std::min(points.rows, kRounds * a_round / 2 + 1) + a_round;
  COTERIE_ASSIGN(const auto reserved,
                 context.budget->reserve(points.rows * 2 * (sizeof(double) + sizeof(uint32_t)) +
                                             held * points.cols * sizeof(double),
                                         "k-means|| starts"));
  Candidates candidates(points, weight, context);
  candidates.add({candidates.first(random)});
  for (size_t round = 0; round < kRounds; ++round) {
    COTERIE_CHECK_OK(context.check_cancelled());
    const auto batch = candidates.draw(kOversampling * static_cast<double>(k), random);
    if (!batch.empty()) candidates.add(batch);
  }
  while (candidates.size() < k) {
    COTERIE_CHECK_OK(context.check_cancelled());
    candidates.add({candidates.farthest()});
  }
  return k_means_plus_plus(candidates.points(), candidates.weights(), k, random, context);
}

}  // namespace coterie::learn

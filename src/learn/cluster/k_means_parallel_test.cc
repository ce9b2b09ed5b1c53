// k-means||: rows of the data, as good a start as k-means++, whatever the threads.
#include "learn/cluster/k_means_parallel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "learn/cluster/k_means.h"

namespace coterie::learn {
namespace {

kernels::Matrix blobs(size_t rows, size_t cols, size_t centers, base::Random& random) {
  kernels::Matrix middle(centers, cols), out(rows, cols);
  for (double& value : middle.values) value = 10 * random.normal();
  for (size_t i = 0; i < rows; ++i) {
    const size_t c = random.below(centers);
    for (size_t j = 0; j < cols; ++j) out.at(i, j) = middle.at(c, j) + random.normal();
  }
  return out;
}

std::set<std::vector<double>> rows_of(const kernels::Matrix& matrix) {
  std::set<std::vector<double>> out;
  for (size_t i = 0; i < matrix.rows; ++i) out.emplace(matrix.row(i).begin(), matrix.row(i).end());
  return out;
}

kernels::Matrix start(const kernels::Matrix& points, const std::vector<double>& weight, size_t k,
                      uint64_t seed, size_t threads = 1) {
  base::OwnedContext context(threads);
  base::Random random(seed);
  return *k_means_parallel(points, weight, k, random, context.get());
}

TEST(KMeansParallel, StartsAtDifferentRowsOfTheData) {
  base::Random random(1);
  const auto points = blobs(500, 3, 20, random);
  std::vector<double> weight(500, 1.0);
  for (size_t i = 0; i < 500; i += 3) weight[i] = 0;
  std::set<std::vector<double>> allowed;
  for (size_t i = 0; i < 500; ++i)
    if (weight[i] > 0) allowed.emplace(points.row(i).begin(), points.row(i).end());
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const auto centers = rows_of(start(points, weight, 20, seed));
    EXPECT_EQ(centers.size(), 20u);
    EXPECT_TRUE(std::ranges::includes(allowed, centers)) << "seed " << seed;
  }
}

TEST(KMeansParallel, TakesEveryRowWhereThereAreNoMore) {
  base::Random random(2);
  auto points = blobs(40, 2, 4, random);
  for (double& value : points.row(7)) value = 1e9;  // nearly all of the mass
  for (uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_EQ(rows_of(start(points, std::vector<double>(40, 1.0), 40, seed)), rows_of(points));
}

TEST(KMeansParallel, IsTheSameForAnyNumberOfThreads) {
  base::Random random(3);
  const auto points = blobs(20'000, 4, 30, random);
  const std::vector<double> weight(points.rows, 1.0);
  const auto one = start(points, weight, 30, 5, 1);
  EXPECT_EQ(one.values, start(points, weight, 30, 5, 2).values);
  EXPECT_EQ(one.values, start(points, weight, 30, 5, 5).values);
}

TEST(KMeansParallel, EndsAsWellAsKMeansPlusPlus) {
  double ratio = 0;
  constexpr int kShops = 20;
  for (uint64_t seed = 0; seed < kShops; ++seed) {
    base::Random random(100 + seed);
    const auto points = blobs(5'000, 5, 50, random);
    base::OwnedContext context(2);
    KMeansOptions options{.n_clusters = 50, .n_init = 1, .random_state = seed};
    const double plus_plus = KMeans::fit(points, {}, options, context.get())->inertia();
    options.seeding = KMeansSeeding::kParallel;
    ratio += KMeans::fit(points, {}, options, context.get())->inertia() / plus_plus / kShops;
  }
  EXPECT_LT(ratio, 1.02);
}

TEST(KMeansParallel, IsRememberedByTheModel) {
  base::Random random(4);
  const auto points = blobs(200, 2, 5, random);
  base::OwnedContext context(1);
  const auto model =
      KMeans::fit(points, {}, {.n_clusters = 5, .seeding = KMeansSeeding::kParallel}, context.get());
  EXPECT_EQ(model->state().options["init"], "k-means||");
  EXPECT_EQ(KMeans::from_state(model->state())->state().options["init"], "k-means||");
}

}  // namespace
}  // namespace coterie::learn

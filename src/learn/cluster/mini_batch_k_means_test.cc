// Mini-batches: near full k-means, the mean of all rows seen, the same bits for any threads.
#include "learn/cluster/mini_batch_k_means.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learn/cluster/k_means.h"
#include "learn/cluster/lloyd.h"

namespace coterie::learn {
namespace {

using ::testing::HasSubstr;

kernels::Matrix six_groups(size_t rows, uint64_t seed) {
  base::Random random(seed);
  kernels::Matrix points(rows, 4);
  for (size_t i = 0; i < rows; ++i) {
    const uint64_t group = random.below(6);
    for (size_t j = 0; j < 4; ++j)
      points.at(i, j) = random.normal() + static_cast<double>((group * (j + 3)) % 7) * 3;
  }
  return points;
}

double inertia(const kernels::Matrix& points, const kernels::Matrix& centers, const base::Context& context) {
  std::vector<uint32_t> labels(points.rows);
  std::vector<double> squared(points.rows);
  assign_nearest(points, centers, labels, squared, context);
  double out = 0;
  for (const double one : squared) out += one;
  return out;
}

TEST(MiniBatchKMeans, ComesNearFullKMeans) {
  base::OwnedContext owned(2);
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const kernels::Matrix points = six_groups(20'000, seed);
    const auto full = KMeans::fit(points, {}, {.n_clusters = 6}, owned.get());
    const auto model = MiniBatchKMeans::fit(points, {}, {.n_clusters = 6, .random_state = seed}, owned.get());
    ASSERT_TRUE(model) << model.error().message();
    EXPECT_LT(inertia(points, model->cluster_centers(), owned.get()), 1.05 * full->inertia());
    EXPECT_GT(model->n_steps(), 5u);
  }
}

TEST(MiniBatchKMeans, ACentreIsTheMeanOfAllRowsItHasSeen) {
  base::OwnedContext owned(1);
  const kernels::Matrix points = six_groups(300, 1);
  MiniBatchKMeans model(kernels::Matrix(1, 4), {0});
  for (size_t b = 0; b < 3; ++b) {
    const kernels::MatrixView batch{std::span(points.values).subspan(b * 400, 400), 100, 4};
    const double squares = model.step(batch, {}, 0.01, nullptr, owned.get());
    EXPECT_GT(squares, 0);
  }
  const auto all = KMeans::fit(points, {}, {.n_clusters = 1}, owned.get());
  for (size_t j = 0; j < 4; ++j)
    EXPECT_NEAR(model.cluster_centers().at(0, j), all->cluster_centers().at(0, j), 1e-12);
  EXPECT_EQ(model.counts()[0], 300);
}

TEST(MiniBatchKMeans, IsTheSameBitsForAnyNumberOfThreads) {
  const kernels::Matrix points = six_groups(9'000, 3);
  std::vector<std::vector<double>> centers;
  for (const size_t threads : {1, 2, 5}) {
    base::OwnedContext owned(threads);
    centers.push_back(MiniBatchKMeans::fit(points, {}, {.n_clusters = 5, .batch_size = 3000}, owned.get())
                          ->cluster_centers()
                          .values);
  }
  EXPECT_EQ(centers[0], centers[1]);
  EXPECT_EQ(centers[0], centers[2]);
}

TEST(MiniBatchKMeans, GivesClustersThatNobodyChoseToRowsOfABatch) {
  base::OwnedContext owned(1);
  const kernels::Matrix points = six_groups(2'000, 4);
  kernels::Matrix far(3, 4);
  for (size_t j = 0; j < 4; ++j) far.at(1, j) = far.at(2, j) = 1e6;
  const auto model = MiniBatchKMeans::fit(points, {}, {.n_clusters = 3, .init = far}, owned.get());
  for (const double value : model->cluster_centers().values) EXPECT_LT(value, 1e5);
}

TEST(MiniBatchKMeans, SaysWhatIsWrongAndStops) {
  base::OwnedContext owned(1);
  const kernels::Matrix points = six_groups(50, 5);
  const auto mistake = [&](const MiniBatchOptions& options) {
    return MiniBatchKMeans::fit(points, {}, options, owned.get()).error().message();
  };
  EXPECT_THAT(mistake({.n_clusters = 51}), HasSubstr("only 50 rows"));
  EXPECT_THAT(mistake({.n_clusters = 2, .batch_size = 0}), HasSubstr("batch_size is 0"));
  owned.cancel.cancel();
  EXPECT_EQ(MiniBatchKMeans::fit(points, {}, {.n_clusters = 2}, owned.get()).error().code(),
            base::Code::kCancelled);
}

}  // namespace
}  // namespace coterie::learn

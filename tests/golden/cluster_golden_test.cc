// k-means and its metrics on scikit-learn's data sets, against scikit-learn's numbers (200 starts), to 1e-6.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "golden/sklearn_data.h"
#include "learn/cluster/k_means.h"
#include "learn/metrics/cluster_metrics.h"

namespace coterie::testing {
namespace {

using learn::KMeans;

constexpr double kTolerance = 1e-6;

KMeans fit(const kernels::Matrix& points, size_t k) {
  base::OwnedContext context;
  auto model = KMeans::fit(points, {}, {.n_clusters = k, .n_init = 200, .tol = 0}, context.get());
  if (!model) throw std::runtime_error(model.error().message());
  return std::move(*model);
}

double silhouette(const kernels::Matrix& points, std::span<const uint32_t> labels) {
  base::OwnedContext context;
  return learn::silhouette_score(points, labels, {}, {}, context.get()).value();
}

TEST(KMeansGolden, IrisInertiaForTwoToSixClusters) {
  COTERIE_LOAD_SKLEARN_CSV_OR_SKIP(iris, "iris.csv");
  const std::vector<double> expected = {152.347952, 78.851441, 57.228473, 46.446182, 39.039987};
  for (size_t k = 2; k <= 6; ++k) {
    EXPECT_NEAR(fit(iris.x, k).inertia(), expected[k - 2], kTolerance) << "k = " << k;
  }
}

TEST(KMeansGolden, IrisMetricsForThreeClusters) {
  COTERIE_LOAD_SKLEARN_CSV_OR_SKIP(iris, "iris.csv");
  const KMeans model = fit(iris.x, 3);
  EXPECT_NEAR(silhouette(iris.x, model.labels()), 0.552819, kTolerance);
  EXPECT_NEAR(learn::calinski_harabasz_score(iris.x, model.labels()).value(), 561.6278, 1e-4 / 2);
  EXPECT_NEAR(learn::davies_bouldin_score(iris.x, model.labels()).value(), 0.661972, kTolerance);
}

TEST(KMeansGolden, IrisMetricsForTwoClusters) {
  COTERIE_LOAD_SKLEARN_CSV_OR_SKIP(iris, "iris.csv");
  const KMeans model = fit(iris.x, 2);
  EXPECT_NEAR(silhouette(iris.x, model.labels()), 0.681046, kTolerance);
  EXPECT_NEAR(learn::calinski_harabasz_score(iris.x, model.labels()).value(), 513.9245, 1e-4 / 2);
  EXPECT_NEAR(learn::davies_bouldin_score(iris.x, model.labels()).value(), 0.404293, kTolerance);
}

TEST(KMeansGolden, StandardisedWineInThreeClusters) {
  COTERIE_LOAD_SKLEARN_CSV_OR_SKIP(wine, "wine_data.csv");
  const kernels::Matrix points = standardised(wine.x);
  const KMeans model = fit(points, 3);
  EXPECT_NEAR(model.inertia(), 1277.928489, kTolerance);
  EXPECT_NEAR(silhouette(points, model.labels()), 0.284859, kTolerance);
  std::vector<size_t> sizes(3);
  for (const uint32_t label : model.labels()) ++sizes[label];
  EXPECT_THAT(sizes, ::testing::ElementsAre(65, 62, 51));  // numbered by falling size
}

}  // namespace
}  // namespace coterie::testing

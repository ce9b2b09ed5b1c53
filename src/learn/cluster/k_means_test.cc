#include "learn/cluster/k_means.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "learn/cluster/cluster_testing.h"
#include "learn/cluster/k_means_plus_plus.h"
#include "learn/cluster/plain_k_means.h"

namespace coterie::learn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

kernels::Matrix matrix(size_t cols, std::vector<double> values) {
  kernels::Matrix out;
  out.rows = values.size() / cols;
  out.cols = cols;
  out.values = std::move(values);
  return out;
}

// Rows of `centers` blobs, continuous or rounded to a grid (so that rows repeat).
kernels::Matrix blobs(size_t rows, size_t cols, size_t centers, bool rounded, base::Random& random) {
  kernels::Matrix middle(centers, cols);
  for (double& value : middle.values) value = 6 * random.normal();
  kernels::Matrix out(rows, cols);
  for (size_t i = 0; i < rows; ++i) {
    const size_t c = random.below(centers);
    for (size_t j = 0; j < cols; ++j) {
      const double value = middle.at(c, j) + random.normal();
      out.at(i, j) = rounded ? std::round(value) : value;
    }
  }
  return out;
}

KMeans fit(const kernels::Matrix& points, const KMeansOptions& options, std::vector<double> weight = {},
           size_t threads = 1) {
  base::OwnedContext context(threads);
  auto model = KMeans::fit(points, weight, options, context.get());
  if (!model) throw std::runtime_error(model.error().message());
  return std::move(*model);
}

TEST(KMeans, FindsTwoObviousClusters) {
  const kernels::Matrix points = matrix(2, {0, 0, 0, 2, 2, 0, 2, 2, 100, 100, 102, 100});
  const KMeans model = fit(points, {.n_clusters = 2});
  EXPECT_THAT(model.labels(), ElementsAre(0, 0, 0, 0, 1, 1));
  EXPECT_THAT(model.cluster_centers().values, ElementsAre(1, 1, 101, 100));
  EXPECT_EQ(model.inertia(), 10);
}

// CLUSTER_CASES (300) seeds of random sizes, weights and starts against the plain version.
TEST(KMeans, AgreesWithThePlainVersionFromTheSameStarts) {
  size_t compared = 0;
  for (uint64_t seed = 1; seed <= cluster_cases(300); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::Random random(seed);
    const size_t k = 1 + random.below(12);
    const bool rounded = random.chance(0.3);
    const kernels::Matrix points =
        blobs(40 + random.below(1500), 1 + random.below(9), 1 + random.below(8), rounded, random);
    std::vector<double> weight(points.rows, 1);
    if (random.chance(0.5)) {
      for (double& w : weight) w = random.chance(0.1) ? 0 : 3 * random.uniform();
    }
    kernels::Matrix init(k, points.cols);  // near random rows, so that few clusters run empty
    for (size_t c = 0; c < k; ++c) {
      const size_t i = random.below(points.rows);
      for (size_t j = 0; j < points.cols; ++j) init.at(c, j) = points.at(i, j) + 0.1 * random.normal();
    }
    const PlainKMeans plain = plain_k_means(points, weight, init);
    // Where a cluster ran empty the plain version has no rule; where two centres tie, rounding decides.
    if (plain.empty_rounds > 0 || plain.narrowest < 1e-9) continue;
    ++compared;
    const KMeans model =
        fit(points, {.n_clusters = k, .init = init, .max_iter = 10'000, .tol = 0}, weight, 2);
    EXPECT_THAT(model.labels(), ::testing::ElementsAreArray(plain.labels));
    EXPECT_NEAR(model.inertia(), plain.inertia, 1e-10 * (1 + plain.inertia));
    for (size_t e = 0; e < init.values.size(); ++e) {
      EXPECT_NEAR(model.cluster_centers().values[e], plain.centers.values[e], 1e-10);
    }
  }
  EXPECT_GE(compared, cluster_cases(300) * 5 / 6) << "too few seeds were comparable";
}

TEST(KMeans, RepeatedRowsAndWeightsAreTheSameBits) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::Random random(seed);
    const kernels::Matrix points = blobs(200, 3, 4, false, random);
    std::vector<double> weight(points.rows);
    kernels::Matrix repeated(0, 3);
    for (size_t i = 0; i < points.rows; ++i) {
      weight[i] = static_cast<double>(1 + random.below(4));
      for (size_t copy = 0; copy < static_cast<size_t>(weight[i]); ++copy, ++repeated.rows) {
        repeated.values.insert(repeated.values.end(), points.row(i).begin(), points.row(i).end());
      }
    }
    const KMeansOptions options{.n_clusters = 5, .n_init = 2, .random_state = seed};
    const KMeans a = fit(points, options, weight);
    const KMeans b = fit(repeated, options);
    EXPECT_EQ(a.cluster_centers().values, b.cluster_centers().values);
    EXPECT_EQ(a.inertia(), b.inertia());
  }
}

TEST(KMeans, ReseedsAnEmptyClusterAtTheFarthestPoint) {
  // The third centre is nearest to nothing; 30 is farthest from its centre (10) and becomes a cluster.
  const kernels::Matrix points = matrix(1, {0, 1, 10, 11, 12, 30});
  const KMeans model =
      fit(points, {.n_clusters = 3, .init = matrix(1, {0, 10, 1000}), .max_iter = 1, .tol = 0});
  EXPECT_THAT(model.cluster_centers().values, ElementsAre(0.5, 11, 30));
  EXPECT_THAT(model.labels(), ElementsAre(0, 0, 1, 1, 1, 2));
}

TEST(KMeans, ReseedingNeverEmptiesAnotherCluster) {
  // Two clusters run empty. 50 is farthest from its centre but alone in its cluster, so 7 and 3 are taken.
  const kernels::Matrix points = matrix(1, {0, 3, 7, 50});
  const kernels::Matrix init = matrix(1, {0, 30, 1000, 2000});
  const KMeans model = fit(points, {.n_clusters = 4, .init = init, .max_iter = 1, .tol = 0});
  EXPECT_THAT(model.cluster_centers().values, ElementsAre(0, 50, 7, 3));
  EXPECT_EQ(model.inertia(), 0);
}

TEST(KMeans, EveryClusterHasAMemberWhenThereAreEnoughRows) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::Random random(seed);
    const kernels::Matrix points = blobs(30 + random.below(200), 2, 3, true, random);
    kernels::Matrix init(6, 2);
    for (double& value : init.values) value = 40 * random.normal();
    const auto distinct = [&] {
      std::vector<std::vector<double>> rows;
      for (size_t i = 0; i < points.rows; ++i) rows.push_back({points.at(i, 0), points.at(i, 1)});
      std::ranges::sort(rows);
      return static_cast<size_t>(std::unique(rows.begin(), rows.end()) - rows.begin());
    }();
    if (distinct < 6) continue;
    const KMeans model = fit(points, {.n_clusters = 6, .init = init, .max_iter = 1000, .tol = 0});
    std::vector<size_t> size(6);
    for (const uint32_t label : model.labels()) ++size[label];
    EXPECT_THAT(size, ::testing::Each(::testing::Gt(0u)));
  }
}

TEST(KMeans, NumbersClustersByFallingWeightWhateverTheSeed) {
  base::Random random(7);
  kernels::Matrix points(60, 1);
  for (size_t i = 0; i < 60; ++i) {
    points.at(i, 0) = (i < 10 ? 0.0 : i < 30 ? 100.0 : 200.0) + random.uniform();
  }
  const KMeans first = fit(points, {.n_clusters = 3, .random_state = 0});
  EXPECT_EQ(first.labels()[59], 0u);
  EXPECT_EQ(first.labels()[29], 1u);
  EXPECT_EQ(first.labels()[0], 2u);
  for (uint64_t seed = 1; seed < 20; ++seed) {
    const KMeans other = fit(points, {.n_clusters = 3, .random_state = seed});
    EXPECT_EQ(other.cluster_centers().values, first.cluster_centers().values) << "seed " << seed;
    EXPECT_EQ(other.inertia(), first.inertia());
  }
}

TEST(KMeans, EqualWeightsAreNumberedByAscendingCentre) {
  const KMeans model = fit(matrix(1, {100, 101, 0, 1, 50, 51}), {.n_clusters = 3});
  EXPECT_THAT(model.cluster_centers().values, ElementsAre(0.5, 50.5, 100.5));
}

TEST(KMeans, GivenCentresKeepTheirOrder) {
  const kernels::Matrix points = matrix(1, {0, 1, 100, 101, 102});
  const KMeans model = fit(points, {.n_clusters = 2, .init = matrix(1, {0, 100})});
  EXPECT_THAT(model.cluster_centers().values, ElementsAre(0.5, 101));
}

TEST(KMeans, MoreStartsAreNeverWorse) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    base::Random random(seed);
    const kernels::Matrix points = blobs(400, 2, 9, false, random);
    const double one = fit(points, {.n_clusters = 9, .n_init = 1, .random_state = seed}).inertia();
    const double ten = fit(points, {.n_clusters = 9, .n_init = 10, .random_state = seed}).inertia();
    EXPECT_LE(ten, one) << "seed " << seed;
  }
}

TEST(KMeans, LabelsAreTheNearestCentresAlsoWhenItStopsEarly) {
  base::Random random(3);
  const kernels::Matrix points = blobs(3000, 4, 6, false, random);
  for (const size_t max_iter : {1, 2, 3, 50}) {
    const KMeans model = fit(points, {.n_clusters = 9, .n_init = 1, .max_iter = max_iter});
    base::OwnedContext context;
    const auto predicted = model.predict(points, context.get());
    ASSERT_TRUE(predicted);
    EXPECT_THAT(model.labels(), ::testing::ElementsAreArray(*predicted));
    EXPECT_LE(model.n_iter(), max_iter);
  }
}

TEST(KMeans, TheToleranceIsInMeanVariancesOfTheColumns) {
  base::Random random(5);
  const kernels::Matrix points = blobs(5000, 2, 3, false, random);
  kernels::Matrix scaled = points;
  for (double& value : scaled.values) value *= 1024;
  const KMeansOptions options{.n_clusters = 8, .n_init = 1, .tol = 1e-3};
  const KMeans small = fit(points, options);
  const KMeans large = fit(scaled, options);
  EXPECT_EQ(small.n_iter(), large.n_iter());
  EXPECT_EQ(small.inertia() * 1024 * 1024, large.inertia());
  KMeansOptions exact = options;
  exact.tol = 0;
  EXPECT_GT(fit(points, exact).n_iter(), small.n_iter());
}

TEST(KMeans, RowsWithoutWeightGetALabelAndNothingElse) {
  const kernels::Matrix points = matrix(1, {0, 1, 10, 11, 9});
  const KMeans model = fit(points, {.n_clusters = 2}, {1, 1, 1, 1, 0});
  EXPECT_THAT(model.cluster_centers().values, ElementsAre(0.5, 10.5));
  EXPECT_EQ(model.labels()[4], 1u);
}

TEST(KMeans, RefusesMoreClustersThanDistinctRows) {
  base::OwnedContext context;
  const auto model = KMeans::fit(matrix(1, {1, 1, 2, 2, 2}), {}, {.n_clusters = 3}, context.get());
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code(), base::Code::kInvalidArgument);
  EXPECT_THAT(model.error().message(), HasSubstr("only 2 distinct rows"));
}

TEST(KMeans, SurvivesHugeAndTinyValues) {
  const KMeans huge = fit(matrix(1, {-1e100, -9e99, 9e99, 1e100}), {.n_clusters = 2});
  EXPECT_EQ(huge.labels()[0], huge.labels()[1]);
  EXPECT_NE(huge.labels()[0], huge.labels()[2]);
  EXPECT_TRUE(std::isfinite(huge.inertia()));
  const KMeans tiny = fit(matrix(1, {1e-200, 2e-200, 3e-200}), {.n_clusters = 2});  // squares vanish
  EXPECT_EQ(tiny.inertia(), 0);
}

TEST(KMeansPlusPlus, PicksRowsThatLieApart) {
  // 4 tight groups far apart: the greedy choice takes one row of each.
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    base::Random random(seed);
    kernels::Matrix points(400, 1);
    for (size_t i = 0; i < 400; ++i) points.at(i, 0) = 1e6 * static_cast<double>(i / 100) + random.uniform();
    base::OwnedContext context;
    const std::vector<double> weight(400, 1);
    auto centers = k_means_plus_plus(points, weight, 4, random, context.get());
    ASSERT_TRUE(centers);
    std::vector<int> group;
    for (const double value : centers->values) group.push_back(static_cast<int>(value / 1e6));
    EXPECT_THAT(group, ::testing::UnorderedElementsAre(0, 1, 2, 3)) << "seed " << seed;
  }
}

TEST(KMeansPlusPlus, DrawsTheFirstCentreByWeight) {
  kernels::Matrix points(3000, 1);
  std::vector<double> weight(3000);
  for (size_t i = 0; i < 3000; ++i) points.at(i, 0) = static_cast<double>(i);
  weight[10] = 1;
  weight[2500] = 3;
  int heavy = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    base::OwnedContext context;
    base::Random random(seed);
    const auto centers = k_means_plus_plus(points, weight, 1, random, context.get());
    ASSERT_TRUE(centers);
    ASSERT_TRUE(centers->at(0, 0) == 10 || centers->at(0, 0) == 2500);
    heavy += centers->at(0, 0) == 2500;
  }
  EXPECT_NEAR(heavy, 300, 40);
}

}  // namespace
}  // namespace coterie::learn

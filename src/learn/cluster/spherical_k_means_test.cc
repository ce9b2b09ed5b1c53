// k-means by cosine against a plain reference from the same starts; what counts is the direction alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "learn/cluster/k_means.h"
#include "learn/cluster/unit_rows.h"

namespace coterie::learn {
namespace {

kernels::Matrix random_rows(size_t rows, size_t cols, base::Random& random) {
  kernels::Matrix out(rows, cols);
  for (double& value : out.values) value = random.normal();
  return out;
}

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

struct Plain {
  kernels::Matrix centers;
  std::vector<uint32_t> labels;
  double inertia = 0;
};

// Round after round, as written in docs/methods/kmeans.md; no cluster is empty in these cases.
Plain plain_spherical(kernels::Matrix points, const std::vector<double>& weight, kernels::Matrix centers) {
  const auto scale = [](std::span<double> row) {
    const double length = std::sqrt(dot(row, row));
    for (double& value : row) value /= length;
  };
  for (size_t i = 0; i < points.rows; ++i) scale(points.row(i));
  for (size_t c = 0; c < centers.rows; ++c) scale(centers.row(c));
  Plain out{std::move(centers), std::vector<uint32_t>(points.rows, UINT32_MAX), 0};
  for (bool changed = true; changed;) {
    changed = false;
    kernels::Matrix sums(out.centers.rows, out.centers.cols);
    for (size_t i = 0; i < points.rows; ++i) {
      uint32_t best = 0;
      for (uint32_t c = 1; c < out.centers.rows; ++c)
        if (dot(points.row(i), out.centers.row(c)) > dot(points.row(i), out.centers.row(best))) best = c;
      changed = changed || out.labels[i] != best;
      out.labels[i] = best;
      for (size_t j = 0; j < points.cols; ++j) sums.at(best, j) += weight[i] * points.at(i, j);
    }
    if (!changed) break;
    for (size_t c = 0; c < sums.rows; ++c) {
      scale(sums.row(c));
      std::ranges::copy(sums.row(c), out.centers.row(c).begin());
    }
  }
  for (size_t i = 0; i < points.rows; ++i)
    out.inertia += weight[i] * (1 - dot(points.row(i), out.centers.row(out.labels[i])));
  return out;
}

KMeans fit(const kernels::Matrix& points, const std::vector<double>& weight, const KMeansOptions& options,
           size_t threads = 1) {
  base::OwnedContext context(threads);
  return *KMeans::fit(points, weight, options, context.get());
}

TEST(SphericalKMeans, IsThePlainReferenceFromTheSameStarts) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    base::Random random(seed);
    const size_t n = 60 + random.below(300), d = 2 + random.below(6), k = 2 + random.below(5);
    const auto points = random_rows(n, d, random);
    std::vector<double> weight(n);
    for (double& w : weight) w = 0.5 + random.uniform();
    KMeansOptions options{.n_clusters = k, .tol = 0};
    options.metric = KMeansMetric::kCosine;
    options.init = kernels::Matrix(k, d);
    std::ranges::copy_n(points.values.begin(), static_cast<std::ptrdiff_t>(k * d),
                        options.init->values.begin());
    const auto plain = plain_spherical(points, weight, *options.init);
    const auto model = fit(points, weight, options, 1 + seed % 3);
    ASSERT_TRUE(std::ranges::equal(model.labels(), plain.labels)) << "seed " << seed;
    EXPECT_NEAR(model.inertia(), plain.inertia, 1e-9 * (1 + plain.inertia)) << "seed " << seed;
    for (size_t e = 0; e < k * d; ++e)
      EXPECT_NEAR(model.cluster_centers().values[e], plain.centers.values[e], 1e-12) << "seed " << seed;
  }
}

TEST(SphericalKMeans, LengthsDoNotCount) {
  base::Random random(5);
  const auto points = random_rows(500, 4, random);
  auto longer = points;
  for (size_t i = 0; i < points.rows; ++i) {
    const double factor = std::ldexp(1.0, static_cast<int>(random.below(200)) - 100);  // exact
    for (double& value : longer.row(i)) value *= factor;
  }
  KMeansOptions options{.n_clusters = 6};
  options.metric = KMeansMetric::kCosine;
  const std::vector<double> weight(500, 1.0);
  const auto a = fit(points, weight, options), b = fit(longer, weight, options);
  EXPECT_TRUE(std::ranges::equal(a.labels(), b.labels()));
  EXPECT_EQ(a.cluster_centers().values, b.cluster_centers().values);
  for (size_t c = 0; c < 6; ++c)
    EXPECT_NEAR(dot(a.cluster_centers().row(c), a.cluster_centers().row(c)), 1, 1e-12);
}

TEST(SphericalKMeans, SameBitsForAnyNumberOfThreads) {
  base::Random random(6);
  const auto points = random_rows(20'000, 5, random);
  KMeansOptions options{.n_clusters = 12, .n_init = 2};
  options.metric = KMeansMetric::kCosine;
  const std::vector<double> weight(points.rows, 1.0);
  const auto one = fit(points, weight, options);
  for (const size_t threads : {2, 5}) {
    const auto more = fit(points, weight, options, threads);
    EXPECT_EQ(more.cluster_centers().values, one.cluster_centers().values);
    EXPECT_TRUE(std::ranges::equal(more.labels(), one.labels()));
    EXPECT_EQ(more.inertia(), one.inertia());
  }
}

TEST(SphericalKMeans, PredictsFromItsStateAsBefore) {
  base::Random random(7);
  const auto points = random_rows(300, 3, random), fresh = random_rows(100, 3, random);
  KMeansOptions options{.n_clusters = 4};
  options.metric = KMeansMetric::kCosine;
  const auto model = fit(points, std::vector<double>(300, 1.0), options);
  const auto read = KMeans::from_state(model.state());
  ASSERT_TRUE(read) << read.error().message();
  base::OwnedContext context(2);
  const auto labels = read->predict(points, context.get());
  EXPECT_TRUE(std::ranges::equal(*labels, model.labels()));
  EXPECT_EQ(*read->predict(fresh, context.get()), *model.predict(fresh, context.get()));
}

TEST(SphericalKMeans, ARowOfZerosPointsNowhere) {
  base::Random random(8);
  auto points = random_rows(50, 3, random);
  KMeansOptions options{.n_clusters = 3};
  options.metric = KMeansMetric::kCosine;
  std::vector<double> weight(50, 1.0);
  weight[17] = weight[31] = 0;
  const auto without = fit(points, weight, options);
  weight[17] = 2.5;
  weight[31] = 1;
  std::ranges::fill(points.row(17), 0.0);
  std::ranges::fill(points.row(31), 0.0);
  const auto model = fit(points, weight, options);
  EXPECT_EQ(model.cluster_centers().values, without.cluster_centers().values);
  EXPECT_NEAR(model.inertia(), without.inertia() + 3.5, 1e-12);
  EXPECT_EQ(model.labels()[17], 0u);
  EXPECT_EQ(model.labels()[31], 0u);
  base::OwnedContext context(2);
  const auto none = KMeans::fit(kernels::Matrix(5, 2), {}, options, context.get());
  ASSERT_FALSE(none);
  EXPECT_THAT(std::string(none.error().message()), ::testing::HasSubstr("have no direction"));
}

TEST(UnitRows, LengthsThatDoNotFitIntoADouble) {
  kernels::Matrix rows(2, 2);
  rows.values = {3e200, 4e200, 3e-200, -4e-200};
  base::ThreadPool pool(1);
  EXPECT_EQ(unit_rows(rows, pool).rows.values, (std::vector<double>{0.6, 0.8, 0.6, -0.8}));
}

}  // namespace
}  // namespace coterie::learn

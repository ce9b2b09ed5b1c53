// Against textbook loops on random data, and the rules at the edges. tests/golden compares with scikit-learn.
#include "learn/metrics/cluster_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "base/random.h"

namespace coterie::learn {
namespace {

struct Case {
  kernels::Matrix points;
  std::vector<uint32_t> labels;
};

Case random_case(uint64_t seed, size_t max_rows = 300) {
  base::Random random(seed);
  const size_t k = 2 + random.below(6);
  Case out{kernels::Matrix(k + 2 + random.below(max_rows), 1 + random.below(5)), {}};
  for (size_t i = 0; i < out.points.rows; ++i) {
    out.labels.push_back(static_cast<uint32_t>(i < k ? i * 7 : 7 * random.below(k)));
    for (double& value : out.points.row(i)) value = random.normal() + out.labels[i] * 0.1;
  }
  return out;
}

double distance(const kernels::Matrix& points, size_t i, size_t j) {
  double squared = 0;
  for (size_t c = 0; c < points.cols; ++c) squared += std::pow(points.at(i, c) - points.at(j, c), 2);
  return std::sqrt(squared);
}

double plain_silhouette(const Case& data) {
  double total = 0;
  for (size_t i = 0; i < data.points.rows; ++i) {
    std::map<uint32_t, std::pair<double, double>> to;  // label → sum, count, without i itself
    for (size_t j = 0; j < data.points.rows; ++j) {
      if (j == i) continue;
      to[data.labels[j]].first += distance(data.points, i, j);
      to[data.labels[j]].second += 1;
    }
    if (!to.contains(data.labels[i])) continue;
    double a = 0, b = INFINITY;
    for (const auto& [label, sum] : to) {
      if (label == data.labels[i]) {
        a = sum.first / sum.second;
      } else {
        b = std::min(b, sum.first / sum.second);
      }
    }
    total += std::max(a, b) > 0 ? (b - a) / std::max(a, b) : 0;
  }
  return total / static_cast<double>(data.points.rows);
}

TEST(Silhouette, AgreesWithThePlainDefinition) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Case data = random_case(seed);
    base::OwnedContext context;
    const auto score = silhouette_score(data.points, data.labels, {}, {}, context.get());
    ASSERT_TRUE(score) << score.error().message();
    EXPECT_NEAR(*score, plain_silhouette(data), 1e-12);
  }
}

TEST(Silhouette, IsTheSameBitsForAnyNumberOfThreads) {
  const Case data = random_case(5, 2000);
  std::vector<double> scores;
  for (const size_t threads : {1, 2, 7}) {
    base::OwnedContext context(threads);
    scores.push_back(silhouette_score(data.points, data.labels, {}, {}, context.get()).value());
  }
  EXPECT_EQ(scores[0], scores[1]);
  EXPECT_EQ(scores[0], scores[2]);
}

TEST(ClusterMetrics, AWeightedRowCountsAsThatManyEqualRows) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Case data = random_case(seed, 60);
    base::Random random(seed, 1);
    std::vector<double> weight;
    Case repeated{kernels::Matrix(0, data.points.cols), {}};
    for (size_t i = 0; i < data.points.rows; ++i) {
      weight.push_back(static_cast<double>(1 + random.below(3)));
      const auto row = data.points.row(i);
      for (double copy = 0; copy < weight[i]; ++copy, ++repeated.points.rows) {
        repeated.points.values.insert(repeated.points.values.end(), row.begin(), row.end());
        repeated.labels.push_back(data.labels[i]);
      }
    }
    base::OwnedContext context;
    EXPECT_NEAR(silhouette_score(data.points, data.labels, weight, {}, context.get()).value(),
                plain_silhouette(repeated), 1e-12);
    EXPECT_NEAR(calinski_harabasz_score(data.points, data.labels, weight).value(),
                calinski_harabasz_score(repeated.points, repeated.labels).value(), 1e-9);
    EXPECT_NEAR(davies_bouldin_score(data.points, data.labels, weight).value(),
                davies_bouldin_score(repeated.points, repeated.labels).value(), 1e-12);
  }
}

TEST(Silhouette, ASampleIsNearTheWholeAndFollowsItsSeed) {
  const Case data = random_case(9, 4000);
  base::OwnedContext context;
  const auto score = [&](std::optional<size_t> size, uint64_t seed) {
    return silhouette_score(data.points, data.labels, {}, {.sample_size = size, .random_state = seed},
                            context.get())
        .value();
  };
  const double all = score(std::nullopt, 0);
  EXPECT_EQ(score(1'000'000, 3), all);
  EXPECT_EQ(score(500, 3), score(500, 3));
  EXPECT_NE(score(500, 3), score(500, 4));
  EXPECT_NEAR(score(500, 3), all, 0.05);
}

TEST(Silhouette, ASampleOfWeightedRowsDrawsMembersNotRows) {
  // Two heavy rows hold nearly all members, so nearly the whole sample; each pair of equal members scores 1.
  kernels::Matrix points(4, 1);
  points.values = {0, 10, 0.5, 10.5};
  const std::vector<uint32_t> labels = {0, 1, 0, 1};
  const std::vector<double> weight = {1'000'000, 1'000'000, 1, 1};
  base::OwnedContext context;
  const auto score = silhouette_score(points, labels, weight, {.sample_size = 100}, context.get());
  ASSERT_TRUE(score) << score.error().message();
  EXPECT_EQ(*score, 1);
}

TEST(Silhouette, RefusesWhatHasNoScore) {
  base::OwnedContext context;
  kernels::Matrix points(3, 1);
  points.values = {1, 2, 3};
  const auto code = [&](std::vector<uint32_t> labels, std::vector<double> weight = {},
                        std::optional<size_t> sample = {}) {
    const auto score = silhouette_score(points, labels, weight, {.sample_size = sample}, context.get());
    return score ? base::Code::kOk : score.error().code();
  };
  EXPECT_EQ(code({0, 0, 1}), base::Code::kOk);
  EXPECT_EQ(code({0, 0, 0}), base::Code::kInvalidArgument);
  EXPECT_EQ(code({0, 1, 2}), base::Code::kInvalidArgument);
  EXPECT_EQ(code({0, 1, 2}, {1, 1, 2}), base::Code::kOk);
  EXPECT_EQ(code({0, 1}), base::Code::kInvalidArgument);
  EXPECT_EQ(code({0, 0, 1}, {1, 1, 0.5}), base::Code::kInvalidArgument);
  EXPECT_EQ(code({0, 0, 1}, {1, 1, 0}), base::Code::kInvalidArgument);
  EXPECT_EQ(code({0, 0, 1}, {1, 1, 1e60}), base::Code::kInvalidArgument);
  EXPECT_EQ(code({0, 0, 1}, {}, 2), base::Code::kInvalidArgument);
  context.cancel.cancel();
  EXPECT_EQ(code({0, 0, 1}), base::Code::kCancelled);
}

TEST(CalinskiHarabasz, IsOneWhenClustersArePoints) {
  kernels::Matrix points(4, 1);
  points.values = {1, 1, 5, 5};
  const std::vector<uint32_t> labels = {3, 3, 9, 9};
  EXPECT_EQ(calinski_harabasz_score(points, labels).value(), 1);
  EXPECT_EQ(davies_bouldin_score(points, labels).value(), 0);
}

TEST(CalinskiHarabasz, HandExample) {
  // Means 1 and 11, total mean 6: between 2·25 + 2·25 = 100 over 1, within 4 over 2.
  kernels::Matrix points(4, 1);
  points.values = {0, 2, 10, 12};
  const std::vector<uint32_t> labels = {0, 0, 1, 1};
  EXPECT_DOUBLE_EQ(calinski_harabasz_score(points, labels).value(), 50);
  EXPECT_DOUBLE_EQ(davies_bouldin_score(points, labels).value(), 0.2);
}

TEST(AdjustedRand, KnowsEqualPartitionsAndTheDocumentedExamples) {
  using V = std::vector<uint32_t>;
  const auto score = [](const V& a, const V& b) { return adjusted_rand_score(a, b).value(); };
  EXPECT_EQ(score({0, 0, 1, 1}, {7, 7, 2, 2}), 1);
  EXPECT_EQ(score({0, 0, 0}, {1, 1, 1}), 1);
  EXPECT_NEAR(score({0, 0, 1, 2}, {0, 0, 1, 1}), 0.5714285714285714, 1e-15);  // scikit-learn's documentation
  EXPECT_EQ(score({0, 0, 1, 1}, {0, 1, 0, 1}), -0.5);
  EXPECT_EQ(score({0, 0, 0, 0}, {0, 1, 2, 3}), 0);
  EXPECT_FALSE(adjusted_rand_score(V{0}, V{0, 1}));
  EXPECT_FALSE(adjusted_rand_score(V{}, V{}));
}

}  // namespace
}  // namespace coterie::learn

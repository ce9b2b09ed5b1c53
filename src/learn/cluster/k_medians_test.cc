// k-medians against the plainest version there is, from the same starts; medians by definition; bits and odd input.
#include "learn/cluster/k_medians.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/random.h"
#include "kernels/manhattan.h"
#include "learn/cluster/cluster_testing.h"
#include "learn/cluster/running_medians.h"

namespace coterie::learn {
namespace {

using ::testing::HasSubstr;

struct WeightedValue {
  double value, weight;
};

// The least value up to which half of the weight lies, by trying each.
double plain_median(const std::vector<WeightedValue>& values) {
  double best = INFINITY, total = 0;
  for (const auto& one : values) total += one.weight;
  for (const auto& candidate : values) {
    double below = 0;
    for (const auto& one : values) below += one.value <= candidate.value ? one.weight : 0;
    if (2 * below >= total) best = std::min(best, candidate.value);
  }
  return best;
}

// Labels wander; after each step the medians are those of a plain computation.
TEST(RunningMedians, AreThePlainMediansWhileLabelsWander) {
  base::OwnedContext owned(2);
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::Random random(seed);
    const size_t rows = 1 + random.below(300), cols = 1 + random.below(3), k = 1 + random.below(5);
    kernels::Matrix points(rows, cols);
    for (double& value : points.values)
      value = seed % 2 == 0 ? std::round(3 * random.normal()) : random.normal();
    std::vector<double> weight(rows, 2.0);
    if (seed % 3 == 0)
      for (double& w : weight) w = static_cast<double>(random.below(4));
    std::vector<uint32_t> labels(rows);
    for (uint32_t& label : labels) label = static_cast<uint32_t>(random.below(k));
    const auto orders = ColumnOrders::sort(points, owned.get());
    RunningMedians medians(points, weight, *orders, k);
    medians.begin(labels, owned.pool);
    for (int step = 0; step < 40; ++step) {
      kernels::Matrix centers(k, cols);
      medians.write(&centers);
      for (uint32_t c = 0; c < k; ++c)
        for (size_t j = 0; j < cols; ++j) {
          std::vector<WeightedValue> values;
          for (size_t i = 0; i < rows; ++i)
            if (labels[i] == c && weight[i] > 0) values.push_back({points.at(i, j), weight[i]});
          ASSERT_EQ(centers.at(c, j), values.empty() ? 0 : plain_median(values)) << "step " << step;
          ASSERT_EQ(medians.members(c), values.size());
        }
      std::vector<LabelChange> changes;
      for (uint32_t i = 0; i < rows; ++i) {
        if (!random.chance(step % 4 == 0 ? 0.3 : 0.02)) continue;
        const auto label = static_cast<uint32_t>(random.below(k));
        if (label == labels[i]) continue;
        if (weight[i] > 0) changes.push_back({i, labels[i]});
        labels[i] = label;
      }
      medians.update(labels, changes, owned.pool);
    }
  }
}

struct PlainMedians {
  kernels::Matrix centers;
  std::vector<uint32_t> labels;
  double inertia = 0;
  bool had_empty = false;
};

PlainMedians plain_k_medians(const kernels::Matrix& points, const std::vector<double>& weight,
                             kernels::Matrix centers) {
  PlainMedians out{std::move(centers), std::vector<uint32_t>(points.rows, UINT32_MAX)};
  for (bool changed = true; changed;) {
    changed = false;
    out.inertia = 0;
    for (size_t i = 0; i < points.rows; ++i) {
      uint32_t best = 0;
      double nearest = INFINITY;
      for (uint32_t c = 0; c < out.centers.rows; ++c) {
        double distance = 0;
        for (size_t j = 0; j < points.cols; ++j) distance += std::abs(points.at(i, j) - out.centers.at(c, j));
        if (distance < nearest) {
          nearest = distance;
          best = c;
        }
      }
      changed |= out.labels[i] != best;
      out.labels[i] = best;
      out.inertia += weight[i] * nearest;
    }
    if (!changed) break;
    for (uint32_t c = 0; c < out.centers.rows; ++c) {
      std::vector<size_t> rows;
      for (size_t i = 0; i < points.rows; ++i)
        if (out.labels[i] == c && weight[i] > 0) rows.push_back(i);
      out.had_empty |= rows.empty();
      for (size_t j = 0; j < points.cols && !rows.empty(); ++j) {
        std::vector<WeightedValue> values;
        for (const size_t i : rows) values.push_back({points.at(i, j), weight[i]});
        out.centers.at(c, j) = plain_median(values);
      }
    }
    if (out.had_empty) break;
  }
  return out;
}

TEST(KMedians, AgreesWithThePlainVersionFromTheSameStarts) {
  base::OwnedContext owned(2);
  size_t compared = 0;
  for (uint64_t seed = 1; seed <= cluster_cases(300); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::Random random(seed);
    const size_t rows = 3 + random.below(60), cols = 1 + random.below(4), k = 1 + random.below(3);
    const bool on_grid = random.chance(0.5), has_weights = random.chance(0.5);
    kernels::Matrix points(rows, cols), start(k, cols);
    for (double& value : points.values)
      value = on_grid ? std::round(3 * random.normal()) : 3 * random.normal();
    for (size_t c = 0; c < k; ++c)
      std::ranges::copy(std::as_const(points).row(random.below(rows)), start.row(c).begin());
    std::vector<double> weight(rows, 1.0);
    if (has_weights)
      for (double& w : weight) w = static_cast<double>(random.below(4));
    KMediansOptions options;
    options.n_clusters = k;
    options.init = start;
    const auto model =
        KMedians::fit(points, has_weights ? weight : std::vector<double>(), options, owned.get());
    if (!model) continue;  // too few distinct rows
    const PlainMedians plain = plain_k_medians(points, weight, start);
    if (plain.had_empty) continue;
    ++compared;
    ASSERT_THAT(model->labels(), ::testing::ElementsAreArray(plain.labels));
    ASSERT_THAT(model->cluster_centers().values, ::testing::ElementsAreArray(plain.centers.values));
    ASSERT_NEAR(model->inertia(), plain.inertia, 1e-9 * (1 + plain.inertia));
  }
  EXPECT_GT(compared, cluster_cases(300) / 4);
}

kernels::Matrix four_groups(size_t rows, uint64_t seed) {
  base::Random random(seed);
  kernels::Matrix points(rows, 3);
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < 3; ++j)
      points.at(i, j) = random.normal() + 8.0 * static_cast<double>(i % 4) * (j == 0 ? 1 : 0.5);
  return points;
}

TEST(KMedians, FindsGroupsThatAFarRowDoesNotMove) {
  base::OwnedContext owned(2);
  kernels::Matrix points = four_groups(400, 1);
  KMediansOptions options;
  options.n_clusters = 4;
  const auto clean = KMedians::fit(points, {}, options, owned.get());
  ASSERT_TRUE(clean) << clean.error().message();
  points.at(0, 0) = 60;  // one whale within its cluster
  const auto dirty = KMedians::fit(points, {}, options, owned.get());
  for (size_t c = 0; c < 4; ++c) {
    double nearest = INFINITY;
    for (size_t other = 0; other < 4; ++other)
      nearest = std::min(
          nearest, kernels::manhattan(clean->cluster_centers().row(c), dirty->cluster_centers().row(other)));
    EXPECT_LT(nearest, 0.3);
  }
}

TEST(KMedians, IsTheSameBitsForAnyNumberOfThreads) {
  const kernels::Matrix points = four_groups(5000, 2);
  KMediansOptions options;
  options.n_clusters = 6;
  options.n_init = 2;
  std::vector<std::vector<double>> centers;
  for (const size_t threads : {1, 2, 5}) {
    base::OwnedContext owned(threads);
    const auto model = KMedians::fit(points, {}, options, owned.get());
    centers.push_back(model->cluster_centers().values);
    centers.back().push_back(model->inertia());
  }
  EXPECT_EQ(centers[0], centers[1]);
  EXPECT_EQ(centers[0], centers[2]);
}

TEST(KMedians, FillsEmptyClusters) {
  base::OwnedContext owned(1);
  const kernels::Matrix points = four_groups(100, 3);
  KMediansOptions options;
  options.n_clusters = 3;
  options.init = kernels::Matrix(3, 3);
  options.init->values = {1000, 1000, 1000, 2000, 2000, 2000, 0, 0, 0};  // all go to the third
  const auto model = KMedians::fit(points, {}, options, owned.get());
  ASSERT_TRUE(model);
  std::vector<size_t> members(3);
  for (const uint32_t label : model->labels()) ++members[label];
  EXPECT_THAT(members, ::testing::Each(::testing::Gt(0u)));
}

TEST(KMedians, SaysWhatIsWrongAndStops) {
  base::OwnedContext owned(1);
  const kernels::Matrix points = four_groups(100, 3);
  const auto mistake = [&](KMediansOptions options) {
    return KMedians::fit(points, {}, options, owned.get()).error().message();
  };
  EXPECT_THAT(mistake({.n_clusters = 0}), HasSubstr("n_clusters is 0"));
  EXPECT_THAT(mistake({.n_clusters = 101}), HasSubstr("only 100 distinct rows"));
  EXPECT_THAT(mistake({.n_clusters = 2, .n_init = 0}), HasSubstr("n_init is 0"));
  EXPECT_THAT(mistake({.n_clusters = 2, .init = kernels::Matrix(2, 2)}),
              HasSubstr("init has the wrong shape"));
  owned.cancel.cancel();
  EXPECT_EQ(KMedians::fit(points, {}, {}, owned.get()).error().code(), base::Code::kCancelled);
}

TEST(KMedians, ComesBackFromItsState) {
  base::OwnedContext owned(1);
  const kernels::Matrix points = four_groups(100, 3);
  const auto model = KMedians::fit(points, {}, {.n_clusters = 4}, owned.get());
  const auto again = KMedians::from_state(model->state());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(*again->predict(points, owned.get()),
            std::vector<uint32_t>(model->labels().begin(), model->labels().end()));
  EXPECT_FALSE(again->predict(kernels::Matrix(3, 2), owned.get()));
}

}  // namespace
}  // namespace coterie::learn

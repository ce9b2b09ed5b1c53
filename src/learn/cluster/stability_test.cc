#include "learn/cluster/stability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/random.h"
#include "learn/cluster/k_means.h"

namespace coterie::learn {
namespace {

// `per_blob` points around each of k corners, `apart` standard deviations from one to the next; 0: one cloud.
kernels::Matrix blobs(size_t k, size_t per_blob, double apart, uint64_t seed) {
  base::Random random(seed);
  kernels::Matrix out(k * per_blob, 2);
  for (size_t i = 0; i < out.rows; ++i) {
    out.at(i, 0) = apart * static_cast<double>(i % k) + random.normal();
    out.at(i, 1) = random.normal();
  }
  return out;
}

struct Found {
  Stability stability;
  std::vector<uint32_t> labels;
};

Found find(const kernels::Matrix& points, size_t k, const StabilityOptions& options = {},
           size_t threads = 2) {
  base::OwnedContext context(threads);
  const auto model = *KMeans::fit(points, {}, {.n_clusters = k}, context.get());
  Found out;
  out.labels.assign(model.labels().begin(), model.labels().end());
  out.stability = *k_means_stability(points, out.labels, options, context.get());
  return out;
}

TEST(Stability, BlobsComeBack) {
  const auto [stability, labels] = find(blobs(4, 100, 12, 1), 4);
  EXPECT_GT(stability.adjusted_rand, 0.999);
  for (const double jaccard : stability.jaccard) EXPECT_GT(jaccard, 0.999);
}

TEST(Stability, WhatChanceMadeDissolves) {
  const auto [stability, labels] = find(blobs(1, 600, 0, 2), 6);
  EXPECT_LT(stability.adjusted_rand, 0.8);
  EXPECT_LT(*std::min_element(stability.jaccard.begin(), stability.jaccard.end()), kStableJaccard);
}

// One tight blob beside rows without structure: it alone is stable.
TEST(Stability, TellsTheTrueClusterFromTheOthers) {
  kernels::Matrix points = blobs(1, 500, 0, 3);
  for (size_t i = 0; i < 100; ++i) {
    points.at(i, 0) = 40 + points.at(i, 0) / 10;
    points.at(i, 1) /= 10;
  }
  const auto [stability, labels] = find(points, 5);
  const uint32_t far = labels[0];
  EXPECT_GT(stability.jaccard[far], 0.99);
  for (uint32_t c = 0; c < 5; ++c) EXPECT_TRUE(c == far || stability.jaccard[c] < 0.9) << c;
}

// The same resamples compared by sets and by counting pairs of rows.
TEST(Stability, EqualsAPlainComparison) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    base::Random random(seed);
    const size_t k = 2 + random.below(4);
    const kernels::Matrix points = blobs(k, 8 + random.below(20), 3 * random.uniform(), seed);
    const StabilityOptions options{.n_resamples = 5, .n_init = 2, .random_state = seed};
    const auto [stability, labels] = find(points, k, options);
    std::vector<double> jaccard(k), seen(k);
    double agreement = 0;
    base::OwnedContext context(1);
    for (uint64_t r = 1; r <= options.n_resamples; ++r) {
      base::Random draw(options.random_state, r);
      std::vector<double> counts(points.rows);
      for (size_t i = 0; i < points.rows; ++i) ++counts[draw.below(points.rows)];
      const auto model = KMeans::fit(points, counts,
                                     {.n_clusters = k, .n_init = options.n_init, .random_state = draw.next()},
                                     context.get());
      ASSERT_TRUE(model) << model.error().message();
      std::vector<std::set<size_t>> ours(k), theirs(k);
      std::vector<size_t> drawn;
      for (size_t i = 0; i < points.rows; ++i)
        if (counts[i] > 0) {
          drawn.push_back(i);
          ours[labels[i]].insert(i);
          theirs[model->labels()[i]].insert(i);
        }
      for (size_t a = 0; a < k; ++a) {
        double best = 0;
        for (const auto& other : theirs) {
          std::set<size_t> all = ours[a];
          all.insert(other.begin(), other.end());
          const double shared = static_cast<double>(ours[a].size() + other.size() - all.size());
          best = std::max(best, shared / static_cast<double>(all.size()));
        }
        if (ours[a].empty()) continue;
        jaccard[a] += best;
        ++seen[a];
      }
      double together = 0, in_ours = 0, in_theirs = 0, pairs = 0;
      for (const size_t i : drawn)
        for (const size_t j : drawn) {
          if (j <= i) continue;
          const bool same = labels[i] == labels[j], found = model->labels()[i] == model->labels()[j];
          together += same && found ? 1 : 0;
          in_ours += same ? 1 : 0;
          in_theirs += found ? 1 : 0;
          ++pairs;
        }
      const double expected = in_ours * in_theirs / pairs;
      agreement += (together - expected) / ((in_ours + in_theirs) / 2 - expected) / 5;
    }
    EXPECT_NEAR(stability.adjusted_rand, agreement, 1e-12) << seed;
    for (size_t c = 0; c < k; ++c) EXPECT_NEAR(stability.jaccard[c], jaccard[c] / seen[c], 1e-12) << seed;
  }
}

TEST(Stability, IsTheSameForAnyNumberOfThreads) {
  const kernels::Matrix points = blobs(3, 200, 2, 5);
  const auto one = find(points, 4, {.sample_size = 250}, 1);
  for (const size_t threads : {2, 5}) {
    const auto many = find(points, 4, {.sample_size = 250}, threads);
    EXPECT_EQ(many.stability.adjusted_rand, one.stability.adjusted_rand);
    EXPECT_EQ(many.stability.jaccard, one.stability.jaccard);
  }
}

TEST(Stability, OfAHandfulOfRowsIsStillANumber) {
  kernels::Matrix points(3, 1);
  points.values = {1, 2, 3};
  const auto [stability, labels] = find(points, 3);
  for (const double jaccard : stability.jaccard) {
    EXPECT_GE(jaccard, 0);
    EXPECT_LE(jaccard, 1);
  }
}

TEST(Stability, RefusesWhatItCannotCompare) {
  base::OwnedContext context(1);
  const kernels::Matrix points = blobs(2, 5, 9, 1);
  const std::vector<uint32_t> labels(10, 0), few(9, 0);
  const auto code = [&](const std::vector<uint32_t>& given, const StabilityOptions& options) {
    const auto out = k_means_stability(points, given, options, context.get());
    return out ? base::Code::kOk : out.error().code();
  };
  EXPECT_EQ(code(labels, {}), base::Code::kOk);
  EXPECT_EQ(code(few, {}), base::Code::kInvalidArgument);
  EXPECT_EQ(code(labels, {.n_resamples = 0}), base::Code::kInvalidArgument);
  EXPECT_EQ(code(labels, {.n_init = 0}), base::Code::kInvalidArgument);
  EXPECT_EQ(code(labels, {.sample_size = 0}), base::Code::kInvalidArgument);
  EXPECT_EQ(code(std::vector<uint32_t>(10, 10), {}), base::Code::kInvalidArgument);
  kernels::Matrix bad = points;
  bad.at(3, 0) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(k_means_stability(bad, labels, {}, context.get()).error().code(), base::Code::kInvalidArgument);
}

}  // namespace
}  // namespace coterie::learn

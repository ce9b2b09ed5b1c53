// Every kernel against the plainest loop, and every target of this machine against the baseline, bit for bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "kernels/distance.h"
#include "kernels/manhattan.h"
#include "kernels/screen.h"
#include "kernels/sum.h"
#include "kernels/top_k.h"

namespace coterie::kernels {
namespace {

kernels::Matrix random_matrix(size_t rows, size_t cols, uint64_t seed) {
  base::Random random(seed);
  kernels::Matrix out(rows, cols);
  for (double& value : out.values) value = random.normal();
  return out;
}

std::vector<Target> targets() {
  std::vector<Target> out;
  for (const Target target : {Target::kBaseline, Target::kAvx2, Target::kAvx512}) {
    if (is_supported(target)) out.push_back(target);
  }
  return out;
}

TEST(Distance, AgreesWithAPlainLoopForEverySize) {
  for (size_t n = 0; n <= 40; ++n) {
    SCOPED_TRACE(n);
    const kernels::Matrix rows = random_matrix(2, n, n + 1);
    double squared = 0;
    for (size_t j = 0; j < n; ++j) {
      squared += (rows.at(0, j) - rows.at(1, j)) * (rows.at(0, j) - rows.at(1, j));
    }
    EXPECT_NEAR(squared_euclidean(rows.row(0), rows.row(1)), squared, 1e-13 * (1 + squared));
  }
}

TEST(Distance, ToARowIsTheSameBitsOnEveryTarget) {
  for (const size_t cols : {1, 7, 8, 16, 37}) {
    const kernels::Matrix points = random_matrix(33, cols, cols);
    for (const Target target : targets()) {
      std::vector<double> squared(points.rows);
      squared_distances_to_row(points, points.row(5), squared, target);
      for (size_t i = 0; i < points.rows; ++i) {
        EXPECT_EQ(squared[i], squared_euclidean(points.row(i), points.row(5)));
      }
    }
  }
}

TEST(NearestRows, AgreesWithAPlainLoopOnEveryTarget) {
  for (const size_t k : {1, 2, 7, 8, 9, 20, 64}) {
    for (const size_t cols : {1, 3, 16}) {
      const kernels::Matrix points = random_matrix(61, cols, k * 100 + cols);
      const kernels::Matrix rows = random_matrix(k, cols, k * 100 + cols + 1);
      for (const Target target : targets()) {
        std::vector<uint32_t> labels(points.rows);
        std::vector<double> squared(points.rows), second(points.rows), alone(points.rows);
        nearest_two_rows(points, PackedRows(rows), labels, squared, second, target);
        std::vector<uint32_t> alone_labels(points.rows);
        nearest_rows(points, PackedRows(rows), alone_labels, alone, target);
        EXPECT_EQ(alone_labels, labels);
        EXPECT_EQ(alone, squared);
        for (size_t i = 0; i < points.rows; ++i) {
          uint32_t best = 0;
          double best_squared = INFINITY;
          double second_squared = INFINITY;
          for (uint32_t r = 0; r < k; ++r) {
            double sum = 0;  // column by column, as the kernel promises: the bits agree
            for (size_t j = 0; j < cols; ++j) {
              sum += (rows.at(r, j) - points.at(i, j)) * (rows.at(r, j) - points.at(i, j));
            }
            second_squared = std::min(second_squared, std::max(sum, best_squared));
            if (sum < best_squared) best = r, best_squared = sum;
          }
          EXPECT_EQ(labels[i], best);
          EXPECT_EQ(squared[i], best_squared);
          EXPECT_EQ(second[i], second_squared);
        }
      }
    }
  }
}

TEST(NearestRows, TiesGoToTheLowestIndex) {
  // Rows 3 and 10 are equal and lie in different groups and lanes; 1 and 9 share a lane.
  kernels::Matrix rows(12, 1);
  for (size_t r = 0; r < 12; ++r) rows.at(r, 0) = 100.0 + static_cast<double>(r);
  rows.at(3, 0) = rows.at(10, 0) = 5;
  rows.at(1, 0) = rows.at(9, 0) = -5;
  kernels::Matrix points(3, 1);
  points.values = {5, -5, 0};
  for (const Target target : targets()) {
    std::vector<uint32_t> labels(3);
    std::vector<double> squared(3);
    nearest_rows(points, PackedRows(rows), labels, squared, target);
    EXPECT_THAT(labels, ::testing::ElementsAre(3, 1, 1));
    EXPECT_THAT(squared, ::testing::ElementsAre(0, 0, 25));
  }
}

TEST(WeightedDistanceSums, AgreesWithAPlainLoopAndIsTheSameBitsOnEveryTarget) {
  for (const size_t k : {1, 8, 13, 50}) {
    const kernels::Matrix points = random_matrix(21, 5, k);
    const kernels::Matrix rows = random_matrix(k, 5, k + 1);
    const PackedRows packed(rows);
    std::vector<double> weights(packed.groups() * kLanes);
    for (size_t r = 0; r < k; ++r) weights[r] = static_cast<double>(r % 4);
    std::vector<double> baseline(points.rows);
    weighted_distance_sums(points, packed, weights, baseline, Target::kBaseline);
    for (size_t i = 0; i < points.rows; ++i) {
      double sum = 0;
      for (size_t r = 0; r < k; ++r) {
        sum += weights[r] * std::sqrt(squared_euclidean(points.row(i), rows.row(r)));
      }
      EXPECT_NEAR(baseline[i], sum, 1e-12 * (1 + sum));
    }
    for (const Target target : targets()) {
      std::vector<double> sums(points.rows);
      weighted_distance_sums(points, packed, weights, sums, target);
      EXPECT_EQ(sums, baseline);
    }
  }
}

TEST(CompensatedSum, KeepsWhatAPlainSumLoses) {
  const std::vector<double> values = {1, 1e100, 1, -1e100};
  EXPECT_EQ(compensated_sum(values), 2);
  EXPECT_EQ(compensated_sum({}), 0);
  std::vector<double> tenths(1'000'000, 0.1);
  EXPECT_EQ(compensated_sum(tenths), 100'000.0);
}

TEST(TopK, LargestFirstAndTheLowerIndexOnTies) {
  const std::vector<double> values = {1, 5, 3, 5, -2, 3};
  EXPECT_THAT(top_k(values, 4), ::testing::ElementsAre(1, 3, 2, 5));
  EXPECT_THAT(top_k(values, 0), ::testing::IsEmpty());
  EXPECT_THAT(top_k(values, 99), ::testing::ElementsAre(1, 3, 2, 5, 0, 4));
  EXPECT_THAT(top_k({}, 3), ::testing::IsEmpty());
}

TEST(Manhattan, NearestTwoAgreeWithAPlainLoopAndAreTheSameBitsOnEveryTarget) {
  for (const size_t k : {1, 2, 7, 8, 9, 20})
    for (const size_t cols : {1, 3, 16}) {
      const Matrix points = random_matrix(37, cols, k * 100 + cols);
      const Matrix rows = random_matrix(k, cols, k * 100 + cols + 1);
      for (const Target target : targets()) {
        std::vector<uint32_t> labels(points.rows);
        std::vector<double> nearest(points.rows), second(points.rows);
        nearest_two_manhattan(points, PackedRows(rows), labels, nearest, second, target);
        for (size_t i = 0; i < points.rows; ++i) {
          std::vector<double> distance;
          for (size_t r = 0; r < k; ++r) distance.push_back(manhattan(points.row(i), rows.row(r)));
          const auto least = std::min_element(distance.begin(), distance.end());
          ASSERT_EQ(labels[i], least - distance.begin());
          ASSERT_EQ(nearest[i], *least);
          *least = INFINITY;
          ASSERT_EQ(second[i], *std::min_element(distance.begin(), distance.end()));
        }
      }
    }
}

// The plain reading of screen(), in f64.
void expect_screened(const Matrix& points, const Matrix& centers, const ScreenFrame& frame,
                     const Screened& found) {
  for (size_t i = 0; i < points.rows; ++i) {
    std::vector<double> distance;
    for (size_t c = 0; c < centers.rows; ++c)
      distance.push_back(std::sqrt(squared_euclidean(points.row(i), centers.row(c))) / frame.scale);
    ASSERT_LT(found.label[i], centers.rows);
    const double own = distance[found.label[i]];
    ASSERT_GE(found.upper[i], own * (1 - 1e-12));
    double other = INFINITY;
    for (size_t c = 0; c < centers.rows; ++c)
      if (c != found.label[i]) other = std::min(other, distance[c]);
    if (found.is_sure[i] != 0) {
      ASSERT_LE(own, other);
      ASSERT_LE(found.lower[i], other * (1 + 1e-12));
    }
  }
}

TEST(Screen, BoundsHoldOnEveryTarget) {
  for (const Target target : targets()) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
      SCOPED_TRACE("target " + std::to_string(static_cast<int>(target)) + ", seed " + std::to_string(seed));
      const size_t cols = 1 + seed % 19;
      Matrix points = random_matrix(1 + 7 * seed % 200, cols, seed);
      const Matrix centers = random_matrix(1 + seed % 23, cols, seed + 1);
      if (seed % 3 == 0)
        for (double& value : points.values) value = 1e6 + value;
      const ScreenFrame frame = screen_frame(points);
      ScreenPoints screened(points.rows, cols);
      screened.fill(points, frame, 0, points.rows);
      const size_t places = screened.groups() * kScreenPoints;
      std::vector<uint32_t> label(places);
      std::vector<float> upper(places), lower(places);
      std::vector<uint8_t> is_sure(places);
      screen(screened, 0, screened.groups(), ScreenCenters(centers, frame),
             {label.data(), upper.data(), lower.data(), is_sure.data()}, target);
      expect_screened(points, centers, frame, {label.data(), upper.data(), lower.data(), is_sure.data()});
      const auto sure =
          std::count(is_sure.begin(), is_sure.begin() + static_cast<std::ptrdiff_t>(points.rows), 1);
      if (seed % 3 != 0) {
        EXPECT_GT(static_cast<double>(sure), 0.9 * static_cast<double>(points.rows));
      }
    }
  }
}

}  // namespace
}  // namespace coterie::kernels

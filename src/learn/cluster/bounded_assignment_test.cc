// The bounds may save work and never change a label: a full assignment is the judge, round after round.
#include "learn/cluster/bounded_assignment.h"
#include "learn/cluster/screened_assignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "kernels/manhattan.h"

namespace coterie::learn {
namespace {

std::vector<uint32_t> manhattan_labels(kernels::MatrixView points, kernels::MatrixView centers) {
  std::vector<uint32_t> labels(points.rows);
  for (size_t i = 0; i < points.rows; ++i)
    for (uint32_t c = 1; c < centers.rows; ++c)
      if (kernels::manhattan(points.row(i), centers.row(c)) <
          kernels::manhattan(points.row(i), centers.row(labels[i])))
        labels[i] = c;
  return labels;
}

std::vector<uint32_t> full_labels(kernels::MatrixView points, kernels::MatrixView centers) {
  std::vector<uint32_t> labels(points.rows);
  std::vector<double> squared(points.rows);
  kernels::nearest_rows(points, kernels::PackedRows(centers), labels, squared);
  return labels;
}

// A scene: points and centres at some offset and scale, on a grid (ties, coinciding centres) or not.
struct Scene {
  kernels::Matrix points;
  kernels::Matrix centers;
  double scale;
  bool on_grid;
};

double place(double value, const Scene& scene, double offset) {
  return offset + scene.scale * (scene.on_grid ? std::round(value) : value);
}

Scene random_scene(base::Random& random) {
  const size_t cols = 1 + random.below(6);
  Scene scene{kernels::Matrix(1 + random.below(400), cols), kernels::Matrix(1 + random.below(20), cols),
              std::pow(10.0, static_cast<double>(random.below(9)) - 4), random.chance(0.5)};
  if (random.chance(0.1)) scene.scale = 1e-160;  // squares are denormal
  const double offset = random.chance(0.3) ? 1e6 * scene.scale : 0;
  for (double& value : scene.points.values) value = place(3 * random.normal(), scene, offset);
  for (double& value : scene.centers.values) value = place(3 * random.normal(), scene, offset);
  return scene;
}

// Mostly small steps, sometimes a jump, sometimes none at all.
void move(Scene& scene, base::Random& random) {
  const double step = random.chance(0.2) ? 3.0 : random.chance(0.2) ? 0.0 : 0.05;
  for (double& value : scene.centers.values) {
    if (random.chance(0.5)) value += place(step * random.normal() + (scene.on_grid ? 0.3 : 0), scene, 0);
  }
}

TEST(BoundedAssignment, GivesTheLabelsOfAFullAssignmentWhileCentresWander) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::Random random(seed);
    Scene scene = random_scene(random);
    BoundedAssignment bounded(scene.points);
    std::vector<uint32_t> before(scene.points.rows, UINT32_MAX);
    for (int round = 0; round < 30; ++round) {
      bounded.move_centers(scene.centers);
      const size_t middle = scene.points.rows / 2;
      std::vector<LabelChange> changes;
      bounded.assign(0, middle, &changes);
      EXPECT_EQ(bounded.assign(middle, scene.points.rows, &changes), round == 0);
      const std::vector<uint32_t> expected = manhattan_labels(scene.points, scene.centers);
      ASSERT_THAT(bounded.labels(), ::testing::ElementsAreArray(expected)) << "round " << round;
      size_t next = 0;
      for (uint32_t row = 0; row < expected.size() && round > 0; ++row) {
        if (expected[row] == before[row]) continue;
        ASSERT_LT(next, changes.size());
        ASSERT_EQ(changes[next].row, row);
        ASSERT_EQ(changes[next++].before, before[row]);
      }
      ASSERT_EQ(next, changes.size());
      before = expected;
      move(scene, random);
    }
  }
}

TEST(ScreenedAssignment, GivesTheLabelsOfAFullAssignmentWhileCentresWander) {
  base::ThreadPool pool(1);
  for (uint64_t seed = 1; seed <= 600; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::Random random(seed);
    Scene scene = random_scene(random);
    if (seed % 50 == 0) scene.points.values[0] = 1e90;    // all others are one point in f32
    if (seed % 50 == 1) scene.centers.values[0] = 1e100;  // beyond f32
    ScreenedAssignment screened(scene.points, pool);
    std::vector<uint32_t> before(scene.points.rows, UINT32_MAX);
    for (int round = 0; round < 30; ++round) {
      screened.move_centers(scene.centers);
      const size_t middle = scene.points.rows / 2 / kernels::kScreenPoints * kernels::kScreenPoints;
      std::vector<LabelChange> first, second;
      ASSERT_EQ(screened.assign(0, middle, &first), round == 0);
      ASSERT_EQ(screened.assign(middle, scene.points.rows, &second), round == 0);
      const std::vector<uint32_t> expected = full_labels(scene.points, scene.centers);
      ASSERT_THAT(screened.labels(), ::testing::ElementsAreArray(expected)) << "round " << round;
      first.insert(first.end(), second.begin(), second.end());
      size_t next = 0;
      for (uint32_t row = 0; row < expected.size() && round > 0; ++row) {
        if (expected[row] == before[row]) continue;
        ASSERT_LT(next, first.size());
        ASSERT_EQ(first[next].row, row);
        ASSERT_EQ(first[next++].before, before[row]);
      }
      ASSERT_EQ(next, first.size());
      before = expected;
      move(scene, random);
    }
  }
}

}  // namespace
}  // namespace coterie::learn

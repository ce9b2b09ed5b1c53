#include "learn/cluster/distinct_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace coterie::learn {
namespace {

using ::testing::ElementsAre;

TEST(DistinctRows, GroupsEqualRowsInOrderOfFirstOccurrence) {
  base::OwnedContext context;
  kernels::Matrix points(5, 2);
  points.values = {1, 2, /**/ 3, 4, /**/ 1, 2, /**/ 2, 1, /**/ 3, 4};
  const std::vector<double> weight = {1, 2, 4, 0, 8};
  const auto distinct = distinct_rows(points, weight, context.get());
  ASSERT_TRUE(distinct);
  EXPECT_THAT(distinct->rows.values, ElementsAre(1, 2, 3, 4, 2, 1));
  EXPECT_THAT(distinct->weight, ElementsAre(5, 10, 0));
  EXPECT_THAT(distinct->group, ElementsAre(0, 1, 0, 2, 1));
  EXPECT_EQ(distinct->positive, 2u);
  EXPECT_EQ(context.budget.used_bytes(), 0u);
}

TEST(DistinctRows, MinusZeroEqualsZero) {
  base::OwnedContext context;
  kernels::Matrix points(2, 1);
  points.values = {-0.0, 0.0};
  const auto distinct = distinct_rows(points, {}, context.get());
  ASSERT_TRUE(distinct);
  EXPECT_THAT(distinct->weight, ElementsAre(2));
  EXPECT_FALSE(std::signbit(distinct->rows.at(0, 0)));
}

TEST(DistinctRows, AgreesWithAMapOnRandomBinnedRows) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::Random random(seed);
    kernels::Matrix points(1 + random.below(10'000), 1 + random.below(4));
    const uint64_t bins = 1 + random.below(6);
    for (double& value : points.values) value = static_cast<double>(random.below(bins));
    base::OwnedContext context(2);
    const auto distinct = distinct_rows(points, {}, context.get());
    ASSERT_TRUE(distinct);
    std::map<std::vector<double>, double> counts;
    for (size_t i = 0; i < points.rows; ++i) {
      const auto row = std::as_const(points).row(i);
      ++counts[{row.begin(), row.end()}];
      EXPECT_TRUE(std::ranges::equal(row, distinct->rows.row(distinct->group[i])));
    }
    ASSERT_EQ(distinct->rows.rows, counts.size());
    for (size_t g = 0; g < counts.size(); ++g) {
      const auto row = distinct->rows.row(g);
      EXPECT_EQ((counts[{row.begin(), row.end()}]), distinct->weight[g]);
    }
  }
}

// Few different rows are grouped chunk by chunk; with one too many, all at once.
TEST(DistinctRows, AreTheSameInManyChunks) {
  for (const size_t different : {7, 1024, 1025, 40'000}) {
    SCOPED_TRACE(different);
    base::Random random(different);
    kernels::Matrix points(600'000, 2);
    for (size_t i = 0; i < points.rows; ++i) {
      const uint64_t value = random.below(different);
      points.at(i, 0) = static_cast<double>(value % 97);
      points.at(i, 1) = static_cast<double>(value / 97) * 1e-3;
    }
    std::vector<std::vector<uint32_t>> groups;
    for (const size_t threads : {1, 3}) {
      base::OwnedContext context(threads);
      const auto distinct = distinct_rows(points, {}, context.get());
      ASSERT_TRUE(distinct);
      ASSERT_EQ(distinct->rows.rows, different);
      std::vector<double> weight(different);
      uint32_t next = 0;
      for (size_t i = 0; i < points.rows; ++i) {
        const uint32_t group = distinct->group[i];
        ASSERT_LE(group, next);  // numbered in the order of first occurrence
        next += group == next ? 1 : 0;
        ASSERT_TRUE(std::ranges::equal(std::as_const(points).row(i), distinct->rows.row(group)));
        weight[group] += 1;
      }
      ASSERT_EQ(weight, distinct->weight);
      groups.emplace_back(distinct->group.begin(), distinct->group.end());
    }
    ASSERT_EQ(groups[0], groups[1]);
  }
}

}  // namespace
}  // namespace coterie::learn

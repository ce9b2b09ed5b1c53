// The number of clusters that is recommended, and what is said where there are none.
#include "learn/cluster/select_k.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace coterie::learn {
namespace {

kernels::Matrix groups(size_t k, size_t of_each, double apart) {
  base::Random random(11);
  kernels::Matrix out(k * of_each, 2);
  for (size_t i = 0; i < out.rows; ++i) {
    out.at(i, 0) = apart * static_cast<double>(i % k) + random.normal();
    out.at(i, 1) = apart * static_cast<double>((i % k) * (i % k) % 5) + random.normal();
  }
  return out;
}

TEST(SelectK, FindsPlantedGroupsAndSaysThatTheyAreStable) {
  base::OwnedContext context(2);
  const auto found = select_k(groups(4, 150, 12), {}, context.get());
  ASSERT_TRUE(found) << found.error().message();
  const KChoice& best = found->table[found->best];
  EXPECT_EQ(best.k, 4u);
  EXPECT_TRUE(found->is_stable);
  EXPECT_EQ(best.n_unstable, 0u);
  EXPECT_GT(best.stability.adjusted_rand, 0.99);
  EXPECT_GE(found->for_it.size(), 2u);
  EXPECT_EQ(found->model.cluster_centers().rows, 4u);
  EXPECT_EQ(found->table.size(), 7u);
}

TEST(SelectK, ACloudHasNoStableClusters) {
  base::OwnedContext context(2);
  base::Random random(2);
  kernels::Matrix cloud(400, 6);
  for (double& value : cloud.values) value = random.normal();
  const auto found = select_k(cloud, {.k_min = 3}, context.get());
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->is_stable);
  EXPECT_GT(found->table[found->best].n_unstable, 0u);
}

TEST(SelectK, NoMoreClustersThanDifferentRows) {
  base::OwnedContext context;
  kernels::Matrix rows(6, 1);
  rows.values = {1, 1, 2, 2, 3, 3};
  const auto found = select_k(rows, {}, context.get());
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->table.size(), 2u);  // 2 and 3
  rows.values = {1, 1, 1, 1, 1, 1};
  EXPECT_EQ(select_k(rows, {}, context.get()).error().code(), base::Code::kInvalidArgument);
  EXPECT_FALSE(select_k(rows, {.k_min = 1}, context.get()));
  EXPECT_FALSE(select_k(rows, {.k_min = 5, .k_max = 4}, context.get()));
}

TEST(SelectK, TheSameForAnyNumberOfThreads) {
  base::OwnedContext alone(1), many(5);
  const auto rows = groups(3, 100, 6);
  const auto a = select_k(rows, {}, alone.get()), b = select_k(rows, {}, many.get());
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->best, b->best);
  for (size_t i = 0; i < a->table.size(); ++i) {
    EXPECT_EQ(a->table[i].silhouette, b->table[i].silhouette);
    EXPECT_EQ(a->table[i].stability.jaccard, b->table[i].stability.jaccard);
  }
}

}  // namespace
}  // namespace coterie::learn

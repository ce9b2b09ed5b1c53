// The factorisation behind Newton's step.
#include "learn/linear/cholesky.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace coterie::learn {
namespace {

TEST(Cholesky, FactorsASmallMatrixExactly) {
  // L = [2 0; 1 3], so L·Lᵀ = [4 2; 2 10]; the upper triangle is never read.
  std::vector<double> a{4, -1e300, 2, 10};
  ASSERT_TRUE(cholesky_factor(a, 2));
  EXPECT_EQ(a[0], 2);
  EXPECT_EQ(a[2], 1);
  EXPECT_EQ(a[3], 3);
  std::vector<double> b{2, 19};
  cholesky_solve(a, 2, b);
  EXPECT_DOUBLE_EQ(b[0], -0.5);
  EXPECT_DOUBLE_EQ(b[1], 2.0);
}

TEST(Cholesky, SolvesRandomSystems) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::Random random(seed);
    const size_t n = 1 + random.below(30);
    std::vector<double> root(n * n), a(n * n), x(n), b(n);
    for (double& value : root) value = random.normal();
    for (double& value : x) value = random.normal();
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) {
        for (size_t k = 0; k < n; ++k) a[i * n + j] += root[i * n + k] * root[j * n + k];
        if (i == j) a[i * n + j] += 1.0;
      }
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) b[i] += a[i * n + j] * x[j];
    ASSERT_TRUE(cholesky_factor(a, n));
    cholesky_solve(a, n, b);
    for (size_t i = 0; i < n; ++i) EXPECT_NEAR(b[i], x[i], 1e-9);
  }
}

TEST(Cholesky, RefusesAMatrixThatIsNotPositiveDefinite) {
  std::vector<double> indefinite{1, 0, 2, 1};
  EXPECT_FALSE(cholesky_factor(indefinite, 2));
  std::vector<double> singular{1, 0, 1, 1};
  EXPECT_FALSE(cholesky_factor(singular, 2));
}

}  // namespace
}  // namespace coterie::learn

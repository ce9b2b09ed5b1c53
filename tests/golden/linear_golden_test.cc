// REFERENCES row 6: logistic regression on the breast cancer data, against Newton to 1e-10 by another
// program.
#include <gtest/gtest.h>

#include <cmath>

#include "golden/sklearn_data.h"
#include "learn/linear/logistic_regression.h"

namespace coterie::learn {
namespace {

TEST(LogisticRegressionGolden, BreastCancerStandardised) {
  COTERIE_LOAD_SKLEARN_CSV_OR_SKIP(cancer, "breast_cancer.csv");
  ASSERT_EQ(cancer.x.rows, 569u);
  ASSERT_EQ(cancer.x.cols, 30u);
  base::OwnedContext context;
  const std::vector<uint8_t> y(cancer.y.begin(), cancer.y.end());
  const auto model = LogisticRegression::fit(testing::standardised(cancer.x), y, {}, {}, context.get());
  ASSERT_TRUE(model) << model.error().message();
  double sum = 0;
  for (const double w : model->coef()) sum += std::abs(w);
  EXPECT_TRUE(model->converged());
  // Each to 1e-7 relative, or to half a unit of the last published digit where that is more.
  EXPECT_NEAR(model->objective(), 37.75894596, 37.75894596 * 1e-7);
  EXPECT_NEAR(sum, 18.195314, 18.195314 * 1e-7);
  EXPECT_NEAR(model->intercept(), 0.214503, 5e-7);
}

}  // namespace
}  // namespace coterie::learn

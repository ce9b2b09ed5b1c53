// The matrix that estimators read: scaled on training rows, complete, and the same when read back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fixtures/members.h"
#include "understand/feature_matrix.h"

namespace coterie::understand {
namespace {

using testing::rfm_table;

TEST(FeatureMatrix, StandardisesOnTrainingRowsAndRemembersThem) {
  const double none = std::nan("");
  const auto table =
      rfm_table({{0, 1, 10}, {std::exp(2) - 1, 1, none}, {std::exp(4) - 1, 1, 30}, {500, 7, -50}});
  const std::string_view features[] = {"recency_days", "frequency", "monetary"};
  const std::vector<uint32_t> train = {0, 1, 2};
  const auto matrix = FeatureMatrix::fit(table, train, features);
  ASSERT_TRUE(matrix) << matrix.error().message();
  // frequency is constant in training: left out.
  EXPECT_THAT(matrix->column_names(), ::testing::ElementsAre("recency_days", "monetary"));
  const auto x = *matrix->transform(table, train);
  for (size_t j = 0; j < x.cols; ++j) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < x.rows; ++i) {
      sum += x.at(i, j);
      squares += x.at(i, j) * x.at(i, j);
    }
    EXPECT_NEAR(sum, 0, 1e-12) << j;
    EXPECT_NEAR(squares / 3, 1, 1e-12) << j;
  }
  EXPECT_EQ(x.at(1, 1), 0) << "missing becomes the training mean";
  learn::ModelState state;
  matrix->add_to(state);
  const std::vector<uint32_t> later = {3};
  EXPECT_EQ(FeatureMatrix::from_state(state)->transform(table, later)->values,
            matrix->transform(table, later)->values);
}

}  // namespace
}  // namespace coterie::understand

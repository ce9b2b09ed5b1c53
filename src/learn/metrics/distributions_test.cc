// Against scipy.stats 1.17: norm.ppf, norm.sf, t.ppf, chi2.ppf, chi2.sf.
#include "learn/metrics/distributions.h"

#include <gtest/gtest.h>

#include <cmath>

namespace coterie::learn {
namespace {

void expect_close(double value, double reference) {
  EXPECT_NEAR(value, reference, 1e-11 * std::abs(reference));
}

TEST(Distributions, AreThoseOfScipy) {
  expect_close(normal_quantile(0.975), 1.959963984540054);
  expect_close(normal_quantile(1e-9), -5.9978070150076865);
  expect_close(normal_two_sided(4.2), 2.669149803181262e-05);
  expect_close(normal_two_sided(-4.2), 2.669149803181262e-05);
  expect_close(student_t_quantile(0.9999, 7), 7.063432828157639);
  expect_close(student_t_quantile(0.01, 2.5), -5.353111173030874);
  expect_close(chi_squared_quantile(0.999, 9), 27.877164871256568);
  expect_close(chi_squared_quantile(0.05, 1.7), 0.05602627943073741);
  expect_close(chi_squared_upper(40, 9.5), 1.1429411406228222e-05);
}

TEST(Distributions, OutOfRangeIsNotANumber) {
  EXPECT_TRUE(std::isnan(normal_quantile(1)));
  EXPECT_TRUE(std::isnan(student_t_quantile(0.5, 0)));
  EXPECT_TRUE(std::isnan(chi_squared_quantile(0, 3)));
  EXPECT_TRUE(std::isnan(chi_squared_upper(-1, 3)));
}

}  // namespace
}  // namespace coterie::learn

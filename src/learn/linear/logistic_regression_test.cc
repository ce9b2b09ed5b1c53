// Logistic regression against a slow plain minimiser, scikit-learn, and its own promises.
#include "learn/linear/logistic_regression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/random.h"
#include "learn/linear/logistic_loss.h"

namespace coterie::learn {
namespace {

using ::testing::HasSubstr;

struct Problem {
  kernels::Matrix x;
  std::vector<uint8_t> y;
  std::vector<double> weights;
};

Problem random_problem(size_t n, size_t d, uint64_t seed) {
  base::Random random(seed);
  Problem problem{kernels::Matrix(n, d), std::vector<uint8_t>(n), std::vector<double>(n)};
  std::vector<double> truth(d);
  for (double& w : truth) w = random.normal();
  for (size_t i = 0; i < n; ++i) {
    double z = 0.4;
    for (size_t j = 0; j < d; ++j) {
      problem.x.at(i, j) = random.normal() + 0.3 * static_cast<double>(j);
      z += truth[j] * problem.x.at(i, j);
    }
    problem.y[i] = random.chance(sigmoid(z)) ? 1 : 0;
    problem.weights[i] = random.exponential();
  }
  problem.y[0] = 0;
  problem.y[1] = 1;
  return problem;
}

LogisticRegression fit(const Problem& problem, const LogisticRegressionOptions& options, size_t threads = 1) {
  base::OwnedContext context(threads);
  auto model = LogisticRegression::fit(problem.x, problem.y, problem.weights, options, context.get());
  EXPECT_TRUE(model) << (model ? "" : model.error().message());
  return model ? *model : LogisticRegression();
}

// The objective as docs/methods/logistic-regression.md writes it; theta is w, then b.
double plain_objective(const Problem& problem, double C, const std::vector<double>& theta) {
  double sum = 0;
  for (size_t i = 0; i < problem.x.rows; ++i) {
    double z = theta.back();
    for (size_t j = 0; j < problem.x.cols; ++j) z += theta[j] * problem.x.at(i, j);
    const double weight = problem.weights.empty() ? 1.0 : problem.weights[i];
    sum += C * weight * std::log(1.0 + std::exp(problem.y[i] != 0 ? -z : z));
  }
  for (size_t j = 0; j < problem.x.cols; ++j) sum += 0.5 * theta[j] * theta[j];
  return sum;
}

std::vector<double> plain_gradient(const Problem& problem, double C, const std::vector<double>& theta) {
  std::vector<double> gradient(theta);
  gradient.back() = 0;
  for (size_t i = 0; i < problem.x.rows; ++i) {
    double z = theta.back();
    for (size_t j = 0; j < problem.x.cols; ++j) z += theta[j] * problem.x.at(i, j);
    const double residual = C * problem.weights[i] * (1.0 / (1.0 + std::exp(-z)) - problem.y[i]);
    for (size_t j = 0; j < problem.x.cols; ++j) gradient[j] += residual * problem.x.at(i, j);
    gradient.back() += residual;
  }
  return gradient;
}

// Gradient descent with a step that is always short enough: slow, and nothing in common with Newton.
std::vector<double> descend(const Problem& problem, double C) {
  double curvature = 1.0;  // bounds the largest eigenvalue of the Hessian
  for (size_t i = 0; i < problem.x.rows; ++i) {
    double squares = 1.0;
    for (const double value : problem.x.row(i)) squares += value * value;
    curvature += 0.25 * C * problem.weights[i] * squares;
  }
  std::vector<double> theta(problem.x.cols + 1);
  for (int round = 0; round < 40'000; ++round) {
    const std::vector<double> gradient = plain_gradient(problem, C, theta);
    for (size_t j = 0; j < theta.size(); ++j) theta[j] -= gradient[j] / curvature;
  }
  return theta;
}

TEST(LogisticRegression, AgreesWithSlowGradientDescent) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Problem problem = random_problem(60, 3, seed);
    const LogisticRegression model = fit(problem, {.C = 0.7});
    const std::vector<double> expected = descend(problem, 0.7);
    EXPECT_TRUE(model.converged());
    for (size_t j = 0; j < 3; ++j) EXPECT_NEAR(model.coef()[j], expected[j], 1e-7);
    EXPECT_NEAR(model.intercept(), expected[3], 1e-7);
    EXPECT_NEAR(model.objective(), plain_objective(problem, 0.7, expected), 1e-9);
  }
}

TEST(LogisticRegression, NoNeighbouringPointIsLower) {
  for (uint64_t seed = 10; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Problem problem = random_problem(3000, 7, seed);
    const LogisticRegression model = fit(problem, {.C = 2.0});
    std::vector<double> theta(model.coef().begin(), model.coef().end());
    theta.push_back(model.intercept());
    const double lowest = plain_objective(problem, 2.0, theta);
    EXPECT_NEAR(model.objective(), lowest, 1e-9 * lowest);
    for (double& value : theta) {
      for (const double move : {-1e-3, 1e-3}) {
        value += move;
        EXPECT_GT(plain_objective(problem, 2.0, theta), lowest);
        value -= move;
      }
    }
  }
}

// Coefficients by scikit-learn 1.9.1: LogisticRegression(solver="newton-cholesky", tol=1e-14, max_iter=1000).
struct Reference {
  LogisticRegressionOptions options;
  bool weighted;
  std::vector<double> coef;
  double intercept;
};

TEST(LogisticRegression, GivesTheCoefficientsOfScikitLearn) {
  Problem problem{kernels::Matrix(10, 2), {1, 1, 0, 1, 0, 1, 0, 0, 0, 1}, {}};
  problem.x.values = {0.5, -1.2, 1.5,  0.3, -0.7, 0.8,  2.1,  -0.4, -1.3, -0.9,
                      0.2, 1.7,  -0.1, 0.4, 0.9,  -2.0, -1.8, 1.1,  1.1,  0.6};
  const std::vector<double> weights{1, 2, .5, 1, 3, 1, 2, 1, 0, 1.5};
  const std::vector<Reference> references{
      {{}, false, {1.2309114497766533, 0.46611743906406394}, -0.3414601529844674},
      {{.C = 0.3, .class_weight = ClassWeight::kBalanced},
       false,
       {0.6724574495272991, 0.21560367647135775},
       -0.17634774742955012},
      {{.C = 5.0}, true, {2.4354020682963395, 0.8988417058624844}, -0.8386160300560646},
      {{.C = 2.0, .class_weight = ClassWeight::kBalanced},
       true,
       {1.784746271931891, 0.7080707133408034},
       -0.5897686054291219},
      {{.fit_intercept = false}, false, {1.177263561920476, 0.4571671078583376}, 0.0}};
  for (size_t r = 0; r < references.size(); ++r) {
    SCOPED_TRACE("case " + std::to_string(r));
    problem.weights = references[r].weighted ? weights : std::vector<double>();
    const LogisticRegression model = fit(problem, references[r].options);
    EXPECT_TRUE(model.converged());
    EXPECT_NEAR(model.coef()[0], references[r].coef[0], 1e-8);
    EXPECT_NEAR(model.coef()[1], references[r].coef[1], 1e-8);
    EXPECT_NEAR(model.intercept(), references[r].intercept, 1e-8);
  }
}

TEST(LogisticRegression, GivesTheSameBitsForAnyNumberOfThreads) {
  const Problem problem = random_problem(20'000, 6, 5);  // ten chunks
  const LogisticRegression one = fit(problem, {}, 1);
  for (const size_t threads : {2, 7}) {
    const LogisticRegression many = fit(problem, {}, threads);
    for (size_t j = 0; j < 6; ++j)
      EXPECT_EQ(std::bit_cast<uint64_t>(many.coef()[j]), std::bit_cast<uint64_t>(one.coef()[j]));
    EXPECT_EQ(many.intercept(), one.intercept());
    EXPECT_EQ(many.objective(), one.objective());
  }
}

TEST(LogisticRegression, KeepsSeparableClassesFinite) {
  Problem problem{kernels::Matrix(4, 1), {0, 0, 1, 1}, {}};
  problem.x.values = {-2, -1, 1, 2};
  double before = 0;
  for (const double C : {1.0, 1e3, 1e6, 1e9}) {
    const LogisticRegression model = fit(problem, {.C = C});
    EXPECT_TRUE(model.converged()) << C;
    EXPECT_GT(model.coef()[0], before);
    EXPECT_TRUE(std::isfinite(model.coef()[0]));
    EXPECT_NEAR(model.intercept(), 0, 1e-6);
    before = model.coef()[0];
  }
}

TEST(LogisticRegression, DoesNotMindColumnsFarFromZeroAndOfOtherScales) {
  const Problem near = random_problem(500, 3, 4);
  Problem far = near;
  for (size_t i = 0; i < far.x.rows; ++i) {
    far.x.at(i, 0) += 1e6;  // moves the intercept alone
    far.x.at(i, 2) = 42.0;  // constant: says nothing
  }
  Problem without = near;
  for (size_t i = 0; i < far.x.rows; ++i) without.x.at(i, 2) = 0.0;
  const LogisticRegression expected = fit(without, {});
  const LogisticRegression model = fit(far, {});
  EXPECT_TRUE(model.converged());
  EXPECT_NEAR(model.coef()[0], expected.coef()[0], 1e-8);
  EXPECT_NEAR(model.coef()[1], expected.coef()[1], 1e-8);
  EXPECT_NEAR(model.coef()[2], 0.0, 1e-8);
  EXPECT_NEAR(model.objective(), expected.objective(), 1e-7);
}

TEST(LogisticRegression, SaysWhenItStoppedEarly) {
  const LogisticRegression model = fit(random_problem(200, 4, 9), {.C = 10, .max_iter = 1});
  EXPECT_EQ(model.n_iter(), 1u);
  EXPECT_FALSE(model.converged());
}

TEST(LogisticRegression, PredictsWithoutOverflow) {
  Problem problem{kernels::Matrix(4, 1), {0, 1, 0, 1}, {}};
  problem.x.values = {-2, -1, 1, 2};
  const LogisticRegression model = fit(problem, {});
  kernels::Matrix far(2, 1);
  far.values = {-1e90, 1e90};
  const auto probabilities = model.predict_proba(far);
  ASSERT_TRUE(probabilities);
  EXPECT_EQ((*probabilities)[0], 0.0);
  EXPECT_EQ((*probabilities)[1], 1.0);
}

TEST(LogisticRegression, RefusesOptionsOutOfRange) {
  const Problem problem = random_problem(20, 2, 1);
  base::OwnedContext context;
  const auto message = [&](const LogisticRegressionOptions& options) {
    const auto model = LogisticRegression::fit(problem.x, problem.y, {}, options, context.get());
    EXPECT_FALSE(model);
    return model ? "" : model.error().message();
  };
  EXPECT_THAT(message({.C = 0}), HasSubstr("C is 0"));
  EXPECT_THAT(message({.tol = -1}), HasSubstr("tol is -1"));
  EXPECT_THAT(message({.max_iter = 0}), HasSubstr("max_iter is 0"));
}

TEST(LogisticLoss, HasTheDerivativesOfItsValue) {
  for (const bool label : {false, true}) {
    for (const double z : {-30.0, -2.0, -1e-9, 0.0, 0.7, 25.0}) {
      const double h = 1e-5;
      const LogisticLoss here = logistic_loss(z, label);
      const LogisticLoss above = logistic_loss(z + h, label), below = logistic_loss(z - h, label);
      EXPECT_NEAR(here.first, (above.value - below.value) / (2 * h), 1e-8);
      EXPECT_NEAR(here.second, (above.first - below.first) / (2 * h), 1e-8);
    }
    EXPECT_EQ(logistic_loss(800, label).value, label ? 0.0 : 800.0);
    EXPECT_NEAR(logistic_loss(label ? 40 : -40, label).value, std::exp(-40.0), 1e-30);
  }
}

}  // namespace
}  // namespace coterie::learn

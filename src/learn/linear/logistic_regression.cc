#include "learn/linear/logistic_regression.h"

#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include "learn/linear/cholesky.h"
#include "learn/linear/logistic_loss.h"
#include "learn/linear/logistic_objective.h"
#include "learn/validate.h"

namespace coterie::learn {

using base::Code;
using base::Context;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kLogisticAlgorithm = "logistic_regression";

Status check_options(const LogisticRegressionOptions& options) {
  if (!(options.C > 0 && std::isfinite(options.C)))
    return base::failure(Code::kInvalidArgument, "logistic regression: C is {}; give a number above 0",
                         options.C);
  if (!(options.tol > 0 && options.tol < 1))
    return base::failure(Code::kInvalidArgument,
                         "logistic regression: tol is {}; give a number such as 1e-10", options.tol);
  if (options.max_iter < 1 || options.max_iter > 10'000)
    return base::failure(Code::kInvalidArgument, "logistic regression: max_iter is {}; give 1 to 10000",
                         options.max_iter);
  return {};
}

Status check_labels(kernels::MatrixView x, std::span<const uint8_t> y) {
  if (y.size() != x.rows)
    return base::failure(Code::kInvalidArgument,
                         "logistic regression: y has the wrong shape: {} labels for {} rows", y.size(),
                         x.rows);
  for (size_t i = 0; i < y.size(); ++i)
    if (y[i] > 1)
      return base::failure(Code::kInvalidArgument, "logistic regression: the label of row {} is not 0 or 1",
                           i);
  return {};
}

// C times every row's weight, and the log odds of a yes under these weights.
struct RowWeights {
  std::vector<double> c;
  double base_log_odds = 0;
};

Result<RowWeights> weigh_rows(std::span<const uint8_t> y, std::span<const double> sample_weight,
                              const LogisticRegressionOptions& options) {
  std::array<double, 2> totals{};
  for (size_t i = 0; i < y.size(); ++i) totals[y[i]] += sample_weight.empty() ? 1.0 : sample_weight[i];
  if (!(totals[0] > 0 && totals[1] > 0))
    return base::error(Code::kInvalidArgument,
                       "logistic regression: only label {} occurs with weight above 0; both are needed",
                       totals[1] > 0 ? 1 : 0);
  std::array<double, 2> factors{options.C, options.C};
  if (options.class_weight == ClassWeight::kBalanced)
    for (size_t k = 0; k < 2; ++k) factors[k] *= (totals[0] + totals[1]) / (2.0 * totals[k]);
  RowWeights weights{std::vector<double>(y.size()),
                     std::log(totals[1] * factors[1]) - std::log(totals[0] * factors[0])};
  for (size_t i = 0; i < y.size(); ++i)
    weights.c[i] = factors[y[i]] * (sample_weight.empty() ? 1.0 : sample_weight[i]);
  return weights;
}

bool is_small(std::span<const double> gradient, std::span<const double> scale, double tol) {
  for (size_t j = 0; j < gradient.size(); ++j)
    if (!(std::abs(gradient[j]) <= tol * scale[j])) return false;
  return true;
}

// Solves H·step = gradient. A Hessian that is singular to working precision (the free intercept when every
// probability is 0 or 1) gets the smallest addition to its diagonal that lets it be factored.
Result<std::vector<double>> newton_step(const std::vector<double>& hessian,
                                        std::span<const double> gradient) {
  constexpr int kMaxTries = 20;
  const size_t size = gradient.size();
  double largest = 0;
  for (size_t j = 0; j < size; ++j) largest = std::max(largest, hessian[j * size + j]);
  double added = 0;
  for (int attempt = 0; attempt < kMaxTries && std::isfinite(largest); ++attempt) {
    std::vector<double> factor = hessian;
    for (size_t j = 0; j < size; ++j) factor[j * size + j] += added;
    if (cholesky_factor(factor, size)) {
      std::vector<double> step(gradient.begin(), gradient.end());
      cholesky_solve(factor, size, step);
      return step;
    }
    added = attempt == 0 ? 1e-14 * largest : added * 10;
  }
  return base::error(Code::kInvalidArgument,
                     "logistic regression: the values of x are too large to add up; standardise the columns");
}

struct Minimum {
  std::vector<double> theta;
  double objective = 0;
  size_t n_iter = 0;
  bool converged = false;
};

// One Newton step from `at`, halved until the objective falls (Armijo); false when no length helps, which
// happens only at the limit of rounding.
bool descend(LogisticObjective& objective, std::span<const double> step, std::vector<double>& theta,
             LogisticObjective::Value& at) {
  constexpr int kMaxHalvings = 40;
  constexpr double kArmijo = 1e-4;
  const double rounding = 1e-13 * std::abs(at.objective);
  const double slope = std::inner_product(step.begin(), step.end(), at.gradient.begin(), 0.0);
  double length = 1.0;
  for (int halving = 0; halving < kMaxHalvings; ++halving, length /= 2) {
    std::vector<double> next = theta;
    for (size_t j = 0; j < next.size(); ++j) next[j] -= length * step[j];
    LogisticObjective::Value value = objective.evaluate(next);
    if (value.objective <= at.objective - kArmijo * length * slope + rounding) {
      theta = std::move(next);
      at = std::move(value);
      return true;
    }
  }
  return false;
}

Result<Minimum> minimise(LogisticObjective& objective, double base_log_odds,
                         const LogisticRegressionOptions& options, const Context& context) {
  Minimum result;
  result.theta.assign(objective.size(), 0.0);
  if (options.fit_intercept) result.theta.back() = base_log_odds;
  LogisticObjective::Value at = objective.evaluate(result.theta);
  const auto is_done = [&] { return is_small(at.gradient, objective.gradient_scale(), options.tol); };
  while (!is_done() && result.n_iter < options.max_iter) {
    COTERIE_CHECK_OK(context.check_cancelled());
    COTERIE_ASSIGN(const std::vector<double> step, newton_step(objective.hessian(), at.gradient));
    if (!descend(objective, step, result.theta, at)) break;
    ++result.n_iter;
  }
  if (!std::isfinite(at.objective))
    return base::error(
        Code::kInvalidArgument,
        "logistic regression: the values of x are too large to add up; standardise the columns");
  result.objective = at.objective;
  result.converged = is_done();
  return result;
}

}  // namespace

Result<LogisticRegression> LogisticRegression::fit(kernels::MatrixView x, std::span<const uint8_t> y,
                                                   std::span<const double> sample_weight,
                                                   const LogisticRegressionOptions& options,
                                                   const Context& context) {
  COTERIE_CHECK_OK(check_options(options));
  COTERIE_CHECK_OK(check_points(x, "x"));
  COTERIE_CHECK_OK(check_labels(x, y));
  COTERIE_CHECK_OK(check_weights(sample_weight, x.rows));
  COTERIE_CHECK_OK(context.check_cancelled());
  COTERIE_ASSIGN(const auto memory, context.budget->reserve(LogisticObjective::memory_bytes(
                                                                x.rows, x.cols, context.pool->threads()),
                                                            "logistic regression"));
  COTERIE_ASSIGN(RowWeights weights, weigh_rows(y, sample_weight, options));
  LogisticObjective objective(x, y, std::move(weights.c), options.fit_intercept, context);
  COTERIE_ASSIGN(const Minimum minimum, minimise(objective, weights.base_log_odds, options, context));
  LogisticRegression model;
  model.options_ = options;
  model.coef_.assign(minimum.theta.begin(), minimum.theta.begin() + static_cast<std::ptrdiff_t>(x.cols));
  model.intercept_ = objective.uncentred_intercept(minimum.theta);
  model.n_iter_ = minimum.n_iter;
  model.objective_ = minimum.objective;
  model.converged_ = minimum.converged;
  return model;
}

Result<std::vector<double>> LogisticRegression::decision_function(kernels::MatrixView x) const {
  if (x.cols != coef_.size())
    return base::error(Code::kInvalidArgument,
                       "logistic regression: x has {} columns and the model has {}; give the features it was "
                       "fitted on, in their order",
                       x.cols, coef_.size());
  COTERIE_CHECK_OK(check_points(x, "x"));
  std::vector<double> log_odds(x.rows);
  for (size_t i = 0; i < x.rows; ++i) {
    const std::span<const double> row = x.row(i);
    log_odds[i] = std::inner_product(row.begin(), row.end(), coef_.begin(), intercept_);
  }
  return log_odds;
}

Result<std::vector<double>> LogisticRegression::predict_proba(kernels::MatrixView x) const {
  COTERIE_ASSIGN(std::vector<double> values, decision_function(x));
  for (double& value : values) value = sigmoid(value);
  return values;
}

ModelState LogisticRegression::state() const {
  ModelState state;
  state.algorithm = kLogisticAlgorithm;
  state.options = {{"C", options_.C},
                   {"fit_intercept", options_.fit_intercept},
                   {"tol", options_.tol},
                   {"max_iter", options_.max_iter},
                   {"class_weight", options_.class_weight == ClassWeight::kBalanced ? "balanced" : "none"},
                   {"n_features_in", coef_.size()}};
  state.tensors = {{"coef", {coef_.size()}, coef_},
                   {"intercept", {1}, {intercept_}},
                   // n_iter, objective, converged
                   {"fit", {3}, {static_cast<double>(n_iter_), objective_, converged_ ? 1.0 : 0.0}}};
  return state;
}

Result<LogisticRegression> LogisticRegression::from_state(const ModelState& state) {
  if (state.algorithm != kLogisticAlgorithm)
    return damaged_model(kLogisticAlgorithm, "it is one of " + state.algorithm);
  COTERIE_ASSIGN(const Tensor* coef, state.tensor("coef"));
  COTERIE_ASSIGN(const Tensor* intercept, state.tensor("intercept"));
  COTERIE_ASSIGN(const Tensor* fit, state.tensor("fit"));
  LogisticRegression model;
  size_t features = 0;
  try {
    model.options_.C = state.options.at("C").get<double>();
    model.options_.fit_intercept = state.options.at("fit_intercept").get<bool>();
    model.options_.tol = state.options.at("tol").get<double>();
    model.options_.max_iter = state.options.at("max_iter").get<size_t>();
    model.options_.class_weight = state.options.at("class_weight").get<std::string>() == "balanced"
                                      ? ClassWeight::kBalanced
                                      : ClassWeight::kNone;
    features = state.options.at("n_features_in").get<size_t>();
  } catch (const nlohmann::json::exception&) {
    return damaged_model(kLogisticAlgorithm, "its options are not its own");
  }
  if (coef->shape != std::vector<size_t>{features} || coef->values.size() != features)
    return damaged_model(kLogisticAlgorithm, "coef has the wrong shape");
  if (intercept->shape != std::vector<size_t>{1} || intercept->values.size() != 1)
    return damaged_model(kLogisticAlgorithm, "intercept has the wrong shape");
  if (fit->shape != std::vector<size_t>{3} || fit->values.size() != 3)
    return damaged_model(kLogisticAlgorithm, "fit has the wrong shape");
  model.coef_ = coef->values;
  model.intercept_ = intercept->values[0];
  model.n_iter_ = static_cast<size_t>(fit->values[0]);
  model.objective_ = fit->values[1];
  model.converged_ = fit->values[2] != 0;
  return model;
}

}  // namespace coterie::learn

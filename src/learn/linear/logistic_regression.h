// Logistic regression with an L2 penalty: the probability of a yes from a weighted sum of features.
//
// Minimises  C · Σ_i s_i · loss(y_i, b + w·x_i) + ½ w·w  over w and a free (not penalised) b, scikit-learn's
// objective, by Newton's method with step halving ("iteratively reweighted least squares": McCullagh & Nelder
// 1989, §2.5; Hastie, Tibshirani & Friedman 2009, §4.4). The objective is strictly convex in w, so there is
// one answer and no random number. docs/methods/logistic-regression.md.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "kernels/matrix.h"
#include "learn/model.h"

namespace coterie::learn {

/// kBalanced multiplies the weight of class k by total weight / (2 · weight of class k).
enum class ClassWeight { kNone, kBalanced };

struct LogisticRegressionOptions {
  double C = 1.0;  ///< > 0; how much a row weighs against the penalty: smaller means smaller coefficients
  bool fit_intercept = true;
  /// > 0. Done when |∂f/∂w_j| ≤ tol · C Σ_i s_i |x_ij − mean_j| for every j and |∂f/∂b| ≤ tol · C Σ_i s_i,
  /// where s_i includes the class weight and mean_j is 0 without intercept: a gradient relative to the
  /// largest possible one, so the scale of a column does not matter.
  double tol = 1e-10;
  size_t max_iter = 100;  ///< 1 to 10,000 Newton steps
  ClassWeight class_weight = ClassWeight::kNone;
};

/// A fitted model. Immutable; safe from many threads.
class LogisticRegression {
 public:
  /// Shapes   x n×d, y[n], sample_weight[n] or empty (all 1); d ≥ 1
  /// Range    x finite; y 0 or 1, both with weight above 0; weights finite and ≥ 0. Standardise x first: the
  ///          penalty treats all columns alike. Classes that x separates are fine: the penalty keeps w finite
  /// Returns  the model; look at converged(), which is false when max_iter ran out
  /// Errors   kInvalidArgument (shape, NaN, range, one class) · kResourceExhausted (budget) · kCancelled
  /// Threads  the pool's; the same bits for any number
  /// Cost     O(n_iter · n · d² + n_iter · d³) time, 16 bytes a row and at most 64 MB or 6 · 8 · d² bytes
  static base::Result<LogisticRegression> fit(kernels::MatrixView x, std::span<const uint8_t> y,
                                              std::span<const double> sample_weight,
                                              const LogisticRegressionOptions& options,
                                              const base::Context& context);

  std::span<const double> coef() const { return coef_; }  ///< d, the change of the log odds per unit of x_j
  double intercept() const { return intercept_; }
  size_t n_iter() const { return n_iter_; }
  double objective() const { return objective_; }  ///< at the end, C and penalty included
  bool converged() const { return converged_; }
  const LogisticRegressionOptions& options() const { return options_; }

  /// P(y = 1) of every row of x, n×d. Errors: kInvalidArgument (columns, values that are not finite). O(n·d).
  base::Result<std::vector<double>> predict_proba(kernels::MatrixView x) const;

  /// The log odds b + w·x of every row. Errors and cost as predict_proba.
  base::Result<std::vector<double>> decision_function(kernels::MatrixView x) const;

  /// Feature names are the caller's: add them to names["features"].
  ModelState state() const;
  /// Errors: kDataLoss.
  static base::Result<LogisticRegression> from_state(const ModelState& state);

 private:
  LogisticRegressionOptions options_;
  std::vector<double> coef_;
  double intercept_ = 0;
  size_t n_iter_ = 0;
  double objective_ = 0;
  bool converged_ = false;
};

}  // namespace coterie::learn

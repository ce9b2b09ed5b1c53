// The function that logistic regression minimises, with its gradient and curvature, computed over chunks of
// rows.
//
//   f(w, b) = Σ_i c_i · loss(y_i, b + w·(x_i − m)) + ½ w·w,   loss(1, z) = log(1 + e^−z), loss(0, z) = log(1
//   + e^z)
//
// m is the weighted mean of each column when there is an intercept, else 0. With a free intercept, moving the
// columns changes b alone, and it keeps Newton's equations well conditioned when values are far from 0.
//
// Sums are made per chunk and added in chunk order; the chunks depend on the shape of the data alone, so the
// same bits come out for any number of threads. Used by logistic_regression.cc, from one thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/context.h"
#include "kernels/matrix.h"

namespace coterie::learn {

class LogisticObjective {
 public:
  /// `x` n×d and `y` n outlive this; `c` n, ≥ 0, holds C times each row's weight.
  LogisticObjective(kernels::MatrixView x, std::span<const uint8_t> y, std::vector<double> c,
                    bool fit_intercept, const base::Context& context);

  /// Bytes that an objective over n×d data and its users hold at most, with `threads` at work.
  static uint64_t memory_bytes(size_t n, size_t d, size_t threads);

  /// Number of unknowns: d, and one more for the intercept, which comes last.
  size_t size() const { return size_; }

  /// What one unknown's gradient is measured against: Σ c_i |x_ij − m_j|, and Σ c_i for the intercept. No
  /// gradient of the loss is larger, and rounding errors are in proportion to it.
  std::span<const double> gradient_scale() const { return gradient_scale_; }

  struct Value {
    double objective = 0;
    std::vector<double> gradient;  ///< size()
  };
  /// f and its gradient at theta = (w, b). Keeps the curvature of every row for hessian(). O(n·d).
  Value evaluate(std::span<const double> theta);

  /// The matrix of second derivatives where evaluate() was last called: size() × size(), row-major, lower
  /// triangle only. O(n·d²).
  std::vector<double> hessian() const;

  /// b for columns that are not moved: b − w·m.
  double uncentred_intercept(std::span<const double> theta) const;

 private:
  void find_means();
  void find_gradient_scale();

  kernels::MatrixView x_;
  std::span<const uint8_t> y_;
  std::vector<double> c_;
  bool fit_intercept_;
  base::ThreadPool* pool_;
  size_t size_;
  size_t chunk_rows_;
  std::vector<double> mean_;            // d; zeros without an intercept
  std::vector<double> gradient_scale_;  // size_
  std::vector<double> curvature_;       // n: c_i · p_i · (1 − p_i)
};

}  // namespace coterie::learn

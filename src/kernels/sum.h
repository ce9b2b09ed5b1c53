// Sums that keep what rounding would lose.
#pragma once

#include <cmath>
#include <span>

namespace coterie::kernels {

/// A running sum with the rounding error carried beside it (Neumaier 1974). The error of the total does not
/// grow with the number of terms. Order still decides the last bits: add in a fixed order, parts in chunk
/// order.
class CompensatedSum {
 public:
  void add(double term) {
    const double total = sum_ + term;
    compensation_ += std::abs(sum_) >= std::abs(term) ? (sum_ - total) + term : (term - total) + sum_;
    sum_ = total;
  }
  double value() const { return sum_ + compensation_; }

 private:
  double sum_ = 0;
  double compensation_ = 0;
};

/// Σ values, compensated, in order; 0 when empty. The caller keeps values finite.
double compensated_sum(std::span<const double> values);

}  // namespace coterie::kernels

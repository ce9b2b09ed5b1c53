// The logistic loss of one row and its derivatives, exact where the textbook forms overflow or cancel.
//
// e = exp(−|z|) never overflows; every number is a quotient of sums of 1 and e, so nothing is subtracted from
// something nearly equal to it.
#pragma once

#include <algorithm>
#include <cmath>

namespace coterie::learn {

/// 1 / (1 + e^−z).
inline double sigmoid(double z) {
  const double e = std::exp(-std::abs(z));
  return z >= 0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
}

/// −log P(label) when the log odds of label 1 are z, and its derivatives by z.
struct LogisticLoss {
  double value;   ///< log(1 + e^−z) or log(1 + e^z)
  double first;   ///< p − label
  double second;  ///< p (1 − p)
};

inline LogisticLoss logistic_loss(double z, bool label) {
  const double wrong = label ? -z : z;  // how far z lies on the wrong side
  const double e = std::exp(-std::abs(z));
  const double p_wrong = wrong >= 0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
  return {std::max(wrong, 0.0) + std::log1p(e), label ? -p_wrong : p_wrong, e / ((1.0 + e) * (1.0 + e))};
}

}  // namespace coterie::learn

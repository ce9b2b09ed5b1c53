#include "learn/linear/cholesky.h"

#include <cmath>
#include <limits>

namespace coterie::learn {

bool cholesky_factor(std::span<double> a, size_t n) {
  constexpr double kTiny = 4 * std::numeric_limits<double>::epsilon();
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      double rest = a[i * n + j];
      for (size_t k = 0; k < j; ++k) rest -= a[i * n + k] * a[j * n + k];
      if (j < i) {
        a[i * n + j] = rest / a[j * n + j];
      } else {
        if (!(rest > kTiny * a[i * n + i])) return false;  // also when it is NaN
        a[i * n + i] = std::sqrt(rest);
      }
    }
  }
  return true;
}

void cholesky_solve(std::span<const double> l, size_t n, std::span<double> b) {
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k) b[i] -= l[i * n + k] * b[k];
    b[i] /= l[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    b[i] /= l[i * n + i];
    for (size_t k = 0; k < i; ++k) b[k] -= l[i * n + k] * b[i];
  }
}

}  // namespace coterie::learn

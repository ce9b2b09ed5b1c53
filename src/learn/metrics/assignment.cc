#include "learn/metrics/assignment.h"

#include <algorithm>
#include <limits>

namespace coterie::learn {

std::vector<uint32_t> best_assignment(kernels::MatrixView gain) {
  const size_t n = std::max(gain.rows, gain.cols);
  // A square problem: what is missing gains nothing. Cost = −gain; rows and columns count from 1, 0 is "free".
  const auto cost = [&](size_t i, size_t j) {
    return i <= gain.rows && j <= gain.cols ? -gain.at(i - 1, j - 1) : 0.0;
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> of_row(n + 1, 0), of_col(n + 1, 0);  // potentials
  std::vector<size_t> row_of(n + 1, 0), before(n + 1, 0);
  for (size_t i = 1; i <= n; ++i) {
    row_of[0] = i;
    size_t col = 0;
    std::vector<double> distance(n + 1, kInfinity);
    std::vector<uint8_t> done(n + 1, 0);
    do {
      done[col] = 1;
      const size_t row = row_of[col];
      double nearest = kInfinity;
      size_t next = 0;
      for (size_t j = 1; j <= n; ++j) {
        if (done[j] != 0) continue;
        const double reduced = cost(row, j) - of_row[row] - of_col[j];
        if (reduced < distance[j]) {
          distance[j] = reduced;
          before[j] = col;
        }
        if (distance[j] < nearest) {
          nearest = distance[j];
          next = j;
        }
      }
      for (size_t j = 0; j <= n; ++j) {
        if (done[j] != 0) {
          of_row[row_of[j]] += nearest;
          of_col[j] -= nearest;
        } else {
          distance[j] -= nearest;
        }
      }
      col = next;
    } while (row_of[col] != 0);
    for (; col != 0; col = before[col]) row_of[col] = row_of[before[col]];
  }
  std::vector<uint32_t> out(gain.rows, kUnassigned);
  for (size_t j = 1; j <= gain.cols; ++j)
    if (row_of[j] >= 1 && row_of[j] <= gain.rows) out[row_of[j] - 1] = static_cast<uint32_t>(j - 1);
  return out;
}

}  // namespace coterie::learn

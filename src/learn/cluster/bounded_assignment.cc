// Rows that stay uncertain are gathered into blocks, so that the kernel meets them side by side.
#include "learn/cluster/bounded_assignment.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "kernels/manhattan.h"

namespace coterie::learn {

namespace {

// Rounding amounts to about 1e-16 a column and round; a bound decides only beyond a margin of 1e-9.
constexpr double kWiden = 1 + 1e-9;
constexpr double kNarrow = 1 - 1e-9;
// Below this, margins are denormal: always measure.
constexpr double kSmallest = 1e-290;
constexpr size_t kBlockRows = 64;

}  // namespace

BoundedAssignment::BoundedAssignment(kernels::MatrixView points)
    : points_(points),
      packed_(kernels::MatrixView{}),
      labels_(points.rows, UINT32_MAX),
      upper_(points.rows, std::numeric_limits<double>::infinity()),
      lower_(points.rows, 0) {}

void BoundedAssignment::move_centers(kernels::MatrixView centers) {
  const size_t k = centers.rows;
  shift_.assign(k, 0);
  rival_.assign(k, 0);
  half_gap_.assign(k, std::numeric_limits<double>::infinity());
  for (size_t c = 0; c < k && centers_.rows == k; ++c) {
    shift_[c] = kWiden * kernels::manhattan(std::as_const(centers_).row(c), centers.row(c));
  }
  for (size_t c = 0; c < k; ++c) {
    for (size_t other = 0; other < k; ++other) {
      if (other == c) continue;
      rival_[c] = std::max(rival_[c], shift_[other]);
      const double gap = kernels::manhattan(centers.row(c), centers.row(other));
      half_gap_[c] = std::min(half_gap_[c], kNarrow * gap / 2);
    }
  }
  centers_ = kernels::Matrix(k, centers.cols);
  std::ranges::copy(centers.values, centers_.values.begin());
  packed_ = kernels::PackedRows(centers_);
}

// Moves the bounds of row i with the centres; whether its label is beyond doubt.
inline bool BoundedAssignment::certain(size_t i) {
  const uint32_t label = labels_[i];
  const double upper = upper_[i] + shift_[label];
  const double lower = lower_[i] - rival_[label];
  upper_[i] = upper;
  lower_[i] = lower;
  return upper + kSmallest < kNarrow * std::max(lower, half_gap_[label]);
}

bool BoundedAssignment::assign(size_t begin, size_t end, std::vector<LabelChange>* changes) {
  std::array<uint32_t, kBlockRows> rows;
  std::vector<double> gathered(kBlockRows * points_.cols);
  size_t count = 0;
  const bool is_first = begin < end && labels_[begin] == UINT32_MAX;
  for (size_t i = begin; i < end; ++i) {
    if (!is_first && certain(i)) continue;
    rows[count++] = static_cast<uint32_t>(i);
    if (count < kBlockRows) continue;
    measure(rows, gathered, changes);
    count = 0;
  }
  measure(std::span(rows).first(count), gathered, changes);
  if (is_first) changes->clear();
  return is_first;
}

// Labels `rows` anew and makes their bounds exact.
void BoundedAssignment::measure(std::span<const uint32_t> rows, std::vector<double>& gathered,
                                std::vector<LabelChange>* changes) {
  std::array<uint32_t, kBlockRows> label;
  std::array<double, kBlockRows> nearest, second;
  for (size_t r = 0; r < rows.size(); ++r) {
    std::ranges::copy(points_.row(rows[r]), gathered.begin() + static_cast<std::ptrdiff_t>(r * points_.cols));
  }
  kernels::nearest_two_manhattan({gathered, rows.size(), points_.cols}, packed_, label, nearest, second);
  for (size_t r = 0; r < rows.size(); ++r) {
    const size_t i = rows[r];
    if (labels_[i] != label[r]) changes->push_back({rows[r], labels_[i]});
    labels_[i] = label[r];
    upper_[i] = nearest[r];
    lower_[i] = second[r];
  }
}

}  // namespace coterie::learn

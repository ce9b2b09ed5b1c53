// Dense row-major matrices of f64: what estimators read and models hold.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace coterie::kernels {

/// A view of rows × cols numbers, row after row. Does not own; must not outlive what it views.
struct MatrixView {
  std::span<const double> values;  ///< rows * cols
  size_t rows = 0;
  size_t cols = 0;

  std::span<const double> row(size_t i) const { return values.subspan(i * cols, cols); }
  double at(size_t i, size_t j) const { return values[i * cols + j]; }
};

struct Matrix {
  std::vector<double> values;  ///< rows * cols
  size_t rows = 0;
  size_t cols = 0;

  Matrix() = default;
  Matrix(size_t row_count, size_t col_count)
      : values(row_count * col_count), rows(row_count), cols(col_count) {}

  std::span<double> row(size_t i) { return std::span(values).subspan(i * cols, cols); }
  std::span<const double> row(size_t i) const { return std::span(values).subspan(i * cols, cols); }
  double& at(size_t i, size_t j) { return values[i * cols + j]; }
  double at(size_t i, size_t j) const { return values[i * cols + j]; }
  operator MatrixView() const { return {values, rows, cols}; }
};

/// The rows of those numbers, in their order. O(rows × cols).
inline Matrix rows_of(MatrixView points, std::span<const size_t> rows) {
  Matrix out(rows.size(), points.cols);
  for (size_t i = 0; i < rows.size(); ++i) std::ranges::copy(points.row(rows[i]), out.row(i).begin());
  return out;
}

}  // namespace coterie::kernels

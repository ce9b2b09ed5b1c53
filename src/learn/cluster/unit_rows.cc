#include "learn/cluster/unit_rows.h"

#include <algorithm>
#include <cmath>

namespace coterie::learn {

namespace {
constexpr size_t kUnitChunkRows = 4096;
}  // namespace

bool make_unit(std::span<double> row) {
  double largest = 0;
  for (const double value : row) largest = std::max(largest, std::abs(value));
  if (largest == 0) return false;
  double squares = 0;
  for (double& value : row) {
    value /= largest;
    squares += value * value;
  }
  const double length = std::sqrt(squares);
  for (double& value : row) value /= length;
  return true;
}

UnitRows unit_rows(kernels::MatrixView points, base::ThreadPool& pool) {
  UnitRows out{kernels::Matrix(points.rows, points.cols), {}};
  std::ranges::copy(points.values, out.rows.values.begin());
  std::vector<std::vector<uint32_t>> zeros(base::ThreadPool::chunk_count(points.rows, kUnitChunkRows));
  pool.for_chunks(points.rows, kUnitChunkRows, [&](size_t chunk, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i)
      if (!make_unit(out.rows.row(i))) zeros[chunk].push_back(static_cast<uint32_t>(i));
  });
  for (const auto& part : zeros) out.zeros.insert(out.zeros.end(), part.begin(), part.end());
  return out;
}

}  // namespace coterie::learn

// The checks of validate.h.
#include "learn/validate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace coterie::learn {

using base::Code;
using base::failure;

namespace {

constexpr size_t kBlock = 4096;

base::Status check_shape(kernels::MatrixView points, std::string_view what) {
  if (points.rows == 0)
    return failure(Code::kInvalidArgument, "{} is empty; at least one row is needed", what);
  if (points.cols == 0) return failure(Code::kInvalidArgument, "{} has no columns", what);
  if (points.rows >= std::numeric_limits<uint32_t>::max()) {
    return failure(Code::kInvalidArgument, "{} has {} rows; the limit is 2^32 - 2", what, points.rows);
  }
  if (points.values.size() % points.cols != 0 || points.values.size() / points.cols != points.rows) {
    return failure(Code::kInvalidArgument, "{} has the wrong shape: {} values for {} rows of {} columns",
                   what, points.values.size(), points.rows, points.cols);
  }
  return {};
}

// The first value of a block that is none.
base::Status bad_value(kernels::MatrixView points, size_t begin, size_t end, std::string_view what) {
  for (size_t i = begin; i < end; ++i) {
    const double value = points.values[i];
    if (std::abs(value) <= kMaxMagnitude) continue;
    const char* problem = std::isnan(value)   ? "NaN (missing)"
                          : std::isinf(value) ? "infinite"
                                              : "larger than 1e100 in magnitude";
    return failure(Code::kInvalidArgument, "{}: row {}, column {} is {}; fill in or drop such values first",
                   what, i / points.cols, i % points.cols, problem);
  }
  return {};
}

// Value by value only where a block holds a bad one.
base::Status check_values(kernels::MatrixView points, size_t first, size_t last, std::string_view what) {
  const double* values = points.values.data();
  for (size_t begin = first; begin < last; begin += kBlock) {
    const size_t end = std::min(begin + kBlock, last);
    int bad = 0;
    for (size_t i = begin; i < end; ++i) bad |= !(std::abs(values[i]) <= kMaxMagnitude) ? 1 : 0;
    if (bad != 0) return bad_value(points, begin, end, what);
  }
  return {};
}

}  // namespace

base::Status check_points(kernels::MatrixView points, std::string_view what) {
  COTERIE_RETURN_IF_ERROR(check_shape(points, what));
  return check_values(points, 0, points.values.size(), what);
}

base::Status check_points(kernels::MatrixView points, std::string_view what, base::ThreadPool& pool) {
  COTERIE_RETURN_IF_ERROR(check_shape(points, what));
  constexpr size_t kChunk = size_t{1} << 18;
  std::vector<base::Status> found(base::ThreadPool::chunk_count(points.values.size(), kChunk));
  pool.for_chunks(points.values.size(), kChunk, [&](size_t chunk, size_t begin, size_t end) {
    found[chunk] = check_values(points, begin, end, what);
  });
  for (base::Status& status : found)
    if (!status.ok()) return std::move(status);
  return {};
}

base::Status check_weights(std::span<const double> sample_weight, size_t rows) {
  if (sample_weight.empty()) return {};
  if (sample_weight.size() != rows) {
    return failure(Code::kInvalidArgument, "sample_weight has the wrong shape: {} weights for {} rows",
                   sample_weight.size(), rows);
  }
  double total = 0;
  for (size_t i = 0; i < rows; ++i) {
    if (!(sample_weight[i] >= 0 && sample_weight[i] <= kMaxMagnitude)) {
      return failure(Code::kInvalidArgument, "sample_weight of row {} is negative, NaN or infinite", i);
    }
    total += sample_weight[i];
  }
  if (!(total > 0)) return failure(Code::kInvalidArgument, "sample_weight is 0 in every row");
  return {};
}

}  // namespace coterie::learn

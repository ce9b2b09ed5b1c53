// What every estimator asks of its input before it computes: shapes that fit, numbers that are numbers.
//
// Messages name the row and the column, never the value. Pure; safe from many threads; O(rows × cols).
#pragma once

#include <span>
#include <string_view>

#include "base/status.h"
#include "base/thread_pool.h"
#include "kernels/matrix.h"

namespace coterie::learn {

/// Squares and sums of values up to here stay finite.
inline constexpr double kMaxMagnitude = 1e100;

/// At least one row and one column, fewer than 2^32 rows, values.size() = rows × cols, every value finite and
/// within ±kMaxMagnitude. `what` is the name in the message. Errors: kInvalidArgument.
base::Status check_points(kernels::MatrixView points, std::string_view what);

/// The same on all threads of `pool`; the same message.
base::Status check_points(kernels::MatrixView points, std::string_view what, base::ThreadPool& pool);

/// Empty (every row counts once), or one finite weight ≥ 0 a row with a positive sum. Errors:
/// kInvalidArgument.
base::Status check_weights(std::span<const double> sample_weight, size_t rows);

}  // namespace coterie::learn

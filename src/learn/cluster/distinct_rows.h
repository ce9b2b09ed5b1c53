// Equal rows grouped, their weights added: binned or one-hot data has few distinct rows (DESIGN §7).
//
// A method that only uses weighted sums over rows gives the same answer on the groups, for the work of the
// distinct rows. Who calls it: estimators, before their first round.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/huge_array.h"
#include "base/status.h"
#include "kernels/matrix.h"

namespace coterie::learn {

struct DistinctRows {
  kernels::Matrix rows;              ///< m × d in order of first occurrence; −0 is written as 0
  std::vector<double> weight;        ///< m: the sum of its members' weights, added in row order
  base::HugeVector<uint32_t> group;  ///< n: where each row went
  size_t positive = 0;               ///< how many of the m rows have a weight above 0
};

/// Groups equal rows (−0 equals 0).
///
/// Shapes   points n×d, finite, n < 2^32; sample_weight n or empty (ones)
/// Errors   kResourceExhausted before anything is allocated · kCancelled
/// Threads  the same result for any number of threads
/// Cost     O(nd) time; 4n + 8md bytes are reserved while it runs with few different rows, up to 40n + 8md otherwise, 4n + 8m(d + 1) are returned (the
/// caller
///          reserves those for as long as it keeps them)
base::Result<DistinctRows> distinct_rows(kernels::MatrixView points, std::span<const double> sample_weight,
                                         const base::Context& context);

/// Whether grouping is worth its work: few rows, or a sample of them in which more than one in twenty is a repetition, or in
/// which fewer than `enough` different rows weigh something. Not worth it: at least `enough` rows are different.
bool pays_to_group(kernels::MatrixView points, std::span<const double> sample_weight, size_t enough);

}  // namespace coterie::learn

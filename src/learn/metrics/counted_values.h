// Quantiles of whole numbers that are given as how often each occurs: exact, whatever the number of cases.
#pragma once

#include <cstdint>
#include <map>

namespace coterie::learn {

using CountedValues = std::map<int64_t, uint64_t>;  ///< value → how often, ≥ 1

/// How many cases there are.
uint64_t cases(const CountedValues& values);

/// The value below which a share q (0 to 1) of the cases lies, between neighbours by linear interpolation, as
/// numpy.quantile of the cases written out. Not empty. O(distinct values).
double quantile(const CountedValues& values, double q);

}  // namespace coterie::learn

// Seasonal factors of a series: how far each place of a cycle (a weekday) usually lies above or below the cycle around it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/status.h"

namespace coterie::learn {

struct SeasonalFactors {
  std::vector<double> factors;   ///< one a place of the cycle, their mean 1; empty when there is too little
  std::vector<size_t> n_ratios;  ///< one a place: how many ratios its median is of
};

/// Ratio to moving average: each value over the mean of the `period` values around it; of every place of the cycle the
/// median ratio; scaled to mean 1. values[i] is of place i mod `period`.
///
/// Range    period odd, 3 to 365; values finite; a value whose mean around it is not above 0 has no ratio; each place
///          needs `least` ratios
/// Errors   kInvalidArgument (period, values)
/// Threads  safe
/// Cost     O(n · period)
/// Source   Macaulay 1931; Hyndman & Athanasopoulos 2021, §3.4, with a median for the mean; docs/methods/sales.md
base::Result<SeasonalFactors> seasonal_factors(std::span<const double> values, size_t period, size_t least);

}  // namespace coterie::learn

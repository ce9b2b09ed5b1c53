// Sudden changes of level in a daily series: a sequential test of each week against the eight before it.
//
// A smooth course (seasons, growth) is followed by a line, a bad weekday is taken off. Five days
// of the week must agree: what lasts three days or fewer (a campaign) is no change. The noise is the given sampling variance,
// widened by what the series itself has shown in the weeks before.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/status.h"

namespace coterie::learn {

struct LevelShiftOptions {
  double alpha_per_day = 1e-6;  ///< chance of a false alarm on one day, both sides; in (0, 0.5)
};

struct LevelShift {
  size_t day = 0;    ///< the alarm: the last day of the window that showed it
  size_t since = 0;  ///< when it began, estimated, ≤ day
  double shift = 0;  ///< of the window against what the weeks before lead to, in the unit of the values
  double low = 0, high = 0;  ///< its 95 % interval
  double z = 0;              ///< in standard errors, of what five days of seven show at least
  double threshold = 0;      ///< that z had to exceed
};

/// The alarms in order of time. `values[d]` is day d's level, NaN where there is none; `variances[d]` its sampling
/// variance, > 0 where there is a value. A decision about day d uses days ≤ d only. After an alarm the test
/// begins anew with the days since the change, so the next is at least eight weeks later. The first is possible in the
/// 18th week: nine to compare with each other, and eight such comparisons to know the noise by.
///
/// Errors   kInvalidArgument (sizes, a variance that is not positive, alpha)
/// Threads  safe
/// Cost     O(days · 63)
/// Source   docs/methods/changes.md
base::Result<std::vector<LevelShift>> find_level_shifts(std::span<const double> values,
                                                        std::span<const double> variances,
                                                        const LevelShiftOptions& options);

}  // namespace coterie::learn

// Sudden changes of what members do, week by week: how often, what, at which prices.
//
// The raw daily rates are watched, not features: a feature looks back over months and moves slowly.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "profile/as_of.h"

namespace coterie::understand {

/// One change that was noticed.
struct BehaviorShift {
  std::string
      series;  ///< "activity", "buying", "views", "carts", "favorites", "basket", "price", "taste", "category"
  std::string category = {};             ///< of the series "category"
  base::Timestamp alarm = 0;             ///< local midnight after the week that showed it
  base::Timestamp since = 0;             ///< local midnight of the day it began, estimated
  double change = 0, low = 0, high = 0;  ///< relative: −0.2 = a fifth less than expected; 95 % interval
  double z = 0, threshold = 0;
};

struct WatchedSeries {
  std::string series, category = {};
  int64_t days = 0;  ///< with a value
};

struct BehaviorMonitor {
  std::vector<WatchedSeries> watched;  ///< those with enough to watch
  std::vector<BehaviorShift> shifts;   ///< by alarm, then in the order of `watched`
  int64_t first_decision_days = 125;   ///< of history before a change can be noticed
};

/// Of a shop where nothing changes, this share has a false alarm within a year, over all series.
inline constexpr double kFalseAlarmsPerYear = 0.01;

/// One pass over the events before `as_of`. Memory: 48 bytes a day and series, whatever the number of members.
/// Errors: those of the query engine. Threads: as the context's pool; the same bits for any number of threads and of
/// ranges. Source: docs/methods/changes.md
base::Result<BehaviorMonitor> watch_behavior(profile::AsOf& source, base::Timestamp as_of);

}  // namespace coterie::understand

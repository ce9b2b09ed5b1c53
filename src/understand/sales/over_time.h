// Sales over time: by period, by weekday, and where they changed at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "profile/sales.h"

namespace coterie::understand {

struct SalesPeriod {
  int64_t start_day = 0;  ///< since 1970-01-01
  bool is_whole = true;   ///< every day of it is known
  profile::SalesDay sums;
  profile::PeriodBuyers buyers;
};

/// The amount of the orders that have one over their number; nothing without any.
std::optional<double> average_order(const profile::SalesDay& sums);

/// Every period from the first order or refund to the last day that is known, quiet ones included. O(days).
std::vector<SalesPeriod> sales_periods(const profile::SalesFacts& facts, profile::Period by);

/// All of it; start_day is of the first period. `members` ever bought, each once; all of them were new.
SalesPeriod sales_total(const profile::SalesFacts& facts, const std::vector<SalesPeriod>& periods);

/// What of sales is followed day by day: amounts before refunds, or orders where there are no amounts.
enum class SalesMeasure { kAmount, kOrders };

struct WeekdayFactors {
  SalesMeasure of = SalesMeasure::kAmount;
  std::vector<double> factors;  ///< Monday first; their mean is 1
  std::vector<size_t> weeks;    ///< that each is the median of
};

/// Ratio to the mean of the seven days around it (learn/metrics/seasonal_factors.h); nothing with fewer than
/// kLeastWeeks weeks.
base::Result<std::optional<WeekdayFactors>> weekday_factors(const profile::SalesFacts& facts,
                                                            SalesMeasure of);

inline constexpr size_t kLeastWeeks = 4;

struct SalesShift {
  int64_t since_day = 0;                 ///< when it began, estimated
  int64_t alarm_day = 0;                 ///< the last day of the week that showed it
  double change = 0, low = 0, high = 0;  ///< relative to what the weeks before lead to; 95 % interval
  double z = 0, threshold = 0;
};

struct SalesShifts {
  SalesMeasure of = SalesMeasure::kAmount;
  int64_t days = 0;  ///< watched
  std::vector<SalesShift> shifts;
};

/// Each week against the eight before it (learn/metrics/level_shift.h), on logarithms of daily sales; their sampling
/// variance is that of a sum of independent orders. Nothing with fewer than kWatchedDays days or kWatchedOrders orders a
/// day.
base::Result<std::optional<SalesShifts>> sales_shifts(const profile::SalesFacts& facts, SalesMeasure of);

inline constexpr int64_t kWatchedDays = 125;
inline constexpr double kWatchedOrders = 20;
/// Of shops where nothing changes, this share has a false alarm within a year.
inline constexpr double kFalseSalesAlarmsPerYear = 0.01;

}  // namespace coterie::understand

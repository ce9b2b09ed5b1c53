#include "understand/sales/over_time.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/money.h"
#include "learn/metrics/level_shift.h"
#include "learn/metrics/seasonal_factors.h"

namespace coterie::understand {

using base::Result;
using profile::Period;
using profile::SalesDay;
using profile::SalesFacts;

namespace {

constexpr int64_t kWeek = 7;

void add(const SalesDay& day, SalesDay* sum) {
  sum->buy_units += day.buy_units;
  sum->refund_units += day.refund_units;
  sum->orders += day.orders;
  sum->priced_orders += day.priced_orders;
  sum->guest_orders += day.guest_orders;
  sum->refunds += day.refunds;
}

double amount(int64_t units) { return base::Decimal{units}.to_double(); }

double measured(const SalesDay& day, SalesMeasure of) {
  return of == SalesMeasure::kAmount ? amount(day.buy_units) : static_cast<double>(day.orders);
}

// The whole days from the first order on; days without one are empty.
std::vector<SalesDay> whole_days(const SalesFacts& facts, int64_t* first) {
  const auto begin = std::find_if(facts.days.begin(), facts.days.end(),
                                  [](const auto& entry) { return entry.second.orders > 0; });
  if (begin == facts.days.end() || begin->first >= facts.end_day) return {};
  *first = begin->first;
  std::vector<SalesDay> days(static_cast<size_t>(facts.end_day - *first));
  for (auto day = begin; day != facts.days.end() && day->first < facts.end_day; ++day)
    days[static_cast<size_t>(day->first - *first)] = day->second;
  return days;
}

// Of the logarithm of a day's sales: Σ x² / (Σ x)² for a sum of independent orders x whose number is Poisson.
double variance_of_log(const SalesDay& day, SalesMeasure of) {
  if (of == SalesMeasure::kOrders) return 1 / static_cast<double>(day.orders);
  return day.squares / (amount(day.buy_units) * amount(day.buy_units));
}

}  // namespace

std::optional<double> average_order(const SalesDay& sums) {
  if (sums.priced_orders == 0) return std::nullopt;
  return amount(sums.buy_units) / static_cast<double>(sums.priced_orders);
}

std::vector<SalesPeriod> sales_periods(const SalesFacts& facts, Period by) {
  std::vector<SalesPeriod> out;
  if (facts.days.empty()) return out;
  const int64_t last = std::max(facts.end_day - 1, facts.days.rbegin()->first);
  auto day = facts.days.begin();
  for (int64_t start = profile::period_start(day->first, by); start <= last;) {
    const int64_t end = profile::period_end(start, by);
    SalesPeriod& period = out.emplace_back();
    period.start_day = start;
    period.is_whole = facts.first_day <= start && end <= facts.end_day;
    for (; day != facts.days.end() && day->first < end; ++day) add(day->second, &period.sums);
    if (const auto buyers = facts.buyers.find(start); buyers != facts.buyers.end())
      period.buyers = buyers->second;
    start = end;
  }
  return out;
}

SalesPeriod sales_total(const SalesFacts& facts, const std::vector<SalesPeriod>& periods) {
  SalesPeriod total;
  if (!periods.empty()) total.start_day = periods.front().start_day;
  for (const SalesPeriod& period : periods) add(period.sums, &total.sums);
  total.buyers = {facts.members, facts.members};
  return total;
}

Result<std::optional<WeekdayFactors>> weekday_factors(const SalesFacts& facts, SalesMeasure of) {
  int64_t first = 0;
  std::vector<double> values;
  for (const SalesDay& day : whole_days(facts, &first)) values.push_back(measured(day, of));
  COTERIE_ASSIGN(const auto found, learn::seasonal_factors(values, kWeek, kLeastWeeks));
  if (found.factors.empty()) return std::nullopt;
  WeekdayFactors out{of, std::vector<double>(kWeek), std::vector<size_t>(kWeek)};
  for (size_t place = 0; place < found.factors.size(); ++place) {
    const int64_t day = first + static_cast<int64_t>(place);
    const auto weekday = static_cast<size_t>(day - profile::period_start(day, Period::kWeek));
    out.factors[weekday] = found.factors[place];
    out.weeks[weekday] = found.n_ratios[place];
  }
  return out;
}

Result<std::optional<SalesShifts>> sales_shifts(const SalesFacts& facts, SalesMeasure of) {
  int64_t first = 0;
  const auto days = whole_days(facts, &first);
  std::vector<double> values, variances;
  double orders = 0;
  for (const SalesDay& day : days) {
    orders += static_cast<double>(day.orders);
    const bool is_known = measured(day, of) > 0 && variance_of_log(day, of) > 0;
    values.push_back(is_known ? std::log(measured(day, of)) : std::numeric_limits<double>::quiet_NaN());
    variances.push_back(is_known ? variance_of_log(day, of) : 0);
  }
  const auto known =
      std::count_if(values.begin(), values.end(), [](double value) { return !std::isnan(value); });
  if (static_cast<int64_t>(days.size()) < kWatchedDays ||
      orders < kWatchedOrders * static_cast<double>(known))
    return std::nullopt;
  COTERIE_ASSIGN(const auto found,
                 learn::find_level_shifts(values, variances, {kFalseSalesAlarmsPerYear / 365}));
  SalesShifts out{of, known, {}};
  for (const auto& shift : found)
    out.shifts.push_back({first + static_cast<int64_t>(shift.since), first + static_cast<int64_t>(shift.day),
                          std::expm1(shift.shift), std::expm1(shift.low), std::expm1(shift.high), shift.z,
                          shift.threshold});
  return out;
}

}  // namespace coterie::understand

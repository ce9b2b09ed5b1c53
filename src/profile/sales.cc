#include "profile/sales.h"

#include <algorithm>
#include <chrono>

namespace coterie::profile {

using base::Result;
using base::Status;
using store::Parameter;
using store::Rows;

namespace {

__extension__ typedef __int128 Int128;

constexpr int64_t kSquaresHigh = 1'000'000'000'000'000'000;  // sales_days.sql
constexpr double kHundredths = 100;

int64_t or_zero(const Rows& rows, size_t column, size_t row) {
  return rows.is_null(column, row) ? 0 : rows.int64(column, row);
}

int64_t floor_mod(int64_t value, int64_t by) { return (value % by + by) % by; }

int64_t floor_div(int64_t value, int64_t by) { return (value - floor_mod(value, by)) / by; }

// The month of a day, in months since year 0.
int64_t month_of(int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return int64_t{12} * static_cast<int>(date.year()) + static_cast<unsigned>(date.month()) - 1;
}

// Reads the facts one by one; every method fills its own.
class Reader {
 public:
  Reader(AsOf& source, const SalesOptions& options) : source_(source), options_(options) {}

  Result<SalesFacts> read() {
    const Parameter known[] = {{"as_of", options_.as_of}};
    COTERIE_CHECK_OK(source_.run("no_customers.sql", known));
    COTERIE_CHECK_OK(source_.run("not_products.sql", known));
    COTERIE_CHECK_OK(behaviors());
    COTERIE_CHECK_OK(source_.for_each_range([&](const BucketRange& range) { return orders(range); }));
    for (auto& [day, squares] : squares_) facts_.days[day].squares = to_double(squares);
    COTERIE_CHECK_OK(items());
    COTERIE_CHECK_OK(funnel());
    for (const auto& [gap_days, again] : second_orders_)
      facts_.second_orders.push_back({gap_days.first, gap_days.second, again});
    return std::move(facts_);
  }

 private:
  Status behaviors();
  Status orders(const BucketRange& range);
  Status days();
  Status members();
  Status refunds(const BucketRange& range);
  Status items();
  Status funnel();

  static double to_double(Int128 hundredths) {
    return static_cast<double>(hundredths) / (kHundredths * kHundredths);
  }

  Status amounts(const Rows& rows, std::vector<int64_t>* out) {
    COTERIE_ASSIGN_OR_STATUS(auto memory, source_.context().budget->reserve(rows.size() * sizeof(int64_t),
                                                                            "amounts by member and item"));
    facts_.memory.push_back(std::move(memory));
    for (size_t i = 0; i < rows.size(); ++i) out->push_back(rows.int64(0, i));
    return {};
  }

  AsOf& source_;
  const SalesOptions& options_;
  SalesFacts facts_;
  std::map<int64_t, Int128> squares_;  // by day
  std::map<std::pair<int64_t, bool>, uint64_t> second_orders_;
};

Status Reader::behaviors() {
  const Parameter parameters[] = {{"as_of", options_.as_of}, {"currency", options_.currency}};
  base::Timestamp last = source_.range().first;
  COTERIE_RETURN_IF_ERROR(
      source_.read_by_range("sales_behaviors.sql", parameters, [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i) {
          BehaviorFacts& facts = facts_.behaviors[std::string(rows.text(0, i))];
          facts.events += rows.int64(1, i);
          facts.of_members += rows.int64(2, i);
          facts.with_session += rows.int64(3, i);
          facts.with_amount += rows.int64(4, i);
          facts.other_currency += rows.int64(5, i);
          last = std::max(last, rows.int64(6, i));
        }
        return {};
      }));
  const base::Calendar& calendar = source_.calendar();
  const base::Timestamp midnight = calendar.add_days(calendar.midnight_not_after(last), 1);
  facts_.known_until = std::min(options_.as_of, midnight);
  facts_.first_day = floor_div(calendar.to_local(source_.range().first), base::kDay);
  facts_.end_day = floor_div(calendar.to_local(facts_.known_until), base::kDay);
  return {};
}

Status Reader::orders(const BucketRange& range) {
  const Parameter known[] = {{"as_of", options_.as_of}, {"currency", options_.currency}};
  const auto parameters = with_buckets(known, range);
  COTERIE_RETURN_IF_ERROR(source_.run("sales_orders.sql", parameters));
  COTERIE_RETURN_IF_ERROR(source_.run("sales_member_orders.sql", {}));
  COTERIE_RETURN_IF_ERROR(days());
  COTERIE_RETURN_IF_ERROR(members());
  COTERIE_RETURN_IF_ERROR(refunds(range));
  return source_.read("sales_member_amounts.sql", parameters,
                      [&](const Rows& rows) { return amounts(rows, &facts_.member_units); });
}

Status Reader::days() {
  return source_.read("sales_days.sql", {}, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      SalesDay& day = facts_.days[rows.int64(0, i)];
      day.buy_units += or_zero(rows, 1, i);
      day.orders += rows.int64(2, i);
      day.priced_orders += rows.int64(3, i);
      day.guest_orders += rows.int64(4, i);
      squares_[rows.int64(0, i)] += Int128{or_zero(rows, 5, i)} * kSquaresHigh + or_zero(rows, 6, i);
    }
    return {};
  });
}

Status Reader::members() {
  const Parameter by[] = {{"by", to_string(options_.by)}};
  COTERIE_RETURN_IF_ERROR(source_.read("sales_buyers.sql", by, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      PeriodBuyers& buyers = facts_.buyers[rows.int64(0, i)];
      buyers.members += rows.int64(1, i);
      buyers.new_members += rows.int64(2, i);
      facts_.members += rows.int64(2, i);
    }
    return {};
  }));
  COTERIE_RETURN_IF_ERROR(source_.read("sales_cohorts.sql", {}, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i)
      facts_.cohorts[rows.int64(0, i)][rows.int64(1, i)] += rows.int64(2, i);
    return {};
  }));
  const Parameter end[] = {{"end_day", facts_.end_day}};
  COTERIE_RETURN_IF_ERROR(source_.read("sales_second_orders.sql", end, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i)
      second_orders_[{rows.int64(0, i), rows.int64(1, i) != 0}] += static_cast<uint64_t>(rows.int64(2, i));
    return {};
  }));
  return source_.read("sales_gaps.sql", {}, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i)
      facts_.gaps[rows.int64(0, i)] += static_cast<uint64_t>(rows.int64(1, i));
    return {};
  });
}

Status Reader::refunds(const BucketRange& range) {
  if (!facts_.behaviors.contains("refund")) return {};
  const Parameter known[] = {{"as_of", options_.as_of}, {"currency", options_.currency}};
  return source_.read("sales_refunds.sql", with_buckets(known, range), [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      SalesDay& day = facts_.days[rows.int64(0, i)];
      day.refund_units += or_zero(rows, 1, i);
      day.refunds += rows.int64(2, i);
    }
    return {};
  });
}

// Over all buckets at once: an item is in all of them.
Status Reader::items() {
  const Parameter parameters[] = {{"as_of", options_.as_of}, {"currency", options_.currency}};
  COTERIE_RETURN_IF_ERROR(source_.read("sales_item_amounts.sql", parameters,
                                       [&](const Rows& rows) { return amounts(rows, &facts_.item_units); }));
  source_.context().progress->add(static_cast<uint64_t>(source_.range().events));
  return {};
}

Status Reader::funnel() {
  bool has_sessions = true;
  size_t steps = 0;
  for (const std::string_view step : kFunnelSteps) {
    const auto found = facts_.behaviors.find(step);
    if (found == facts_.behaviors.end()) continue;
    ++steps;
    has_sessions = has_sessions && static_cast<double>(found->second.with_session) >=
                                       kLeastWithSession * static_cast<double>(found->second.events);
  }
  facts_.funnel_is_of_sessions = has_sessions && steps > 0;
  if (steps < 2) {
    source_.context().progress->add(static_cast<uint64_t>(source_.range().events));
    return {};
  }
  const auto count = [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) facts_.funnel[rows.int64(0, i)] += rows.int64(1, i);
    return {};
  };
  const Parameter parameters[] = {{"as_of", options_.as_of}};
  if (!facts_.funnel_is_of_sessions)
    return source_.read_by_range("sales_funnel_members.sql", parameters, count);
  COTERIE_RETURN_IF_ERROR(source_.read("sales_funnel_sessions.sql", parameters, count));
  source_.context().progress->add(static_cast<uint64_t>(source_.range().events));
  return {};
}

}  // namespace

std::string_view to_string(Period period) {
  switch (period) {
    case Period::kDay: return "day";
    case Period::kWeek: return "week";
    case Period::kMonth: return "month";
  }
  return "";
}

int64_t month_start(int64_t month) {
  using std::chrono::year, std::chrono::sys_days;
  const std::chrono::month of_year{static_cast<unsigned>(floor_mod(month, 12) + 1)};
  return sys_days{year{static_cast<int>(floor_div(month, 12))} / of_year / 1}.time_since_epoch().count();
}

int64_t period_start(int64_t day, Period period) {
  if (period == Period::kWeek) return day - floor_mod(day + 3, 7);  // 1970-01-01 was a Thursday
  return period == Period::kMonth ? month_start(month_of(day)) : day;
}

int64_t period_end(int64_t day, Period period) {
  if (period == Period::kWeek) return period_start(day, period) + 7;
  return period == Period::kMonth ? month_start(month_of(day) + 1) : day + 1;
}

Result<SalesFacts> read_sales(AsOf& source, const SalesOptions& options) {
  return Reader(source, options).read();
}

}  // namespace coterie::profile

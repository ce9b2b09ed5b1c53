#include "serve/report/weekly_sales.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "serve/report/fields.h"
#include "serve/report/format.h"

namespace coterie::serve {

using nlohmann::json;

namespace {

constexpr int64_t kMaxWeeks = 2600;
constexpr size_t kCompared = 4;

SalesWeek read_week(int64_t monday, const json& entry) {
  return {.monday = monday,
          .buy_amount = number_or(field(entry, "buy_amount"), 0),
          .refund_amount = -std::abs(number_or(field(entry, "refund_amount"), 0)),
          .orders = number_or(field(entry, "orders"), 0),
          .members = number_or(field(entry, "members"), 0),
          .guest_orders = number_or(field(entry, "guest_orders"), 0)};
}

}  // namespace

std::vector<SalesWeek> weekly_sales(const json& record) {
  std::map<int64_t, SalesWeek> sold;
  const json& sales = field(record, {"details", "sales"});
  if (sales.is_array())
    for (const json& entry : sales)
      if (const auto monday = day_number(text_of(field(entry, "week"))))
        sold[*monday] = read_week(*monday, entry);
  std::vector<SalesWeek> weeks;
  if (sold.empty()) return weeks;
  const auto first_day = day_number(text_of(field(record, {"details", "first_event"})));
  auto end_day = day_number(text_of(field(record, {"sales", "known_until"})));
  if (!end_day) end_day = day_number(text_of(field(record, "as_of")));
  const int64_t last = sold.rbegin()->first;
  for (int64_t day = std::max(sold.begin()->first, last - 7 * (kMaxWeeks - 1)); day <= last; day += 7) {
    const auto found = sold.find(day);
    SalesWeek week = found == sold.end() ? SalesWeek{.monday = day} : found->second;
    week.is_whole = (!first_day || *first_day <= day) && (!end_day || *end_day >= day + 7);
    weeks.push_back(week);
  }
  return weeks;
}

SalesWeek total(const std::vector<SalesWeek>& weeks) {
  SalesWeek sum;
  for (const SalesWeek& week : weeks) {
    sum.buy_amount += week.buy_amount;
    sum.refund_amount += week.refund_amount;
    sum.orders += week.orders;
    sum.members += week.members;
    sum.guest_orders += week.guest_orders;
  }
  return sum;
}

std::optional<double> recent_change(const std::vector<SalesWeek>& weeks, bool by_amount) {
  std::vector<double> values;
  for (const SalesWeek& week : weeks)
    if (week.is_whole) values.push_back(by_amount ? week.buy_amount + week.refund_amount : week.orders);
  if (values.size() < 2 * kCompared) return std::nullopt;
  double recent = 0, before = 0;
  for (size_t i = 1; i <= kCompared; ++i) {
    recent += values[values.size() - i];
    before += values[values.size() - kCompared - i];
  }
  if (before <= 0) return std::nullopt;
  return recent / before - 1;
}

std::optional<FirstBuyers> recent_first_buyers(const json& record) {
  const json& sales = field(record, "sales");
  const json& periods = field(sales, "periods");
  if (text_of(field(sales, "by")) != "week" || !periods.is_array()) return std::nullopt;
  std::vector<double> values;
  for (const json& week : periods)
    if (field(week, "is_whole") == true) values.push_back(number_or(field(week, "new_members"), 0));
  if (values.size() < 2 * kCompared) return std::nullopt;
  FirstBuyers out;
  for (size_t i = 1; i <= kCompared; ++i) {
    out.recent += values[values.size() - i];
    out.before += values[values.size() - kCompared - i];
  }
  return out;
}

}  // namespace coterie::serve

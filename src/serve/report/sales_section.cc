// What was sold when, and what else happened how often.
#include <algorithm>
#include <functional>

#include "serve/report/chart.h"
#include "serve/report/names.h"
#include "serve/report/page.h"
#include "serve/report/weekly_sales.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

using Weeks = std::vector<SalesWeek>;

constexpr size_t kMonthTicks = 14;  // more months than that are marked every quarter or year

// The first day of every month, quarter or year in the range.
std::vector<Tick> month_ticks(const Page& page, int64_t low, int64_t high) {
  std::vector<Tick> ticks;
  for (const int step : {1, 3, 12}) {
    ticks.clear();
    for (int64_t day = low; day <= high; ++day) {
      const std::string iso = iso_date(day);
      const int month = (iso[5] - '0') * 10 + (iso[6] - '0');
      if (iso.ends_with("-01") && (month - 1) % step == 0)
        ticks.push_back({static_cast<double>(day), ticks.empty() || month == 1
                                                       ? page.format.month(iso)
                                                       : page.format.month_name(month)});
    }
    if (ticks.size() <= kMonthTicks) break;
  }
  return ticks;
}

Axis week_axis(const Page& page, const Weeks& weeks) {
  // Half a week of margin: columns stand in the middle of their week.
  return {page.say(Message::report_axis_week), static_cast<double>(weeks.front().monday),
          static_cast<double>(weeks.back().monday + 7),
          month_ticks(page, weeks.front().monday, weeks.back().monday + 7)};
}

// From 0, or the lowest refund, to the highest value, and at least to `high`.
Axis value_axis(const std::string& title, const std::vector<Series>& series, double high, int ticks,
                const std::function<std::string(double)>& label) {
  double low = 0;
  for (const Series& one : series)
    for (const Point& point : one.points) {
      low = std::min(low, point.y);
      high = std::max(high, point.y);
    }
  Axis axis{title, 0, 1, {}};
  for (const double value : round_ticks(low, high, ticks)) axis.ticks.push_back({value, label(value)});
  axis.low = axis.ticks.front().value;
  axis.high = axis.ticks.back().value;
  return axis;
}

template <class Value>
Series series(const Page& page, Message name, std::string_view colour, Series::Kind kind, const Weeks& weeks,
              Value value) {
  Series out{page.say(name), colour, kind, {}};
  // A line through one point is nothing to see.
  if (weeks.size() == 1 && kind != Series::Kind::kColumns) out.kind = Series::Kind::kDots;
  for (const SalesWeek& week : weeks)
    out.points.push_back({static_cast<double>(week.monday) + 3.5, value(week)});
  return out;
}

void draw(const Page& page, Chart chart, const Weeks& weeks) {
  chart.x = week_axis(page, weeks);
  chart.column_width = 7;
  chart.width = 1032;
  chart.height = 300;
  Chart narrow = chart;
  narrow.width = 360;
  narrow.height = 260;
  draw_wide_and_narrow(page.html, chart, narrow);
}

void amount_chart(const Page& page, const Weeks& weeks) {
  const SalesWeek sum = total(weeks);
  Chart chart;
  chart.title = page.say(Message::report_sales_amount);
  chart.description =
      page.say(Message::report_sales_amount_text, page.format.money(sum.buy_amount),
               page.format.money(-sum.refund_amount), page.format.count(static_cast<double>(weeks.size())));
  chart.series = {series(page, Message::report_series_sales, "s1", Series::Kind::kColumns, weeks,
                         [](const SalesWeek& week) { return week.buy_amount; }),
                  series(page, Message::report_series_refunds, "s2", Series::Kind::kColumns, weeks,
                         [](const SalesWeek& week) { return week.refund_amount; })};
  const std::string currency = text_of(field(page.record, "currency"));
  chart.y = value_axis(page.say(Message::report_axis_amount, currency), chart.series, 0, 5,
                       [&](double value) { return page.format.compact_money(value); });
  draw(page, std::move(chart), weeks);
}

void order_chart(const Page& page, const Weeks& weeks) {
  const SalesWeek sum = total(weeks);
  Chart chart;
  chart.title = page.say(Message::report_sales_orders);
  chart.description = page.say(Message::report_sales_orders_text, page.format.count(sum.orders),
                               page.format.count(sum.guest_orders));
  chart.series = {series(page, Message::report_series_orders, "s1", Series::Kind::kLine, weeks,
                         [](const SalesWeek& week) { return week.orders; }),
                  series(page, Message::report_series_members, "s3", Series::Kind::kDashes, weeks,
                         [](const SalesWeek& week) { return week.members; })};
  if (sum.guest_orders > 0)
    chart.series.push_back(series(page, Message::report_series_guests, "s2", Series::Kind::kLine, weeks,
                                  [](const SalesWeek& week) { return week.guest_orders; }));
  chart.y = value_axis(page.say(Message::report_axis_count), chart.series, 4, 4,
                       [&](double value) { return page.format.compact(value); });
  draw(page, std::move(chart), weeks);
}

void week_table(const Page& page, const Weeks& weeks) {
  const auto details = page.html.element("details");
  page.html.leaf("summary", page.say(Message::report_sales_table));
  HtmlTable table(page.html, page.say(Message::report_sales_by_week),
                  {{page.say(Message::report_week_from)},
                   {page.say(Message::report_series_sales), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_series_refunds), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_series_orders), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_series_guests), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_series_members), HtmlTable::Kind::kNumber}});
  const bool with_amounts = has_amounts(page.record);
  for (const SalesWeek& week : weeks) {
    const std::string day = page.format.date(iso_date(week.monday));
    table.row({week.is_whole ? day : page.say(Message::report_part_week, day),
               with_amounts ? page.format.money(week.buy_amount) : "–",
               with_amounts ? page.format.money(week.refund_amount) : "–", page.format.count(week.orders),
               page.format.count(week.guest_orders), page.format.count(week.members)});
  }
}

void behaviors(const Page& page) {
  page.heading("h3", Message::report_behaviors);
  const json& entries = field(page.record, {"details", "behaviors"});
  if (!entries.is_array() || entries.empty()) return page.paragraph(page.say(Message::report_behaviors_none));
  HtmlTable table(page.html, page.say(Message::report_behaviors_caption),
                  {{page.say(Message::report_behavior)},
                   {page.say(Message::report_events), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_members), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_share_of_members), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_events_per_member), HtmlTable::Kind::kNumber}});
  const double all = number_or(field(page.record, "users"), 0);
  for (const json& entry : entries) {
    const double events = number_or(field(entry, "events"), 0);
    const double members = number_or(field(entry, "members"), 0);
    table.row({behavior_name(page, text_of(field(entry, "behavior"))), page.format.count(events),
               page.format.count(members), all > 0 ? page.format.percent(members / all) : "–",
               members > 0 ? page.format.decimal(events / members, 1) : "–"});
  }
}

}  // namespace

void sales_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "sales"}});
  page.heading("h2", Message::report_sales);
  const Weeks weeks = weekly_sales(page.record);
  if (weeks.empty()) {
    page.paragraph(page.say(Message::report_sales_none));
  } else {
    if (has_amounts(page.record))
      amount_chart(page, weeks);
    else
      page.paragraph(page.say(Message::report_sales_no_amounts));
    order_chart(page, weeks);
    const bool has_part =
        std::any_of(weeks.begin(), weeks.end(), [](const SalesWeek& w) { return !w.is_whole; });
    page.note(page.say(Message::report_sales_note) +
              (has_part ? std::string(page.gap()) + page.say(Message::report_sales_part_note) : ""));
    week_table(page, weeks);
  }
  behaviors(page);
}

}  // namespace coterie::serve

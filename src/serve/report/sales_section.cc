// What was sold when, what it rests on, the way to a purchase, and what else happened how often.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>

#include "serve/report/chart.h"
#include "serve/report/names.h"
#include "serve/report/page.h"
#include "serve/report/sales_words.h"
#include "serve/report/weekly_sales.h"
#include "serve/report/word_table.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

using Weeks = std::vector<SalesWeek>;

constexpr double kMiddle = 3.5;     // of a week, in days
constexpr size_t kAll = 10'000;     // periods: all of them
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
  Axis axis{page.say(Message::report_axis_week), static_cast<double>(weeks.front().monday),
            static_cast<double>(weeks.back().monday + 7),
            month_ticks(page, weeks.front().monday, weeks.back().monday + 7)};
  axis.key = [](double middle) { return iso_date(static_cast<int64_t>(middle - kMiddle)); };
  axis.words = [page](double middle) {
    return page.say(Message::report_week_of,
                    page.format.date(iso_date(static_cast<int64_t>(middle - kMiddle))));
  };
  return axis;
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
    out.points.push_back({static_cast<double>(week.monday) + kMiddle, value(week)});
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
  chart.y.words = [f = page.format](double value) { return f.money(value); };
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
  chart.y.words = [f = page.format](double value) { return f.count(value); };
  draw(page, std::move(chart), weeks);
}

// What the data cover whole, so that no line seems to fall at their end; all of it where that is less than a line.
Weeks drawn(const Weeks& weeks) {
  Weeks whole;
  std::copy_if(weeks.begin(), weeks.end(), std::back_inserter(whole),
               [](const SalesWeek& week) { return week.is_whole; });
  return whole.size() < 2 ? weeks : whole;
}

// Members of each whole week by whether it was their first purchase; `key` is one of the periods'.
std::vector<Point> members_by_week(const json& periods, const char* key) {
  std::vector<Point> out;
  for (const json& period : periods)
    if (const auto monday = day_number(text_of(field(period, "start")));
        monday && field(period, "is_whole") == true)
      out.push_back({static_cast<double>(*monday) + kMiddle, number_or(field(period, key), 0)});
  return out;
}

void members_chart(const Page& page, const Weeks& weeks) {
  const json& sales = field(page.record, "sales");
  const json& periods = field(sales, "periods");
  if (!periods.is_array() || text_of(field(sales, "by")) != "week") return;
  Chart chart;
  chart.title = page.say(Message::report_sales_members);
  chart.series = {{page.say(Message::report_series_returning), "s1", Series::Kind::kLine,
                   members_by_week(periods, "returning_members")},
                  {page.say(Message::report_series_new), "s2", Series::Kind::kDashes,
                   members_by_week(periods, "new_members")}};
  if (chart.series[0].points.size() < 2) return;
  double first = 0;
  for (const Point& point : chart.series[1].points) first += point.y;
  chart.description = page.say(Message::report_sales_members_text, page.format.count(first));
  chart.y = value_axis(page.say(Message::report_axis_members), chart.series, 4, 4,
                       [&](double value) { return page.format.compact(value); });
  chart.y.words = [f = page.format](double value) { return f.count(value); };
  draw(page, std::move(chart), weeks);
}

void period_table(const Page& page, const SalesWords& words) {
  const auto details = page.html.element("details");
  page.html.leaf("summary", page.say(Message::report_sales_table));
  write_table(page, page.say(Message::report_sales_by_week), words.periods(kAll), LastRow::kTotal);
}

void weekdays(const Page& page, const SalesWords& words) {
  const WordTable table = words.weekdays();
  if (table.rows.empty()) return;
  page.heading("h3", Message::report_weekdays);
  page.paragraph(page.say(Message::report_weekdays_text));
  write_bar_table(page, page.say(Message::report_weekdays_caption), table, 1);
}

void concentration(const Page& page, const SalesWords& words) {
  const WordTable table = words.abc();
  if (table.rows.empty()) return;
  page.heading("h3", Message::report_abc);
  page.paragraph(page.say(Message::report_abc_text));
  write_table(page, page.say(Message::report_abc_caption), table);
  std::string gini;
  for (const std::string& sentence : words.gini())
    gini += fmt::format("{}{}", gini.empty() ? "" : page.gap(), sentence);
  page.paragraph(gini);
}

void funnel(const Page& page, const SalesWords& words) {
  const WordTable table = words.funnel();
  if (table.rows.empty()) return;
  page.heading("h3", Message::report_funnel);
  page.paragraph(page.say(Message::report_funnel_text));
  write_bar_table(page, page.say(Message::report_funnel_caption), table, 2);
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
  const Weeks all_weeks = weekly_sales(page.record);
  if (all_weeks.empty()) {
    page.paragraph(page.say(Message::report_sales_none));
    return behaviors(page);
  }
  const Weeks weeks = drawn(all_weeks);
  if (has_amounts(page.record))
    amount_chart(page, weeks);
  else
    page.paragraph(page.say(Message::report_sales_no_amounts));
  order_chart(page, weeks);
  members_chart(page, weeks);
  page.note(page.say(Message::report_sales_note) +
            (weeks.size() < all_weeks.size()
                 ? std::string(page.gap()) + page.say(Message::report_sales_part_note)
                 : ""));
  if (const json& sales = field(page.record, "sales"); sales.is_object()) {
    const SalesWords words(sales, page.language, text_of(field(page.record, "currency")));
    period_table(page, words);
    for (const std::string& sentence : words.shifts()) page.paragraph(sentence);
    weekdays(page, words);
    concentration(page, words);
    funnel(page, words);
    for (const std::string& sentence : words.limits()) page.note(sentence);
  }
  behaviors(page);
}

}  // namespace coterie::serve

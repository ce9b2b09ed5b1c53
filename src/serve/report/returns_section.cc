// Whether members come back: the triangle of cohorts, the time to the second purchase, the gaps between purchases.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "serve/report/chart.h"
#include "serve/report/page.h"
#include "serve/report/sales_words.h"
#include "serve/report/word_table.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

constexpr size_t kCohortMonths = 13;  // a year of cohorts, and the same month again

double share_of(const std::string& cell) { return std::strtod(number_in(cell).c_str(), nullptr); }

double largest_share(const WordTable& cohorts) {
  double largest = 0;
  for (const auto& row : cohorts.rows)
    for (size_t c = 2; c < row.size(); ++c) largest = std::max(largest, share_of(row[c]));
  return largest;
}

void cohort_row(const Page& page, const std::vector<std::string>& cells, double largest) {
  const auto row = page.html.element("tr");
  page.html.leaf("th", cells[0], {{"scope", "row"}});
  page.html.leaf("td", cells[1], {{"class", "number"}});
  for (size_t c = 2; c < cells.size(); ++c) {
    const double share = share_of(cells[c]);
    const int shade = share > 0 ? 1 + static_cast<int>((kShades - 1) * share / largest) : 0;
    page.html.leaf("td", cells[c],
                   {{"class", cells[c].empty() ? "unknown" : fmt::format("number heat-{}", shade)}});
  }
}

// The shade says what the number says, so that the triangle is seen at once and read by anybody.
void cohort_table(const Page& page, const WordTable& cohorts) {
  HtmlWriter& html = page.html;
  const std::string caption = page.say(Message::report_cohorts_caption);
  const auto box = html.element(
      "div", {{"class", "table-box"}, {"role", "group"}, {"tabindex", "0"}, {"aria-label", caption}});
  const auto table = html.element("table", {{"class", "cohorts"}});
  {
    const auto element = html.element("caption");
    html.leaf("span", caption);
  }
  {
    const auto head = html.element("thead");
    const auto row = html.element("tr");
    for (size_t c = 0; c < cohorts.headings.size(); ++c)
      html.leaf("th", cohorts.headings[c],
                c == 0 ? Attributes{{"scope", "col"}} : Attributes{{"scope", "col"}, {"class", "number"}});
  }
  const auto body = html.element("tbody");
  const double largest = largest_share(cohorts);
  for (const auto& row : cohorts.rows) cohort_row(page, row, largest);
}

void cohorts(const Page& page, const json& sales, const SalesWords& words) {
  const WordTable table = words.cohorts(kCohortMonths);
  if (table.rows.empty()) return;
  page.heading("h3", Message::report_cohorts);
  page.paragraph(page.say(Message::sales_cohort_text));
  cohort_table(page, table);
  const bool has_first = field(sales, "cohorts").size() <= kCohortMonths;
  if (has_first) page.note(page.say(Message::report_cohorts_note));
}

Axis percent_axis(const Page& page, Message title, double highest) {
  Axis axis{page.say(title), 0, 1, {}};
  for (const double value : round_ticks(0, highest, 5))
    axis.ticks.push_back({value, page.format.percent(value, 0)});
  axis.high = axis.ticks.back().value;
  axis.words = [f = page.format](double value) { return f.percent(value); };
  return axis;
}

Axis day_axis(const Page& page, double last) {
  Axis axis{page.say(Message::report_axis_days_since), 0, last, {}};
  for (const double value : round_ticks(0, last, 6))
    if (value <= last) axis.ticks.push_back({value, page.format.count(value)});
  axis.words = [page](double days) {
    return page.say(Message::report_days_between, page.format.count(days));
  };
  return axis;
}

// The share by day, and the band in which it lies.
void second_chart(const Page& page, const json& curve, const std::string& description) {
  Series line{page.say(Message::report_series_again), "s1", Series::Kind::kLine, {}};
  Series band{page.say(Message::report_series_band), "s1", Series::Kind::kBand, {}};
  double highest = 0.05;
  for (const json& entry : curve) {
    const auto days = number(field(entry, "days")), share = number(field(entry, "share"));
    if (!days || !share) continue;
    const double low = number_or(field(entry, "low"), *share), high = number_or(field(entry, "high"), *share);
    line.points.push_back({*days, *share});
    band.points.push_back({*days, *share, low, high});
    highest = std::max(highest, high);
  }
  if (line.points.size() < 2) return;
  Chart chart;
  chart.title = page.say(Message::report_second_chart);
  chart.description = description;
  chart.x = day_axis(page, line.points.back().x);
  chart.y = percent_axis(page, Message::report_axis_bought_again, std::min(1.0, highest));
  chart.series = {std::move(band), std::move(line)};
  chart.width = 1032;
  chart.height = 300;
  Chart narrow = chart;
  narrow.width = 360;
  draw_wide_and_narrow(page.html, chart, narrow);
}

void second_purchase(const Page& page, const json& sales, const SalesWords& words) {
  const std::string sentence = words.second_purchase();
  if (sentence.empty()) return;
  page.heading("h3", Message::report_second);
  page.paragraph(sentence);
  second_chart(page, field(sales, {"second_purchase", "curve"}), sentence);
  page.note(page.say(Message::report_second_note));
  write_table(page, page.say(Message::report_second_caption), words.second_purchase_shares());
}

// One column a bin, all of one width, though later bins hold more days: their labels say which.
void gap_chart(const Page& page, const WordTable& bins, const std::string& description) {
  Chart chart;
  chart.title = page.say(Message::report_gaps_chart);
  chart.description = description;
  Series columns{page.say(Message::sales_gaps), "s1", Series::Kind::kColumns, {}};
  chart.x = {page.say(Message::report_axis_gap_days), 0, static_cast<double>(bins.rows.size()), {}};
  double most = 4;
  for (size_t i = 0; i < bins.rows.size(); ++i) {
    const double middle = static_cast<double>(i) + 0.5;
    columns.points.push_back({middle, share_of(bins.rows[i][1])});
    chart.x.ticks.push_back({middle, bins.rows[i][0]});
    most = std::max(most, columns.points.back().y);
  }
  const auto label = [bins](double middle) { return bins.rows[static_cast<size_t>(middle)][0]; };
  chart.x.key = label;
  chart.x.words = [page, label](double middle) {
    return page.say(Message::report_days_between, label(middle));
  };
  chart.y.title = page.say(Message::report_axis_gaps);
  for (const double value : round_ticks(0, most, 4))
    chart.y.ticks.push_back({value, page.format.compact(value)});
  chart.y.high = chart.y.ticks.back().value;
  chart.y.words = [f = page.format](double value) { return f.count(value); };
  chart.series = {std::move(columns)};
  chart.width = 1032;
  chart.height = 280;
  Chart narrow = chart;
  narrow.width = 360;
  draw_wide_and_narrow(page.html, chart, narrow);
}

void gaps(const Page& page, const SalesWords& words) {
  const std::string sentence = words.gaps();
  const WordTable bins = words.gap_histogram();
  if (sentence.empty() || bins.rows.empty()) return;
  page.heading("h3", Message::report_gaps);
  page.paragraph(sentence);
  gap_chart(page, bins, sentence);
  page.note(page.say(Message::report_gaps_note));
}

}  // namespace

void returns_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "returns"}});
  page.heading("h2", Message::report_returns);
  const json& sales = field(page.record, "sales");
  if (!sales.is_object()) return page.paragraph(page.say(Message::report_returns_none));
  const SalesWords words(sales, page.language, text_of(field(page.record, "currency")));
  if (words.cohorts(1).rows.empty()) return page.paragraph(page.say(Message::report_returns_nobody));
  cohorts(page, sales, words);
  second_purchase(page, sales, words);
  gaps(page, words);
}

}  // namespace coterie::serve

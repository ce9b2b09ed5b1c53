#include "serve/report/model_charts.h"

#include <algorithm>
#include <cmath>

#include "serve/report/chart.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

Axis share_axis(const Page& page, Message title, double high) {
  Axis axis{page.say(title), 0, high, {}};
  for (const double value : round_ticks(0, high, 5))
    if (value <= high + 1e-9) axis.ticks.push_back({value, page.format.percent(value, 0)});
  axis.words = [f = page.format](double value) { return f.percent(value); };
  return axis;
}

// [[x, y], ...]
std::vector<Point> pairs(const json& entries) {
  std::vector<Point> out;
  if (entries.is_array())
    for (const json& entry : entries)
      if (entry.is_array() && entry.size() >= 2)
        out.push_back({number_or(entry[0], 0), number_or(entry[1], 0)});
  return out;
}

// A gap in the row of charts is explained where the chart would be.
void missing(const Page& page, Message title) {
  const auto figure = page.html.element("figure");
  page.html.leaf("figcaption", page.say(title));
  page.note(page.say(Message::report_chart_missing));
}

}  // namespace

void draw_roc(const Page& page, const json& evidence) {
  const auto points = pairs(field(evidence, "roc"));
  if (points.size() < 2) return missing(page, Message::report_roc);
  Chart chart;
  chart.title = page.say(Message::report_roc);
  const double auc = number_or(field(evidence, {"metrics", "auc", "value"}), 0);
  chart.description = page.say(Message::report_roc_text, page.format.decimal(auc, 3));
  chart.x = share_axis(page, Message::report_axis_false, 1);
  chart.y = share_axis(page, Message::report_axis_true, 1);
  chart.series = {
      {page.say(Message::report_series_model), "s1", Series::Kind::kLine, points},
      {page.say(Message::report_series_chance), "quiet", Series::Kind::kDashes, {{0, 0}, {1, 1}}}};
  draw_chart(page.html, chart);
}

void draw_calibration(const Page& page, const json& evidence) {
  const json& bins = field(evidence, {"calibration", "bins"});
  if (!bins.is_array() || bins.empty()) return missing(page, Message::report_calibration);
  Series dots{page.say(Message::report_series_bins), "s1", Series::Kind::kDots, {}};
  double high = 0.05;
  for (const json& bin : bins) {
    const double predicted = number_or(field(bin, "mean_predicted"), 0);
    const double observed = number_or(field(bin, "observed_rate"), 0);
    const double users = std::max(1.0, number_or(field(bin, "users"), 1));
    const double range = 1.96 * std::sqrt(observed * (1 - observed) / users);
    dots.points.push_back(
        {predicted, observed, std::max(0.0, observed - range), std::min(1.0, observed + range)});
    high = std::max({high, predicted, dots.points.back().high});
  }
  high = std::min(1.0, std::ceil(high * 10) / 10);
  Series whiskers = dots;
  whiskers.kind = Series::Kind::kWhiskers;
  whiskers.name.clear();
  Chart chart;
  chart.title = page.say(Message::report_calibration);
  const double error = number_or(field(evidence, {"calibration", "expected_calibration_error"}), 0);
  const double band = number_or(field(evidence, {"calibration", "band"}), 0);
  chart.description =
      page.say(Message::report_calibration_text, page.format.percent(error), page.format.percent(band));
  chart.x = share_axis(page, Message::report_axis_predicted, high);
  chart.y = share_axis(page, Message::report_axis_observed, high);
  chart.series = {
      {page.say(Message::report_series_perfect), "quiet", Series::Kind::kDashes, {{0, 0}, {high, high}}},
      whiskers,
      dots};
  draw_chart(page.html, chart);
}

void draw_lift(const Page& page, const json& evidence) {
  const auto points = pairs(field(evidence, "lift"));
  if (points.size() < 2) return missing(page, Message::report_lift);
  double high = 1;
  for (const Point& point : points) high = std::max(high, point.y);
  Chart chart;
  chart.title = page.say(Message::report_lift);
  chart.description = page.say(Message::report_lift_text, page.format.decimal(points.front().y, 1),
                               page.format.percent(points.front().x, 0));
  chart.x = share_axis(page, Message::report_axis_reached, 1);
  chart.y.title = page.say(Message::report_axis_lift);
  const auto ticks = round_ticks(0, high, 4);
  const int digits = ticks[1] < 1 ? 1 : 0;
  for (const double value : ticks) chart.y.ticks.push_back({value, page.format.decimal(value, digits) + "×"});
  chart.y.high = chart.y.ticks.back().value;
  chart.y.words = [f = page.format](double value) { return f.decimal(value, 1) + "×"; };
  chart.series = {
      {page.say(Message::report_series_model), "s1", Series::Kind::kLine, points},
      {page.say(Message::report_series_average), "quiet", Series::Kind::kDashes, {{0, 1}, {1, 1}}}};
  draw_chart(page.html, chart);
}

}  // namespace coterie::serve

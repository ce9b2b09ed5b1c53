#include "serve/report/chart_data.h"

#include <fmt/format.h>

#include <set>
#include <string>

namespace coterie::serve {

using nlohmann::json;

namespace {

std::string_view kind_name(Series::Kind kind) {
  switch (kind) {
    case Series::Kind::kLine: return "line";
    case Series::Kind::kDashes: return "dashes";
    case Series::Kind::kColumns: return "columns";
    case Series::Kind::kDots: return "dots";
    case Series::Kind::kWhiskers: return "whiskers";
    case Series::Kind::kBand: return "band";
  }
  return "line";
}

std::string words(const Axis& axis, double value) {
  return axis.words ? axis.words(value) : fmt::format("{:.4g}", value);
}

json axis_data(const Axis& axis) {
  json ticks = json::array();
  for (const Tick& tick : axis.ticks) ticks.push_back({tick.value, tick.label});
  return {{"title", axis.title}, {"low", axis.low}, {"high", axis.high}, {"ticks", std::move(ticks)}};
}

json series_data(const Chart& chart, const Series& series) {
  const bool has_interval = series.kind == Series::Kind::kWhiskers || series.kind == Series::Kind::kBand;
  json points = json::array();
  for (const Point& point : series.points) {
    json entry = {point.x, point.y, words(chart.y, point.y)};
    if (has_interval) {
      entry[2] = words(chart.y, point.low) + "–" + words(chart.y, point.high);
      entry.push_back(point.low);
      entry.push_back(point.high);
    }
    points.push_back(std::move(entry));
  }
  return {{"name", series.name},
          {"colour", series.colour},
          {"kind", kind_name(series.kind)},
          {"points", std::move(points)}};
}

}  // namespace

json chart_data(const Chart& chart) {
  std::set<double> places;
  json series = json::array();
  for (const Series& one : chart.series) {
    for (const Point& point : one.points) places.insert(point.x);
    series.push_back(series_data(chart, one));
  }
  json at = json::array();
  for (const double x : places)
    at.push_back({x, words(chart.x, x), chart.x.key ? json(chart.x.key(x)) : json(x)});
  return {{"title", chart.title},
          {"description", chart.description},
          {"width", chart.width},
          {"height", chart.height},
          {"column_width", chart.column_width},
          {"x", axis_data(chart.x)},
          {"y", axis_data(chart.y)},
          {"at", std::move(at)},
          {"series", std::move(series)}};
}

json interval_data(std::string_view title, std::string_view description, const Axis& scale,
                   const std::vector<IntervalRow>& rows) {
  json out = {
      {"title", title}, {"description", description}, {"x", axis_data(scale)}, {"rows", json::array()}};
  for (const IntervalRow& row : rows)
    out["rows"].push_back({{"label", row.label},
                           {"value", row.value},
                           {"middle", row.middle},
                           {"low", row.low},
                           {"high", row.high},
                           {"is_marked", row.is_marked}});
  return out;
}

}  // namespace coterie::serve

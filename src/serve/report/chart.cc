#include "serve/report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "serve/report/chart_data.h"

namespace coterie::serve {

namespace {

constexpr double kTop = 12;
constexpr double kRight = 18;
constexpr double kTickHeight = 20;
constexpr double kTitleHeight = 22;

std::string px(double value) { return fmt::format("{:.1f}", value); }

// About how wide a text is at 12 px: narrow letters of one or two bytes in UTF-8, and wide ones of three.
double text_width(std::string_view text) {
  double width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 || (byte >= 0xC0 && byte < 0xE0))
      width += 6.8;
    else if (byte >= 0xE0)
      width += 12;
  }
  return width;
}

// Where values fall on the paper.
class Frame {
 public:
  explicit Frame(const Chart& chart) : chart_(chart) {
    double widest = 0;
    for (const Tick& tick : chart.y.ticks) widest = std::max(widest, text_width(tick.label));
    left_ = widest + 12;
    right_ = chart.width - kRight;
    bottom_ = chart.height - kTickHeight - kTitleHeight;
    top_ = kTop + kTitleHeight;
  }
  double x(double value) const { return left_ + share(chart_.x, value) * (right_ - left_); }
  double y(double value) const { return bottom_ - share(chart_.y, value) * (bottom_ - top_); }
  double left() const { return left_; }
  double right() const { return right_; }
  double bottom() const { return bottom_; }
  double top() const { return top_; }

 private:
  static double share(const Axis& axis, double value) {
    const double range = axis.high - axis.low;
    return range > 0 ? std::clamp((value - axis.low) / range, 0.0, 1.0) : 0.5;
  }
  const Chart& chart_;
  double left_, right_, bottom_, top_;
};

void line(HtmlWriter& html, double x1, double y1, double x2, double y2, std::string_view css_class) {
  html.empty(
      "line",
      {{"x1", px(x1)}, {"y1", px(y1)}, {"x2", px(x2)}, {"y2", px(y2)}, {"class", std::string(css_class)}});
}

void draw_axes(HtmlWriter& html, const Chart& chart, const Frame& frame) {
  for (const Tick& tick : chart.y.ticks) {
    const double y = frame.y(tick.value);
    line(html, frame.left(), y, frame.right(), y, tick.value == 0 ? "axis" : "grid");
    html.leaf("text", tick.label, {{"x", px(frame.left() - 6)}, {"y", px(y + 4)}, {"text-anchor", "end"}});
  }
  line(html, frame.left(), frame.bottom(), frame.right(), frame.bottom(), "axis");
  double free_from = 0;
  for (const Tick& tick : chart.x.ticks) {
    const double x = frame.x(tick.value);
    const double half = text_width(tick.label) / 2;
    line(html, x, frame.bottom(), x, frame.bottom() + 4, "axis");
    // A label that would touch the one before it, or leave the paper, is left out; its tick stays.
    if (x - half < free_from || x + half > chart.width) continue;
    free_from = x + half + 8;
    html.leaf("text", tick.label, {{"x", px(x)}, {"y", px(frame.bottom() + 17)}, {"text-anchor", "middle"}});
  }
  html.leaf("text", chart.y.title, {{"x", "2"}, {"y", px(kTop + 4)}, {"class", "axis-title"}});
  html.leaf("text", chart.x.title,
            {{"x", px(frame.right())},
             {"y", px(chart.height - 6)},
             {"text-anchor", "end"},
             {"class", "axis-title"}});
}

void draw_line(HtmlWriter& html, const Series& series, const Frame& frame, std::string_view kind) {
  std::string path;
  for (const Point& point : series.points)
    path += fmt::format("{}{} {}", path.empty() ? "M" : "L", px(frame.x(point.x)), px(frame.y(point.y)));
  if (!path.empty()) html.empty("path", {{"d", path}, {"class", fmt::format("{} {}", kind, series.colour)}});
}

// Columns stand on zero, or hang from it.
void draw_columns(HtmlWriter& html, const Series& series, const Chart& chart, const Frame& frame) {
  const double width =
      std::max(0.5, (frame.x(chart.x.low + chart.column_width) - frame.x(chart.x.low)) * 0.8);
  for (const Point& point : series.points) {
    const double zero = frame.y(0);
    const double end = frame.y(point.y);
    if (std::abs(zero - end) < 0.05) continue;
    html.empty("rect", {{"x", px(frame.x(point.x) - width / 2)},
                        {"y", px(std::min(zero, end))},
                        {"width", px(width)},
                        {"height", px(std::abs(zero - end))},
                        {"class", fmt::format("column {}", series.colour)}});
  }
}

void draw_dots(HtmlWriter& html, const Series& series, const Frame& frame) {
  for (const Point& point : series.points)
    html.empty("circle", {{"cx", px(frame.x(point.x))},
                          {"cy", px(frame.y(point.y))},
                          {"r", "4"},
                          {"class", fmt::format("dot {}", series.colour)}});
}

void draw_whiskers(HtmlWriter& html, const Series& series, const Frame& frame) {
  for (const Point& point : series.points)
    line(html, frame.x(point.x), frame.y(point.low), frame.x(point.x), frame.y(point.high),
         fmt::format("whisker {}", series.colour));
}

// Along the upper ends and back along the lower ones.
void draw_band(HtmlWriter& html, const Series& series, const Frame& frame) {
  std::string path;
  for (const Point& point : series.points)
    path += fmt::format("{}{} {}", path.empty() ? "M" : "L", px(frame.x(point.x)), px(frame.y(point.high)));
  for (auto point = series.points.rbegin(); point != series.points.rend(); ++point)
    path += fmt::format("L{} {}", px(frame.x(point->x)), px(frame.y(point->low)));
  if (!path.empty())
    html.empty("path", {{"d", path + "Z"}, {"class", fmt::format("band {}", series.colour)}});
}

void draw_series(HtmlWriter& html, const Series& series, const Chart& chart, const Frame& frame) {
  switch (series.kind) {
    case Series::Kind::kLine: return draw_line(html, series, frame, "line");
    case Series::Kind::kDashes: return draw_line(html, series, frame, "dashes");
    case Series::Kind::kColumns: return draw_columns(html, series, chart, frame);
    case Series::Kind::kDots: return draw_dots(html, series, frame);
    case Series::Kind::kWhiskers: return draw_whiskers(html, series, frame);
    case Series::Kind::kBand: return draw_band(html, series, frame);
  }
}

HtmlWriter::Element open_svg(HtmlWriter& html, int width, int height, std::string_view css_class) {
  return html.element("svg", {{"viewBox", fmt::format("0 0 {} {}", width, height)},
                              {"width", std::to_string(width)},
                              {"height", std::to_string(height)},
                              {"role", "img"},
                              {"class", std::string(css_class)}});
}

void draw_svg(HtmlWriter& html, const Chart& chart, std::string_view css_class) {
  const auto svg = open_svg(html, chart.width, chart.height, css_class);
  html.leaf("title", chart.title);
  html.leaf("desc", chart.description);
  const Frame frame(chart);
  draw_axes(html, chart, frame);
  for (const Series& series : chart.series) draw_series(html, series, chart, frame);
}

void draw_legend(HtmlWriter& html, const Chart& chart) {
  const auto names = std::count_if(chart.series.begin(), chart.series.end(),
                                   [](const Series& series) { return !series.name.empty(); });
  if (names < 2) return;
  const auto list = html.element("ul", {{"class", "legend"}});
  for (const Series& series : chart.series) {
    if (series.name.empty()) continue;
    const auto item = html.element("li");
    const std::string_view look = series.kind == Series::Kind::kDashes ? " dashed"
                                  : series.kind == Series::Kind::kBand ? " wide"
                                                                       : "";
    html.leaf("span", "", {{"class", fmt::format("swatch {}{}", series.colour, look)}});
    html.leaf("span", series.name, {{"class", "name"}});
  }
}

void draw_interval_svg(HtmlWriter& html, std::string_view title, std::string_view description,
                       const Axis& scale, const std::vector<IntervalRow>& rows) {
  constexpr int kWidth = 360;
  constexpr int kRow = 38;
  constexpr double kLeft = 12;
  const int bottom = static_cast<int>(rows.size()) * kRow + 4;
  const auto svg = open_svg(html, kWidth, bottom + static_cast<int>(kTickHeight), "chart");
  html.leaf("title", title);
  html.leaf("desc", description);
  const double range = scale.high > scale.low ? scale.high - scale.low : 1;
  const auto x = [&](double value) {
    return kLeft + std::clamp((value - scale.low) / range, 0.0, 1.0) * (kWidth - kLeft - kRight);
  };
  for (const Tick& tick : scale.ticks) {
    line(html, x(tick.value), 4, x(tick.value), bottom, "grid");
    html.leaf("text", tick.label,
              {{"x", px(x(tick.value))}, {"y", px(bottom + 14)}, {"text-anchor", "middle"}});
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const IntervalRow& row = rows[i];
    const double top = static_cast<double>(i) * kRow;
    const double y = top + 27;
    const std::string colour = row.is_marked ? "s1" : "quiet";
    const std::string weight = row.is_marked ? "strong" : "plain";
    html.leaf("text", row.label, {{"x", px(kLeft)}, {"y", px(top + 16)}, {"class", weight}});
    html.leaf("text", row.value,
              {{"x", px(kWidth - kRight)}, {"y", px(top + 16)}, {"text-anchor", "end"}, {"class", weight}});
    line(html, kLeft, y, kWidth - kRight, y, "grid");
    line(html, x(row.low), y, x(row.high), y, "range " + colour);
    html.empty("circle",
               {{"cx", px(x(row.middle))}, {"cy", px(y)}, {"r", "4.5"}, {"class", "dot " + colour}});
  }
}

}  // namespace

void draw_chart(HtmlWriter& html, const Chart& chart) {
  const auto figure = html.element("figure");
  html.leaf("figcaption", chart.title);
  draw_legend(html, chart);
  draw_svg(html, chart, "chart");
  html.data("chart-data", chart_data(chart));
}

void draw_wide_and_narrow(HtmlWriter& html, const Chart& wide, const Chart& narrow) {
  const auto figure = html.element("figure");
  html.leaf("figcaption", wide.title);
  draw_legend(html, wide);
  draw_svg(html, wide, "chart only-wide");
  draw_svg(html, narrow, "chart only-narrow");
  html.data("chart-data", chart_data(wide));
}

void draw_intervals(HtmlWriter& html, std::string_view title, std::string_view description, const Axis& scale,
                    const std::vector<IntervalRow>& rows) {
  const auto figure = html.element("figure");
  html.leaf("figcaption", title);
  draw_interval_svg(html, title, description, scale, rows);
  html.data("chart-data", interval_data(title, description, scale, rows));
}

std::vector<double> round_ticks(double low, double high, int count) {
  if (!(high > low)) high = low + 1;
  const double raw = (high - low) / std::max(1, count);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double nice : {1.0, 2.0, 5.0})
    if (nice * power >= raw * 0.999) {
      step = nice * power;
      break;
    }
  std::vector<double> ticks;
  const auto first = static_cast<int64_t>(std::floor(low / step + 1e-9));
  const auto last = static_cast<int64_t>(std::ceil(high / step - 1e-9));
  for (int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

}  // namespace coterie::serve

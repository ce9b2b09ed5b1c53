// Charts as inline SVG: points on two axes, and rows of intervals; beside each its data for report.js.
//
// The SVG is what is read without scripts, on paper and by screen readers; on a screen report.js draws the same
// figure with ECharts from the data (chart_data.h).
//
// Every chart is a figure with a caption, a legend in words where it has several series, and an SVG of role
// "img" with a title and a description. Sizes are in CSS pixels of the viewBox; a chart shrinks with the
// screen and never grows beyond its own width. Colours come from style.css (series "s1" to "s4", a
// colour-blind-safe palette).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/report/html.h"

namespace coterie::serve {

struct Tick {
  double value = 0;
  std::string label;
};

struct Axis {
  std::string title;  ///< what it measures, with its unit
  double low = 0;
  double high = 1;
  std::vector<Tick> ticks;
  /// A value in words, for who points at it: "week from 10 Oct 2011", "£1,234"; without it, its few digits.
  std::function<std::string(double)> words = {};
  /// A value as a data file holds it: "2011-10-10"; without it, the number.
  std::function<std::string(double)> key = {};
};

struct Point {
  double x = 0;
  double y = 0;
  double low = 0;  ///< of the interval around y; only kWhiskers and kBand read it
  double high = 0;
};

struct Series {
  enum class Kind { kLine, kDashes, kColumns, kDots, kWhiskers, kBand };
  std::string name;         ///< for the legend; "" is left out of it
  std::string_view colour;  ///< "s1" ... "s4", "quiet"
  Kind kind = Kind::kLine;
  std::vector<Point> points;
};

struct Chart {
  std::string title;
  std::string description;  ///< what it shows, for whom does not see it
  int width = 360;
  int height = 280;
  Axis x;
  Axis y;
  double column_width = 1;  ///< of kColumns, in units of x
  std::vector<Series> series;
};

/// Draws a chart; its x and y ranges must not be empty. Points outside are cut to the range.
void draw_chart(HtmlWriter& html, const Chart& chart);

/// The same at two widths, of which the page shows the one that fits the screen.
void draw_wide_and_narrow(HtmlWriter& html, const Chart& wide, const Chart& narrow);

struct IntervalRow {
  std::string label;
  std::string value;  ///< as printed at the right
  double middle = 0;
  double low = 0;
  double high = 0;
  bool is_marked = false;
};

/// One row an interval on a common scale, labels above their rows.
void draw_intervals(HtmlWriter& html, std::string_view title, std::string_view description, const Axis& scale,
                    const std::vector<IntervalRow>& rows);

/// Round values from at or below `low` to at or above `high`, about `count` steps; at least two values.
std::vector<double> round_ticks(double low, double high, int count);

}  // namespace coterie::serve

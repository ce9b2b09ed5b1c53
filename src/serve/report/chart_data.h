// A chart's series and words as JSON: what report.js draws with ECharts and writes to a data file.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "serve/report/chart.h"

namespace coterie::serve {

/// {title, description, width, height, column_width, x, y, at, series}: an axis is {title, low, high, ticks[] [value,
/// label]}; at[] are the values of x that occur, ascending, each [x, words, key]; a series is {name, colour, kind,
/// points[] [x, y, words]}, of whiskers and bands [x, y, words, low, high].
nlohmann::json chart_data(const Chart& chart);

/// {title, description, x, rows[] {label, value, middle, low, high, is_marked}}.
nlohmann::json interval_data(std::string_view title, std::string_view description, const Axis& scale,
                             const std::vector<IntervalRow>& rows);

}  // namespace coterie::serve

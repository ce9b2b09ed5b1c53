#include "understand/fact_numbers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/number_text.h"

namespace coterie::understand {

using data::FeatureColumn;
using data::FeatureKind;

std::vector<size_t> category_counts(const FeatureColumn& column, std::span<const uint32_t> rows) {
  std::vector<size_t> counts(column.categories.size());
  for (const uint32_t row : rows)
    if (!column.is_missing(row)) ++counts[column.codes[row]];
  return counts;
}

std::optional<std::vector<double>> numbers_of(const FeatureColumn& column, std::span<const uint32_t> rows) {
  std::vector<double> of_category;
  if (column.kind == FeatureKind::kCategorical) {
    const auto counts = category_counts(column, rows);
    for (size_t code = 0; code < counts.size(); ++code) {
      const auto number = base::number_of_text(column.categories[code]);
      if (!number && counts[code] > 0) return std::nullopt;
      of_category.push_back(number.value_or(0));
    }
  }
  std::vector<double> out(rows.size(), std::numeric_limits<double>::quiet_NaN());
  for (size_t i = 0; i < rows.size(); ++i)
    if (!column.is_missing(rows[i]))
      out[i] = of_category.empty() ? column.values[rows[i]] : of_category[column.codes[rows[i]]];
  const bool is_empty = std::all_of(out.begin(), out.end(), [](double value) { return std::isnan(value); });
  if (is_empty) return std::nullopt;
  return out;
}

}  // namespace coterie::understand

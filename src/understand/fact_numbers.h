// Facts that are numbers, whatever they are kept as: a trait is text, and "42" is still a number.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "data/feature_table.h"

namespace coterie::understand {

/// The column's values of `rows`, NaN where missing; nothing when some text among them is no number, or all are missing.
/// O(rows + categories).
std::optional<std::vector<double>> numbers_of(const data::FeatureColumn& column,
                                              std::span<const uint32_t> rows);

/// How many of `rows` have each category. The column is categorical.
std::vector<size_t> category_counts(const data::FeatureColumn& column, std::span<const uint32_t> rows);

}  // namespace coterie::understand

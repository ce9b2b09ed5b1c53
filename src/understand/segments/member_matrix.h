// Numbers and categories of members together, as the numbers that k-means reads. Every fact counts alike.
//
// A number: the logarithm where it has a long tail, minus the median, over a robust standard deviation. A category: one column
// for each value, weighted so that two members drawn by chance differ by it as much as by a number. What is missing: the
// median of a number, a value of its own of a category. docs/methods/segmentations.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/feature_table.h"
#include "kernels/matrix.h"
#include "understand/rules/rule.h"
#include "understand/segments/segment_rules.h"

namespace coterie::understand {

/// More different texts than these are ids or words, and no categories.
inline constexpr size_t kMostCategories = 50;
/// Members so many robust standard deviations from the median of some number are outliers.
inline constexpr double kOutlierDeviations = 6;

/// What became of one fact.
struct MemberColumn {
  Quantity quantity;
  bool is_category = false;
  bool is_constant = false;  ///< all have the same: left out
  bool is_log = false;       ///< sign(x) · log(1 + |x|)
  bool is_robust = false;    ///< scale is the interquartile range / 1.349, and not the standard deviation
  double center = 0, scale = 1;
  std::vector<std::string> categories = {};  ///< ascending; of missing values "" at the end
  double weight = 1;                         ///< of a category's columns
  size_t missing = 0;                        ///< members
};

struct MemberMatrix {
  std::vector<MemberColumn> columns;  ///< one for each fact
  kernels::Matrix points;             ///< rows × numbers
  std::vector<size_t> fact_of;        ///< of each column of `points`, its fact
  std::vector<uint8_t> is_outlier;    ///< of each row
};

/// Errors: kInvalidArgument (no rows; a number that is to be a category; too many categories; nothing varies). O(rows ×
/// columns · log rows).
base::Result<MemberMatrix> member_matrix(std::span<const RuleColumn> facts, std::span<const uint32_t> rows);

}  // namespace coterie::understand

// Any segmentation, told as rules that people can read: a decision tree of at most four levels, each leaf a condition.
//
// The tree has as few levels as tell nearly as much as four: one that is right of at most kSimpler fewer members that it
// was not made from is preferred.
// The rules are those of understand/rules: what they say can be made a segment of its own. docs/methods/segment-rules.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/feature_table.h"
#include "understand/rules/rule.h"

namespace coterie::understand {

/// Rules that put at least so many members, also of those that they were not made from, where they are describe a
/// segmentation; below it is called hard to describe.
inline constexpr double kDescribes = 0.9;
inline constexpr double kSimpler = 0.01;

struct SegmentRulesOptions {
  size_t max_depth = 4;
  size_t folds = 5;                       ///< of the cross-validation, ≥ 2
  size_t cross_validated_rows = 100'000;  ///< of more members so many are drawn for it
  uint64_t random_state = 0;
};

/// What a rule may ask for, and the column that holds it.
struct RuleColumn {
  Quantity quantity;
  const data::FeatureColumn* column;
  bool is_category = false;  ///< a text that is a number all the same is a code, and not compared as one
};

struct SegmentRule {
  std::optional<Rule> rule = {};  ///< nothing when no leaf of the tree is the segment's
  size_t users = 0;               ///< of the members in segments, of how many the rule holds
  double precision = 0;           ///< of those, the share that is in the segment; 0 without a rule
  double recall = 0;              ///< of the segment, the share of whom the rule holds
};

struct SegmentRules {
  std::vector<SegmentRule> segments;
  size_t depth = 0;            ///< levels of the tree, 1 to max_depth
  double accuracy = 0;         ///< share of the members that the rules put where they are
  double cross_validated = 0;  ///< the same of members that the rules were not made from
  double largest_share = 0;    ///< what calling everybody a member of the largest segment would reach

  bool is_hard_to_describe() const { return cross_validated < kDescribes; }
};

/// Rules of the segmentation of `rows` (labels below `segments`). When `scope` is given it is what all of `rows`, and no
/// other members, have in common, and every rule begins with it.
///
/// Numbers are compared with the roundest number between two neighbouring values, texts with one of their 20 commonest
/// values. What is missing has a side at every split, and the rule says which.
///
/// Errors   kInvalidArgument (no rows, columns or segments) · kCancelled · kResourceExhausted
/// Threads  the context's; the same for any number
/// Cost     folds + 1 trees; 8 bytes × rows × columns, a categorical column being one for each value
base::Result<SegmentRules> describe_by_rules(std::span<const RuleColumn> columns,
                                             std::span<const uint32_t> rows, std::span<const uint32_t> labels,
                                             size_t segments, const std::optional<Rule>& scope,
                                             const SegmentRulesOptions& options,
                                             const base::Context& context);

/// The number in [low, high) of the fewest digits. low < high, both finite.
double roundest_between(double low, double high);

}  // namespace coterie::understand

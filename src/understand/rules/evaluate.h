// A rule over the members of a table whose columns are named by the rule's quantities (to_text).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/feature_table.h"
#include "understand/rules/rule.h"

namespace coterie::understand {

/// Of every row: 1 where the rule holds. A number of a trait is read from its text; a text that is none counts as missing.
/// Segments that it includes have been replaced by their rules. O(rows × conditions), column by column. Errors: kInternal
/// (a column is not there, a segment is still included). Pure.
base::Result<std::vector<uint8_t>> evaluate(const Rule& rule, const data::FeatureTable& facts);

/// Of every row: 1 where the condition holds. Errors: kInternal.
base::Result<std::vector<uint8_t>> evaluate(const Condition& condition, const data::FeatureTable& facts);

/// A rule of one member, part by part.
struct Explanation {
  Rule::Kind kind{};
  std::string text = {};  ///< of a condition
  bool holds = false;
  std::optional<RuleValue> value = {};  ///< of a condition: what the quantity is; nothing when it is missing
  std::vector<Explanation> children = {};
};

/// Errors: as evaluate().
base::Result<Explanation> explain(const Rule& rule, const data::FeatureTable& facts, size_t row);

}  // namespace coterie::understand

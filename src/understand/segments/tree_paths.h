// The way to a leaf of a decision tree, as a rule: every question on it, those about one quantity put together.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "data/feature_table.h"
#include "learn/tree/decision_tree.h"
#include "understand/rules/rule.h"

namespace coterie::understand {

/// What a column of the tree's matrix asks: how large the number is, or whether the text is `category`.
struct TreeColumn {
  size_t quantity = 0;  ///< index into the quantities
  bool is_category = false;
  std::string category = {};
};

/// What a way through the tree leaves of one quantity.
struct Allowed {
  double above = -std::numeric_limits<double>::infinity();  ///< numbers above this
  double at_most = std::numeric_limits<double>::infinity();
  std::vector<std::string> only = {};  ///< one text, or any
  std::vector<std::string> none_of = {};
  bool known = true, missing = true;  ///< whether a member whose value is known, or missing, comes this way
};

struct AskedQuantity {
  Quantity quantity = {};
  bool has_missing = false;  ///< of anybody
  bool is_whole = false;     ///< all numbers are whole: "above 3" is said as "at least 4"
};

/// The rule of a leaf: one condition or more a quantity.
Rule rule_of(const std::vector<Allowed>& allowed, const std::vector<AskedQuantity>& asked);

/// The ways to the leaves of every class, as one rule each; nothing for a class without a leaf. Two leaves of one class below
/// one split are one. `thresholds[i]` stands in place of node i's.
std::vector<std::vector<Rule>> rules_of_classes(const learn::DecisionTreeClassifier& tree,
                                                const std::vector<double>& thresholds,
                                                const std::vector<TreeColumn>& columns,
                                                const std::vector<AskedQuantity>& asked, size_t classes);

}  // namespace coterie::understand

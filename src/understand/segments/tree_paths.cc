#include "understand/segments/tree_paths.h"

#include <algorithm>
#include <cmath>

namespace coterie::understand {

namespace {

using learn::TreeNode;

std::vector<Rule> asked_of_number(const Allowed& allowed, const AskedQuantity& asked) {
  const bool has_low = std::isfinite(allowed.above), has_high = std::isfinite(allowed.at_most);
  const double least = allowed.above + 1;  // of whole numbers
  if (asked.is_whole && has_low && has_high && least == allowed.at_most)
    return {condition(asked.quantity, CompareOp::kEqual, {least})};
  std::vector<Rule> out;
  if (has_low)
    out.push_back(asked.is_whole ? condition(asked.quantity, CompareOp::kGreaterEqual, {least})
                                 : condition(asked.quantity, CompareOp::kGreater, {allowed.above}));
  if (has_high) out.push_back(condition(asked.quantity, CompareOp::kLessEqual, {allowed.at_most}));
  return out;
}

// What is asked of a value that is known.
std::vector<Rule> asked_of_known(const Allowed& allowed, const AskedQuantity& asked) {
  const Quantity& quantity = asked.quantity;
  std::vector<Rule> out = asked_of_number(allowed, asked);
  if (!allowed.only.empty()) {
    out.push_back(condition(quantity, CompareOp::kEqual, {allowed.only[0]}));
  } else if (!allowed.none_of.empty()) {
    const std::vector<RuleValue> values(allowed.none_of.begin(), allowed.none_of.end());
    out.push_back(condition(quantity, values.size() == 1 ? CompareOp::kNotEqual : CompareOp::kNotIn, values));
  }
  return out;
}

// The pure ways of a tree: both children of a split that are leaves of one class make it such a leaf.
class Paths {
 public:
  Paths(const learn::DecisionTreeClassifier& tree, const std::vector<double>& thresholds,
        const std::vector<TreeColumn>& columns, const std::vector<AskedQuantity>& asked, size_t classes)
      : nodes_(tree.nodes()),
        thresholds_(thresholds),
        columns_(columns),
        asked_(asked),
        is_leaf_(nodes_.size()),
        out_(classes) {
    for (size_t i = nodes_.size(); i-- > 0;) {
      const TreeNode& node = nodes_[i];
      is_leaf_[i] = node.is_leaf() || (is_leaf_[node.left] != 0 && is_leaf_[node.right] != 0 &&
                                       nodes_[node.left].label == nodes_[node.right].label);
    }
  }

  std::vector<std::vector<Rule>> take() {
    walk(0, std::vector<Allowed>(asked_.size()));
    return std::move(out_);
  }

 private:
  void walk(uint32_t at, std::vector<Allowed> allowed) {
    const TreeNode& node = nodes_[at];
    if (is_leaf_[at] != 0) {
      out_[node.label].push_back(rule_of(allowed, asked_));
      return;
    }
    const size_t quantity = columns_[node.feature].quantity;
    auto left = allowed, right = std::move(allowed);
    narrow(at, left[quantity], right[quantity]);
    walk(node.left, std::move(left));
    walk(node.right, std::move(right));
  }

  void narrow(uint32_t at, Allowed& left, Allowed& right) const {
    const TreeNode& node = nodes_[at];
    left.missing = left.missing && node.missing_left;
    right.missing = right.missing && !node.missing_left;
    const TreeColumn& column = columns_[node.feature];
    if (node.threshold == std::numeric_limits<double>::max()) {
      right.known = false;  // known or missing is all that it asks
    } else if (column.is_category) {
      left.none_of.push_back(column.category);
      right.only = {column.category};
    } else {
      left.at_most = std::min(left.at_most, thresholds_[at]);
      right.above = std::max(right.above, thresholds_[at]);
    }
  }

  std::span<const TreeNode> nodes_;
  const std::vector<double>& thresholds_;
  const std::vector<TreeColumn>& columns_;
  const std::vector<AskedQuantity>& asked_;
  std::vector<uint8_t> is_leaf_;
  std::vector<std::vector<Rule>> out_;
};

}  // namespace

Rule rule_of(const std::vector<Allowed>& allowed, const std::vector<AskedQuantity>& asked) {
  std::vector<Rule> all;
  for (size_t q = 0; q < asked.size(); ++q) {
    const Quantity& quantity = asked[q].quantity;
    auto of_known = asked_of_known(allowed[q], asked[q]);
    const bool may_be_missing = allowed[q].missing && asked[q].has_missing;
    if (!allowed[q].known) {
      all.push_back(condition(quantity, CompareOp::kMissing));
    } else if (may_be_missing && !of_known.empty()) {
      Rule known = joined(Rule::Kind::kAnd, std::move(of_known));
      all.push_back(joined(Rule::Kind::kOr, {std::move(known), condition(quantity, CompareOp::kMissing)}));
    } else if (!of_known.empty()) {
      all.insert(all.end(), of_known.begin(), of_known.end());
    } else if (!allowed[q].missing && asked[q].has_missing) {
      all.push_back(condition(quantity, CompareOp::kExists));
    }
  }
  return all.empty() ? Rule{Rule::Kind::kEveryone} : joined(Rule::Kind::kAnd, std::move(all));
}

std::vector<std::vector<Rule>> rules_of_classes(const learn::DecisionTreeClassifier& tree,
                                                const std::vector<double>& thresholds,
                                                const std::vector<TreeColumn>& columns,
                                                const std::vector<AskedQuantity>& asked, size_t classes) {
  return Paths(tree, thresholds, columns, asked, classes).take();
}

}  // namespace coterie::understand

#include "understand/segments/segment_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>

#include "base/random.h"
#include "learn/tree/decision_tree.h"
#include "understand/fact_numbers.h"
#include "understand/rules/evaluate.h"
#include "understand/segments/tree_paths.h"

namespace coterie::understand {

using base::Code;
using base::Result;
using base::Status;
using learn::DecisionTreeClassifier;

namespace {

constexpr size_t kMostValues = 20;
constexpr double kLeastLeaf = 0.001;  // of the members
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// The matrix that the tree reads: a number is a column, a text one for each of its commonest values.
struct TreeInput {
  kernels::Matrix points;
  std::vector<TreeColumn> columns;
  std::vector<AskedQuantity> asked;
};

std::vector<uint32_t> commonest(const data::FeatureColumn& column, std::span<const uint32_t> rows) {
  const auto counts = category_counts(column, rows);
  std::vector<uint32_t> codes(counts.size());
  std::iota(codes.begin(), codes.end(), 0u);
  std::erase_if(codes, [&](uint32_t code) { return counts[code] == 0; });
  std::sort(codes.begin(), codes.end(), [&](uint32_t a, uint32_t b) {
    return counts[a] != counts[b] ? counts[a] > counts[b] : column.categories[a] < column.categories[b];
  });
  if (codes.size() > kMostValues) codes.resize(kMostValues);
  return codes;
}

TreeInput tree_input(std::span<const RuleColumn> columns, std::span<const uint32_t> rows) {
  TreeInput out;
  std::vector<std::vector<double>> values;
  for (size_t q = 0; q < columns.size(); ++q) {
    const data::FeatureColumn& column = *columns[q].column;
    AskedQuantity& asked = out.asked.emplace_back();
    asked.quantity = columns[q].quantity;
    asked.has_missing =
        std::any_of(rows.begin(), rows.end(), [&](uint32_t row) { return column.is_missing(row); });
    if (auto numbers = columns[q].is_category ? std::nullopt : numbers_of(column, rows)) {
      asked.is_whole = std::all_of(numbers->begin(), numbers->end(),
                                   [](double x) { return std::isnan(x) || x == std::floor(x); });
      out.columns.push_back({q});
      values.push_back(std::move(*numbers));
      continue;
    }
    if (column.kind == data::FeatureKind::kNumeric) continue;  // nobody has a value
    for (const uint32_t code : commonest(column, rows)) {
      auto& is_category = values.emplace_back(rows.size());
      for (size_t i = 0; i < rows.size(); ++i)
        is_category[i] = column.is_missing(rows[i]) ? kMissing : column.codes[rows[i]] == code ? 1 : 0;
      out.columns.push_back({q, true, column.categories[code]});
    }
  }
  out.points = kernels::Matrix(rows.size(), values.size());
  for (size_t j = 0; j < values.size(); ++j)
    for (size_t i = 0; i < rows.size(); ++i) out.points.at(i, j) = values[j][i];
  return out;
}

// The roundest number that divides the column's values where the tree does; its own for columns of categories.
std::vector<double> round_thresholds(const DecisionTreeClassifier& tree, const TreeInput& input) {
  std::vector<double> out;
  for (const auto& node : tree.nodes()) {
    out.push_back(node.threshold);
    if (node.is_leaf() || input.columns[node.feature].is_category ||
        node.threshold == std::numeric_limits<double>::max())
      continue;
    double low = -std::numeric_limits<double>::max(), high = std::numeric_limits<double>::max();
    for (size_t i = 0; i < input.points.rows; ++i) {
      const double x = input.points.at(i, node.feature);
      if (x <= node.threshold) low = std::max(low, x);
      if (x > node.threshold) high = std::min(high, x);
    }
    out.back() = roundest_between(low, high);
  }
  return out;
}

double share_right(std::span<const uint32_t> labels, std::span<const uint32_t> predicted) {
  double right = 0;
  for (size_t i = 0; i < labels.size(); ++i) right += labels[i] == predicted[i] ? 1 : 0;
  return right / static_cast<double>(labels.size());
}

// The share right of members that the tree was not made from (each of the folds is left out once), with 1 level, 2, ...
Result<std::vector<double>> cross_validate(const TreeInput& input, std::span<const uint32_t> labels,
                                           const learn::DecisionTreeOptions& tree_options,
                                           const SegmentRulesOptions& options, const base::Context& context) {
  std::vector<size_t> order(labels.size());
  std::iota(order.begin(), order.end(), size_t{0});
  base::Random random(options.random_state);
  random.shuffle(order);
  if (order.size() > options.cross_validated_rows) order.resize(options.cross_validated_rows);
  const size_t folds = std::min(options.folds, order.size());
  std::vector<double> right(tree_options.max_depth, 0.0);
  if (folds < 2) return right;
  const double part = static_cast<double>(order.size()) / static_cast<double>(labels.size());
  const learn::DecisionTreeOptions of_part{tree_options.max_depth, tree_options.min_samples_leaf * part};
  for (size_t fold = 0; fold < folds; ++fold) {
    std::vector<size_t> sides[2];
    std::vector<uint32_t> classes[2];
    for (size_t i = 0; i < order.size(); ++i) {
      const size_t side = i % folds == fold ? 1 : 0;
      sides[side].push_back(order[i]);
      classes[side].push_back(labels[order[i]]);
    }
    COTERIE_ASSIGN(const auto tree, DecisionTreeClassifier::fit(kernels::rows_of(input.points, sides[0]),
                                                                classes[0], {}, of_part, context));
    const auto others = kernels::rows_of(input.points, sides[1]);
    const double share = static_cast<double>(sides[1].size()) / static_cast<double>(order.size());
    for (size_t depth = 1; depth <= right.size(); ++depth) {
      COTERIE_ASSIGN(const auto predicted, tree.pruned(depth).predict(others, context));
      right[depth - 1] += share * share_right(classes[1], predicted);
    }
  }
  return right;
}

// The fewest levels that are nearly as good as any number of them.
size_t simplest(const std::vector<double>& right) {
  const double best = *std::max_element(right.begin(), right.end());
  size_t depth = 1;
  while (right[depth - 1] < best - kSimpler) ++depth;
  return depth;
}

// Whether the rule holds of nobody whose quantity is missing.
bool asks_for(const Rule& rule, const Quantity& quantity) {
  const auto of_child = [&](const Rule& child) { return asks_for(child, quantity); };
  switch (rule.kind) {
    case Rule::Kind::kCondition:
      return rule.condition.quantity == quantity && rule.condition.op != CompareOp::kMissing;
    case Rule::Kind::kAnd: return std::any_of(rule.children.begin(), rule.children.end(), of_child);
    case Rule::Kind::kOr: return std::all_of(rule.children.begin(), rule.children.end(), of_child);
    default: return false;
  }
}

// A scope that the rule says already is not said again.
Rule within(const std::optional<Rule>& scope, std::vector<Rule> ways) {
  Rule out{Rule::Kind::kOr};
  out.children = std::move(ways);
  if (out.children.size() == 1) out = Rule(out.children[0]);
  if (!scope) return out;
  if (scope->kind == Rule::Kind::kCondition && scope->condition.op == CompareOp::kExists &&
      asks_for(out, scope->condition.quantity))
    return out;
  if (out.kind == Rule::Kind::kEveryone) return *scope;
  Rule all{Rule::Kind::kAnd};
  all.children.push_back(*scope);
  if (out.kind == Rule::Kind::kAnd)
    all.children.insert(all.children.end(), out.children.begin(), out.children.end());
  else
    all.children.push_back(std::move(out));
  return all;
}

std::vector<SegmentRule> segment_rules(std::vector<std::vector<Rule>> ways, const std::optional<Rule>& scope,
                                       std::span<const uint32_t> labels,
                                       std::span<const uint32_t> predicted) {
  std::vector<SegmentRule> out(ways.size());
  std::vector<double> members(ways.size()), right(ways.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    ++members[labels[i]];
    ++out[predicted[i]].users;
    if (labels[i] == predicted[i]) ++right[labels[i]];
  }
  for (size_t s = 0; s < ways.size(); ++s) {
    if (!ways[s].empty()) out[s].rule = within(scope, std::move(ways[s]));
    if (out[s].users > 0) out[s].precision = right[s] / static_cast<double>(out[s].users);
    if (members[s] > 0) out[s].recall = right[s] / members[s];
  }
  return out;
}

Status check(std::span<const RuleColumn> columns, std::span<const uint32_t> rows,
             std::span<const uint32_t> labels, size_t segments) {
  if (columns.empty() || rows.empty() || segments == 0 || labels.size() != rows.size())
    return base::failure(Code::kInvalidArgument,
                         "{} columns, {} rows and {} labels in {} segments to describe", columns.size(),
                         rows.size(), labels.size(), segments);
  return {};
}

}  // namespace

double roundest_between(double low, double high) {
  if (low < 0 && high > 0) return 0;
  if (low == 0) return 0;
  const double middle = low / 2 + high / 2;
  for (int digits = 0; digits < 17; ++digits) {
    const double rounded = std::strtod(fmt::format("{:.{}e}", middle, digits).c_str(), nullptr);
    const double step = std::pow(10.0, std::floor(std::log10(std::abs(middle))) - digits);
    for (const double candidate : {rounded, rounded - step, rounded + step}) {
      const double exact = std::strtod(fmt::format("{:.{}e}", candidate, digits + 1).c_str(), nullptr);
      if (exact >= low && exact < high) return exact;
    }
  }
  return low;
}

Result<SegmentRules> describe_by_rules(std::span<const RuleColumn> columns, std::span<const uint32_t> rows,
                                       std::span<const uint32_t> labels, size_t segments,
                                       const std::optional<Rule>& scope, const SegmentRulesOptions& options,
                                       const base::Context& context) {
  COTERIE_CHECK_OK(check(columns, rows, labels, segments));
  COTERIE_ASSIGN(const auto memory,
                 context.budget->reserve(rows.size() * (columns.size() + kMostValues) * 2 * sizeof(double),
                                         "columns that rules ask for"));
  TreeInput input = tree_input(columns, rows);
  if (input.points.cols == 0)
    return base::error(Code::kInvalidArgument, "nobody has a value of what the segments are described by");
  const learn::DecisionTreeOptions tree_options{options.max_depth,
                                                std::max(1.0, kLeastLeaf * static_cast<double>(rows.size()))};
  COTERIE_ASSIGN(const auto by_depth, cross_validate(input, labels, tree_options, options, context));
  SegmentRules out;
  out.depth = simplest(by_depth);
  out.cross_validated = by_depth[out.depth - 1];
  COTERIE_ASSIGN(const auto deepest,
                 DecisionTreeClassifier::fit(input.points, labels, {}, tree_options, context));
  const auto tree = deepest.pruned(out.depth);
  COTERIE_ASSIGN(const auto predicted, tree.predict(input.points, context));
  out.segments = segment_rules(
      rules_of_classes(tree, round_thresholds(tree, input), input.columns, input.asked, segments), scope,
      labels, predicted);
  out.accuracy = share_right(labels, predicted);
  std::vector<size_t> members(segments);
  for (const uint32_t label : labels) ++members[label];
  out.largest_share = static_cast<double>(*std::max_element(members.begin(), members.end())) /
                      static_cast<double>(labels.size());
  return out;
}

}  // namespace coterie::understand

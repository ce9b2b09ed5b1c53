#include "understand/rules/evaluate.h"

#include <algorithm>

#include "base/number_text.h"

namespace coterie::understand {

using base::Code;
using base::Result;
using data::FeatureColumn;
using data::FeatureKind;

namespace {

template <class T>
bool compares(const T& value, CompareOp op, const T& with) {
  switch (op) {
    case CompareOp::kEqual: return value == with;
    case CompareOp::kNotEqual: return value != with;
    case CompareOp::kLess: return value < with;
    case CompareOp::kLessEqual: return value <= with;
    case CompareOp::kGreater: return value > with;
    case CompareOp::kGreaterEqual: return value >= with;
    default: return false;
  }
}

// Of a value that is there.
bool holds(const RuleValue& value, const Condition& condition) {
  const auto is_equal = [&](const RuleValue& with) { return value == with; };
  switch (condition.op) {
    case CompareOp::kExists: return true;
    case CompareOp::kMissing: return false;
    case CompareOp::kIn: return std::any_of(condition.values.begin(), condition.values.end(), is_equal);
    case CompareOp::kNotIn: return std::none_of(condition.values.begin(), condition.values.end(), is_equal);
    default: break;
  }
  const RuleValue& with = condition.values[0];
  if (const auto* number = std::get_if<double>(&value))
    return compares(*number, condition.op, std::get<double>(with));
  return compares(std::get<std::string>(value), condition.op, std::get<std::string>(with));
}

bool holds_of_missing(const Condition& condition) { return condition.op == CompareOp::kMissing; }

// What the condition compares a text with: itself, or the number that it is; nothing when it is none.
std::optional<RuleValue> value_of_text(const std::string& text, const Condition& condition) {
  const bool is_numeric = !condition.values.empty() && std::holds_alternative<double>(condition.values[0]);
  if (!is_numeric) return text;
  const auto number = base::number_of_text(text);
  if (!number) return std::nullopt;
  return *number;
}

std::optional<RuleValue> value_at(const FeatureColumn& column, const Condition& condition, size_t row) {
  if (column.is_missing(row)) return std::nullopt;
  if (column.kind == FeatureKind::kNumeric) return column.values[row];
  return value_of_text(column.categories[column.codes[row]], condition);
}

bool holds_of(const std::optional<RuleValue>& value, const Condition& condition) {
  return value ? holds(*value, condition) : holds_of_missing(condition);
}

// Each distinct text is judged once.
std::vector<uint8_t> evaluate_texts(const Condition& condition, const FeatureColumn& column) {
  std::vector<uint8_t> of_category;
  for (const std::string& text : column.categories)
    of_category.push_back(holds_of(value_of_text(text, condition), condition) ? 1 : 0);
  const uint8_t of_missing = holds_of_missing(condition) ? 1 : 0;
  std::vector<uint8_t> out(column.codes.size());
  for (size_t row = 0; row < out.size(); ++row)
    out[row] = column.codes[row] == FeatureColumn::kMissingCode ? of_missing : of_category[column.codes[row]];
  return out;
}

Result<const FeatureColumn*> column_of(const Condition& condition, const data::FeatureTable& facts) {
  const std::string name = to_text(condition.quantity);
  for (const FeatureColumn& column : facts.columns)
    if (column.name == name) return &column;
  return base::error(Code::kInternal, "no column for {}", name);
}

tl::unexpected<base::Status> still_included(const Rule& rule) {
  return base::error(Code::kInternal, "segment {} is not resolved", quoted_text(rule.segment));
}

}  // namespace

Result<std::vector<uint8_t>> evaluate(const Condition& condition, const data::FeatureTable& facts) {
  COTERIE_ASSIGN(const FeatureColumn* column, column_of(condition, facts));
  if (column->kind == FeatureKind::kCategorical) return evaluate_texts(condition, *column);
  std::vector<uint8_t> out(facts.rows());
  for (size_t row = 0; row < out.size(); ++row) {
    const bool is =
        column->valid[row] != 0 ? holds(column->values[row], condition) : holds_of_missing(condition);
    out[row] = is ? 1 : 0;
  }
  return out;
}

Result<std::vector<uint8_t>> evaluate(const Rule& rule, const data::FeatureTable& facts) {
  switch (rule.kind) {
    case Rule::Kind::kEveryone: return std::vector<uint8_t>(facts.rows(), 1);
    case Rule::Kind::kCondition: return evaluate(rule.condition, facts);
    case Rule::Kind::kIncludes: return still_included(rule);
    default: break;
  }
  COTERIE_ASSIGN(auto out, evaluate(rule.children[0], facts));
  if (rule.kind == Rule::Kind::kNot) {
    for (uint8_t& is : out) is = is == 0 ? 1 : 0;
    return out;
  }
  for (size_t i = 1; i < rule.children.size(); ++i) {
    COTERIE_ASSIGN(const auto more, evaluate(rule.children[i], facts));
    for (size_t row = 0; row < out.size(); ++row)
      out[row] = rule.kind == Rule::Kind::kAnd ? out[row] & more[row] : out[row] | more[row];
  }
  return out;
}

Result<Explanation> explain(const Rule& rule, const data::FeatureTable& facts, size_t row) {
  Explanation out{rule.kind};
  if (rule.kind == Rule::Kind::kIncludes) return still_included(rule);
  if (rule.kind == Rule::Kind::kCondition) {
    COTERIE_ASSIGN(const FeatureColumn* column, column_of(rule.condition, facts));
    out.text = to_text(rule.condition);
    out.value = value_at(*column, rule.condition, row);
    out.holds = holds_of(out.value, rule.condition);
    return out;
  }
  size_t holding = 0;
  for (const Rule& child : rule.children) {
    COTERIE_ASSIGN(auto part, explain(child, facts, row));
    holding += part.holds ? 1 : 0;
    out.children.push_back(std::move(part));
  }
  out.holds = rule.kind == Rule::Kind::kOr    ? holding > 0
              : rule.kind == Rule::Kind::kNot ? holding == 0
                                              : holding == out.children.size();
  return out;
}

}  // namespace coterie::understand

#include "understand/rules/rule.h"

#include <algorithm>
#include <iterator>

#include "base/number_text.h"
#include "base/utf8.h"

namespace coterie::understand {

namespace {

constexpr std::string_view kOps[] = {
    "=", "!=", "<", "<=", ">", ">=", "in", "not in", "is not missing", "is missing"};
constexpr std::string_view kPrefixes[] = {"feature", "trait", "rfm", "score", "rank", "segment"};

// Written without quotes: what the lexer reads as one name.
bool is_plain_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9') || !base::is_utf8(name)) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string name_text(std::string_view name) {
  return is_plain_name(name) ? std::string(name) : quoted_text(name);
}

std::string value_text(const RuleValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return quoted_text(*text);
  char buffer[40];
  return std::string(base::shortest_number(std::get<double>(value), base::NumberBuffer(buffer)));
}

// ", 90d, channel = \"app\""
std::string scope_text(const Quantity& quantity) {
  std::string out;
  if (quantity.window.days > 0) out += fmt::format(", {}d", quantity.window.days);
  if (quantity.window.seconds > 0) {
    const int64_t seconds = quantity.window.seconds;
    out += seconds % 3600 == 0 ? fmt::format(", {}h", seconds / 3600) : fmt::format(", {}s", seconds);
  }
  for (const auto& filter : quantity.filters)
    out += fmt::format(", {} = {}", profile::to_string(filter.field), quoted_text(filter.value));
  return out;
}

// Of two kinds the one that binds less needs parentheses inside the other.
std::string child_text(const Rule& child, Rule::Kind parent) {
  const bool is_group = child.kind == Rule::Kind::kAnd || child.kind == Rule::Kind::kOr;
  const bool is_bare = !is_group || (parent == Rule::Kind::kOr && child.kind == Rule::Kind::kAnd);
  return is_bare ? to_text(child) : "(" + to_text(child) + ")";
}

template <class Visit>
void visit_rules(const Rule& rule, const Visit& visit) {
  visit(rule);
  for (const Rule& child : rule.children) visit_rules(child, visit);
}

}  // namespace

Rule condition(const Quantity& quantity, CompareOp op, std::vector<RuleValue> values) {
  Rule out{Rule::Kind::kCondition};
  out.condition = {quantity, op, std::move(values)};
  return out;
}

Rule joined(Rule::Kind kind, std::vector<Rule> children) {
  if (children.size() == 1) return std::move(children[0]);
  Rule out{kind};
  out.children = std::move(children);
  return out;
}

std::string_view to_text(CompareOp op) { return kOps[static_cast<size_t>(op)]; }

std::string quoted_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string to_text(const Quantity& quantity) {
  if (quantity.source != QuantitySource::kEvents)
    return fmt::format("{}.{}", kPrefixes[static_cast<size_t>(quantity.source)], name_text(quantity.name));
  const bool has_field =
      quantity.function != profile::Aggregate::kCount && quantity.function != profile::Aggregate::kDaysSince;
  return fmt::format("{}({}{}{})", profile::to_string(quantity.function), name_text(quantity.behavior),
                     has_field ? fmt::format(".{}", profile::to_string(quantity.field)) : "",
                     scope_text(quantity));
}

std::string to_text(const Condition& condition) {
  const Quantity& quantity = condition.quantity;
  const bool is_performed =
      quantity.source == QuantitySource::kEvents && quantity.function == profile::Aggregate::kCount &&
      condition.op == CompareOp::kGreaterEqual && condition.values == std::vector<RuleValue>{1.0};
  if (is_performed)
    return fmt::format("performed({}{})", quoted_text(quantity.behavior), scope_text(quantity));
  std::string out = fmt::format("{} {}", to_text(quantity), to_text(condition.op));
  if (condition.op == CompareOp::kIn || condition.op == CompareOp::kNotIn) {
    out += " (";
    for (size_t i = 0; i < condition.values.size(); ++i)
      out += (i == 0 ? "" : ", ") + value_text(condition.values[i]);
    return out + ")";
  }
  return condition.values.empty() ? out : out + " " + value_text(condition.values[0]);
}

std::string to_text(const Rule& rule) {
  switch (rule.kind) {
    case Rule::Kind::kEveryone: return "everyone";
    case Rule::Kind::kCondition: return to_text(rule.condition);
    case Rule::Kind::kIncludes: return fmt::format("in_segment({})", quoted_text(rule.segment));
    case Rule::Kind::kNot: return "not " + child_text(rule.children[0], rule.kind);
    case Rule::Kind::kAnd:
    case Rule::Kind::kOr: break;
  }
  std::string out;
  for (const Rule& child : rule.children) {
    if (!out.empty()) out += rule.kind == Rule::Kind::kAnd ? " and " : " or ";
    out += child_text(child, rule.kind);
  }
  return out;
}

std::vector<Quantity> quantities(const Rule& rule) {
  std::vector<Quantity> out;
  visit_rules(rule, [&](const Rule& node) {
    if (node.kind == Rule::Kind::kCondition &&
        std::find(out.begin(), out.end(), node.condition.quantity) == out.end())
      out.push_back(node.condition.quantity);
  });
  return out;
}

std::vector<std::string> included_segments(const Rule& rule) {
  std::vector<std::string> out;
  visit_rules(rule, [&](const Rule& node) {
    if (node.kind == Rule::Kind::kIncludes && std::find(out.begin(), out.end(), node.segment) == out.end())
      out.push_back(node.segment);
  });
  return out;
}

size_t condition_count(const Rule& rule) {
  size_t out = 0;
  visit_rules(rule, [&](const Rule& node) {
    out += node.kind == Rule::Kind::kCondition || node.kind == Rule::Kind::kIncludes ? 1 : 0;
  });
  return out;
}

}  // namespace coterie::understand

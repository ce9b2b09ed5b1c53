#include "understand/rules/rule_json.h"

#include <algorithm>
#include <cmath>

#include "understand/rules/rule_names.h"

namespace coterie::understand {

using base::Code;
using base::Result;
using base::Status;
using nlohmann::json;

namespace {

constexpr int64_t kDaySeconds = 86'400;

// How JSON writes an operator; the first is what to_json writes.
struct OpName {
  std::string_view name;
  CompareOp op;
};
constexpr OpName kOpNames[] = {
    {"=", CompareOp::kEqual},       {"!=", CompareOp::kNotEqual},
    {"<", CompareOp::kLess},        {"<=", CompareOp::kLessEqual},
    {">", CompareOp::kGreater},     {">=", CompareOp::kGreaterEqual},
    {"In", CompareOp::kIn},         {"NotIn", CompareOp::kNotIn},
    {"Exists", CompareOp::kExists}, {"NotExists", CompareOp::kMissing},
    {"Equals", CompareOp::kEqual},  {"NotEquals", CompareOp::kNotEqual},
    {"LessThan", CompareOp::kLess}, {"GreaterThanOrEqual", CompareOp::kGreaterEqual},
};

// The nodes that compare one named quantity: type, the key of its name, where it comes from.
struct NamedNode {
  std::string_view type, key;
  QuantitySource source;
};
constexpr NamedNode kNamedNodes[] = {{"Feature", "feature", QuantitySource::kFeature},
                                     {"Trait", "trait", QuantitySource::kTrait},
                                     {"Score", "model", QuantitySource::kScore},
                                     {"Rank", "model", QuantitySource::kRank},
                                     {"Segment", "method", QuantitySource::kSegment}};
constexpr std::string_view kTypes[] = {"And",     "Or",      "Not",       "Everyone",      "Includes",
                                       "Feature", "Trait",   "Score",     "Rank",          "RFM",
                                       "Segment", "Cluster", "Performed", "LastPerformed", "Aggregate"};

// A node and where it stands.
class Node {
 public:
  Node(const json& value, std::string path) : value_(value), path_(std::move(path)) {}

  const json& value() const { return value_; }

  tl::unexpected<Status> wrong(std::string_view what) const {
    return base::error(Code::kInvalidArgument, "{}: {}", path_, what);
  }
  template <class T>
  Result<T> placed(Result<T> result, std::string_view key = "") const {
    if (result) return result;
    return Node(value_, key.empty() ? path_ : fmt::format("{}.{}", path_, key))
        .wrong(result.error().message());
  }

  bool has(std::string_view key) const { return value_.contains(key); }
  Node at(std::string_view key) const { return {value_[std::string(key)], fmt::format("{}.{}", path_, key)}; }
  Node at(size_t i) const { return {value_[i], fmt::format("{}[{}]", path_, i)}; }

  // An object with no keys but these; those before `optional` must be there.
  Status check_keys(std::initializer_list<std::string_view> required,
                    std::initializer_list<std::string_view> optional = {}) const {
    for (const std::string_view key : required)
      if (!has(key)) return wrong(fmt::format("the key {} is missing", quoted_text(key))).value();
    const auto is_in = [](const auto& keys, std::string_view key) {
      return key == "type" || std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    for (const auto& [key, unused] : value_.items()) {
      if (is_in(required, key) || is_in(optional, key)) continue;
      std::string known;
      for (const auto& keys : {required, optional})
        for (const std::string_view name : keys) known.append(known.empty() ? "" : ", ").append(name);
      return wrong(fmt::format("no key {} here; there are: type{}{}", quoted_text(key),
                               known.empty() ? "" : ", ", known))
          .value();
    }
    return {};
  }

  Result<std::string> text(std::string_view key) const {
    const Node node = at(key);
    if (!node.value().is_string()) return node.wrong("must be a text");
    auto out = node.value().get<std::string>();
    if (const Status status = check_rule_text(out); !status.ok()) return node.wrong(status.message());
    return out;
  }
  Result<double> number(std::string_view key) const {
    const Node node = at(key);
    if (!node.value().is_number()) return node.wrong("must be a number");
    return node.value().get<double>();
  }

 private:
  const json& value_;
  std::string path_;
};

Result<CompareOp> read_op(const Node& node, std::string_view key) {
  COTERIE_ASSIGN(const std::string name, node.text(key));
  for (const OpName& op : kOpNames)
    if (op.name == name) return op.op;
  return node.at(key).wrong(fmt::format(
      "no operator {}; there are: =, !=, <, <=, >, >=, In, NotIn, Exists, NotExists", quoted_text(name)));
}

Result<RuleValue> read_value(const Node& node) {
  if (node.value().is_number()) return RuleValue(node.value().get<double>());
  if (!node.value().is_string()) return node.wrong("must be a number or a text");
  return RuleValue(node.value().get<std::string>());
}

// "op" and "value": a list for In and NotIn, none for Exists and NotExists.
Result<Condition> read_comparison(const Node& node, Quantity quantity) {
  COTERIE_ASSIGN(const CompareOp op, read_op(node, "op"));
  std::vector<RuleValue> values;
  if (node.has("value")) {
    const Node value = node.at("value");
    const bool is_list = value.value().is_array();
    for (size_t i = 0; i < (is_list ? value.value().size() : 1); ++i) {
      COTERIE_ASSIGN(auto one, read_value(is_list ? value.at(i) : value));
      values.push_back(std::move(one));
    }
  }
  return node.placed(make_condition(std::move(quantity), op, std::move(values)));
}

// "event", "withinSeconds", "properties".
Result<Quantity> read_events(const Node& node) {
  Quantity out{QuantitySource::kEvents};
  COTERIE_ASSIGN(const std::string event, node.text("event"));
  COTERIE_ASSIGN(out.behavior, node.placed(rule_behavior(event), "event"));
  if (node.has("withinSeconds")) {
    COTERIE_ASSIGN(const double seconds, node.number("withinSeconds"));
    COTERIE_ASSIGN(out.window, node.placed(window_of_seconds(seconds), "withinSeconds"));
  }
  if (!node.has("properties")) return out;
  const Node properties = node.at("properties");
  if (!properties.value().is_array()) return properties.wrong("must be a list of {\"field\", \"value\"}");
  for (size_t i = 0; i < properties.value().size(); ++i) {
    const Node one = properties.at(i);
    if (!one.value().is_object()) return one.wrong("must be an object {\"field\", \"value\"}");
    COTERIE_CHECK_OK(one.check_keys({"field", "value"}));
    COTERIE_ASSIGN(const std::string name, one.text("field"));
    COTERIE_ASSIGN(const auto field, one.placed(rule_text_field(name), "field"));
    COTERIE_ASSIGN(std::string value, one.text("value"));
    out.filters.push_back({field, std::move(value)});
  }
  return out;
}

Result<Condition> read_performed(const Node& node) {
  COTERIE_CHECK_OK(node.check_keys({"event"}, {"times", "timesOperator", "withinSeconds", "properties"}));
  COTERIE_ASSIGN(Quantity quantity, read_events(node));
  CompareOp op = CompareOp::kGreaterEqual;
  double times = 1;
  if (node.has("timesOperator")) {
    COTERIE_ASSIGN(op, read_op(node, "timesOperator"));
  }
  if (node.has("times")) {
    COTERIE_ASSIGN(times, node.number("times"));
  }
  return node.placed(make_condition(std::move(quantity), op, {times}));
}

Result<Condition> read_aggregate(const Node& node, bool is_last) {
  if (is_last) {
    COTERIE_CHECK_OK(node.check_keys({"event", "op"}, {"value", "withinSeconds", "properties"}));
  } else {
    COTERIE_CHECK_OK(
        node.check_keys({"function", "event", "op"}, {"field", "value", "withinSeconds", "properties"}));
  }
  COTERIE_ASSIGN(Quantity quantity, read_events(node));
  quantity.function = profile::Aggregate::kDaysSince;
  if (!is_last) {
    COTERIE_ASSIGN(const std::string name, node.text("function"));
    COTERIE_ASSIGN(quantity.function, node.placed(rule_aggregate(name), "function"));
    const bool has_field = quantity.function != profile::Aggregate::kCount &&
                           quantity.function != profile::Aggregate::kDaysSince;
    if (has_field != node.has("field"))
      return node.wrong(has_field ? "an amount is missing: \"field\": \"line_amount\""
                                  : "this function takes no \"field\"");
    if (has_field) {
      COTERIE_ASSIGN(const std::string field, node.text("field"));
      COTERIE_ASSIGN(quantity.field, node.placed(rule_amount_field(field), "field"));
    }
  }
  return read_comparison(node, std::move(quantity));
}

Rule of_condition(Condition condition) {
  Rule out{Rule::Kind::kCondition};
  out.condition = std::move(condition);
  return out;
}

// {"r": {"op", "value"}, ...}: one of them, or several that all hold.
Result<Rule> read_rfm(const Node& node) {
  COTERIE_CHECK_OK(node.check_keys({}, {"r", "f", "m"}));
  Rule all{Rule::Kind::kAnd};
  for (const std::string_view score : {"r", "f", "m"}) {
    if (!node.has(score)) continue;
    const Node one = node.at(score);
    if (!one.value().is_object()) return one.wrong("must be an object {\"op\", \"value\"}");
    COTERIE_CHECK_OK(one.check_keys({"op"}, {"value"}));
    COTERIE_ASSIGN(Quantity quantity, named_quantity(QuantitySource::kRfm, score));
    COTERIE_ASSIGN(Condition condition, read_comparison(one, std::move(quantity)));
    all.children.push_back(of_condition(std::move(condition)));
  }
  if (all.children.empty())
    return node.wrong("RFM needs \"r\", \"f\" or \"m\": {\"op\": \">=\", \"value\": 4}");
  if (all.children.size() > 1) return all;
  Rule only = std::move(all.children[0]);
  return only;
}

Result<Rule> read_rule(const Node& node, size_t depth);

Result<Rule> read_group(const Node& node, Rule::Kind kind, size_t depth) {
  COTERIE_CHECK_OK(node.check_keys({"children"}));
  const Node children = node.at("children");
  if (!children.value().is_array() || children.value().empty())
    return children.wrong("must be a list of one rule or more");
  Rule out{kind};
  for (size_t i = 0; i < children.value().size(); ++i) {
    COTERIE_ASSIGN(Rule child, read_rule(children.at(i), depth + 1));
    out.children.push_back(std::move(child));
  }
  if (out.children.size() > 1) return out;
  Rule only = std::move(out.children[0]);
  return only;
}

Result<Rule> read_named(const Node& node, const NamedNode& named) {
  COTERIE_CHECK_OK(node.check_keys({named.key, "op"}, {"value"}));
  COTERIE_ASSIGN(const std::string name, node.text(named.key));
  COTERIE_ASSIGN(Quantity quantity, node.placed(named_quantity(named.source, name), named.key));
  return read_comparison(node, std::move(quantity)).map(of_condition);
}

Result<Rule> read_rule(const Node& node, size_t depth) {
  if (depth > kMaxRuleDepth)
    return node.wrong(fmt::format("more than {} levels; split the rule into segments", kMaxRuleDepth));
  if (!node.value().is_object() || !node.has("type"))
    return node.wrong("must be an object with a \"type\", such as {\"type\": \"Everyone\"}");
  COTERIE_ASSIGN(const std::string type, node.text("type"));
  if (type == "And") return read_group(node, Rule::Kind::kAnd, depth);
  if (type == "Or") return read_group(node, Rule::Kind::kOr, depth);
  if (type == "RFM") return read_rfm(node);
  if (type == "Performed") return read_performed(node).map(of_condition);
  if (type == "Aggregate" || type == "LastPerformed")
    return read_aggregate(node, type == "LastPerformed").map(of_condition);
  for (const NamedNode& named : kNamedNodes)
    if (named.type == type) return read_named(node, named);
  if (type == "Not") {
    COTERIE_CHECK_OK(node.check_keys({"child"}));
    Rule out{Rule::Kind::kNot};
    COTERIE_ASSIGN(Rule child, read_rule(node.at("child"), depth + 1));
    out.children.push_back(std::move(child));
    return out;
  }
  if (type == "Everyone") {
    COTERIE_CHECK_OK(node.check_keys({}));
    return Rule{Rule::Kind::kEveryone};
  }
  if (type == "Includes") {
    COTERIE_CHECK_OK(node.check_keys({"segment"}));
    Rule out{Rule::Kind::kIncludes};
    COTERIE_ASSIGN(out.segment, node.text("segment"));
    return out;
  }
  if (type == "Cluster") {
    COTERIE_CHECK_OK(node.check_keys({"id"}));
    COTERIE_ASSIGN(std::string id, node.text("id"));
    return make_condition({QuantitySource::kSegment, "clusters"}, CompareOp::kEqual, {std::move(id)})
        .map(of_condition);
  }
  std::string types;
  for (const std::string_view name : kTypes) types.append(types.empty() ? "" : ", ").append(name);
  return node.at("type").wrong(fmt::format("no type {}; there are: {}", quoted_text(type), types));
}

std::string_view op_name(CompareOp op) {
  return std::find_if(std::begin(kOpNames), std::end(kOpNames),
                      [&](const OpName& name) { return name.op == op; })
      ->name;
}

json value_json(const RuleValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  const double number = std::get<double>(value);
  const auto whole = static_cast<int64_t>(std::abs(number) < 1e15 ? number : 0.5);
  return static_cast<double>(whole) == number ? json(whole) : json(number);
}

void put_comparison(const Condition& condition, json* out) {
  (*out)["op"] = op_name(condition.op);
  if (condition.values.empty()) return;
  if (condition.op != CompareOp::kIn && condition.op != CompareOp::kNotIn) {
    (*out)["value"] = value_json(condition.values[0]);
    return;
  }
  (*out)["value"] = json::array();
  for (const RuleValue& value : condition.values) (*out)["value"].push_back(value_json(value));
}

json events_json(const Condition& condition) {
  const Quantity& quantity = condition.quantity;
  json out = {{"event", quantity.behavior}};
  const int64_t seconds = quantity.window.days * kDaySeconds + quantity.window.seconds;
  if (seconds > 0) out["withinSeconds"] = seconds;
  for (const auto& filter : quantity.filters)
    out["properties"].push_back({{"field", profile::to_string(filter.field)}, {"value", filter.value}});
  const bool is_times = quantity.function == profile::Aggregate::kCount && condition.values.size() == 1 &&
                        condition.op != CompareOp::kIn && condition.op != CompareOp::kNotIn;
  if (is_times) {
    out["type"] = "Performed";
    out["times"] = value_json(condition.values[0]);
    out["timesOperator"] = op_name(condition.op);
    return out;
  }
  put_comparison(condition, &out);
  if (quantity.function == profile::Aggregate::kDaysSince) {
    out["type"] = "LastPerformed";
    return out;
  }
  out["type"] = "Aggregate";
  out["function"] = profile::to_string(quantity.function);
  if (quantity.function != profile::Aggregate::kCount) out["field"] = profile::to_string(quantity.field);
  return out;
}

json condition_json(const Condition& condition) {
  const Quantity& quantity = condition.quantity;
  if (quantity.source == QuantitySource::kEvents) return events_json(condition);
  json out;
  if (quantity.source == QuantitySource::kRfm) {
    put_comparison(condition, &out[quantity.name]);
    out["type"] = "RFM";
    return out;
  }
  for (const NamedNode& named : kNamedNodes) {
    if (named.source != quantity.source) continue;
    out["type"] = named.type;
    out[std::string(named.key)] = quantity.name;
  }
  put_comparison(condition, &out);
  return out;
}

}  // namespace

Result<Rule> rule_from_json(const json& value) {
  COTERIE_ASSIGN(Rule rule, read_rule(Node(value, "$"), 0));
  COTERIE_CHECK_OK(check_rule_limits(rule));
  return rule;
}

Result<Rule> parse_rule_json(std::string_view text) {
  if (text.size() > kMaxRuleBytes)
    return base::error(Code::kInvalidArgument, "the rule is {} bytes long; {} are the most", text.size(),
                       kMaxRuleBytes);
  const json value = json::parse(text, nullptr, false);
  if (value.is_discarded())
    return base::error(Code::kInvalidArgument,
                       "the rule begins with {{ but is no JSON; check quotes, commas and braces");
  return rule_from_json(value);
}

json to_json(const Rule& rule) {
  switch (rule.kind) {
    case Rule::Kind::kEveryone: return {{"type", "Everyone"}};
    case Rule::Kind::kCondition: return condition_json(rule.condition);
    case Rule::Kind::kIncludes: return {{"type", "Includes"}, {"segment", rule.segment}};
    case Rule::Kind::kNot: return {{"type", "Not"}, {"child", to_json(rule.children[0])}};
    case Rule::Kind::kAnd:
    case Rule::Kind::kOr: break;
  }
  json out = {{"type", rule.kind == Rule::Kind::kAnd ? "And" : "Or"}, {"children", json::array()}};
  for (const Rule& child : rule.children) out["children"].push_back(to_json(child));
  return out;
}

}  // namespace coterie::understand

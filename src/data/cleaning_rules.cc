#include "data/cleaning_rules.h"

namespace coterie::data {

namespace {

using base::Message;

constexpr RuleAction kBad = RuleAction::kQuarantine;
constexpr RuleAction kFlag = RuleAction::kFlag;

constexpr RuleInfo kRules[kRuleCount] = {
    {Rule::kUnreadable, "unreadable", Message::cleaning_unreadable, kBad, true, false, ""},
    {Rule::kMissingId, "missing_id", Message::cleaning_missing_id, kBad, true, false, ""},
    {Rule::kDamagedId, "damaged_id", Message::cleaning_damaged_id, kBad, true, true, ""},
    {Rule::kIdTooLong, "id_too_long", Message::cleaning_id_too_long, kBad, true, false, ""},
    {Rule::kBehavior, "behavior", Message::cleaning_behavior, kBad, true, false, ""},
    {Rule::kTime, "time", Message::cleaning_time, kBad, true, false, ""},
    {Rule::kTimeRange, "time_range", Message::cleaning_time_range, kBad, true, true, ""},
    {Rule::kNumber, "number", Message::cleaning_number, kBad, true, true, ""},
    {Rule::kProperties, "properties", Message::cleaning_properties, kBad, true, true, ""},
    {Rule::kPrice, "price", Message::cleaning_price, kBad, true, true, ""},
    {Rule::kQuantity, "quantity", Message::cleaning_quantity, kBad, true, true, ""},
    {Rule::kMissingValue, "missing_value", Message::cleaning_missing_value, kBad, true, false, ""},
    {Rule::kTestUser, "test_user", Message::cleaning_test_user, kFlag, true, true, kIsTest},
    {Rule::kTestItem, "test_item", Message::cleaning_test_item, kFlag, true, true, ""},
    {Rule::kInternalUser, "internal_user", Message::cleaning_internal_user, kFlag, true, true, kIsInternal},
    {Rule::kBotRate, "bot_rate", Message::cleaning_bot_rate, kFlag, false, true, kIsBot},
    {Rule::kBotRegularity, "bot_regularity", Message::cleaning_bot_regularity, kFlag, false, true, kIsBot},
    {Rule::kAmountBounds, "amount_bounds", Message::cleaning_amount_bounds, kFlag, false, true, ""},
};

// "test" alone or before something that is no letter, so that a person called Testa is none.
constexpr std::string_view kTestUsers[] = {"test", "test[-_.0-9@ ]*", "tester*",
                                           "qa",   "qa[-_.0-9@ ]*",   "测试*"};
constexpr std::string_view kTestItems[] = {"test", "test[-_.0-9 ]*", "qa[-_.]*", "测试*"};

}  // namespace

std::string_view to_string(RuleAction action) {
  switch (action) {
    case RuleAction::kQuarantine: return "quarantine";
    case RuleAction::kFlag: return "flag";
    case RuleAction::kOff: return "off";
  }
  return "";
}

std::span<const RuleInfo> cleaning_rules() { return kRules; }
const RuleInfo& info(Rule rule) { return kRules[static_cast<size_t>(rule)]; }
std::string_view key(Rule rule) { return info(rule).key; }

std::optional<Rule> parse_rule(std::string_view key) {
  for (const RuleInfo& rule : kRules)
    if (rule.key == key) return rule.rule;
  return std::nullopt;
}

bool is_allowed(const RuleInfo& rule, RuleAction action) {
  return action == RuleAction::kQuarantine ? rule.may_quarantine : rule.may_pass;
}

std::string allowed_actions(const RuleInfo& rule) {
  std::string out;
  for (const RuleAction action : {RuleAction::kQuarantine, RuleAction::kFlag, RuleAction::kOff}) {
    if (is_allowed(rule, action)) out.append(out.empty() ? "" : ", ").append(to_string(action));
  }
  return out;
}

std::span<const std::string_view> default_test_users() { return kTestUsers; }
std::span<const std::string_view> default_test_items() { return kTestItems; }

CleaningSettings::CleaningSettings()
    : test_users(std::begin(kTestUsers), std::end(kTestUsers)),
      test_items(std::begin(kTestItems), std::end(kTestItems)) {
  for (const RuleInfo& rule : kRules) set(rule.rule, rule.action);
}

}  // namespace coterie::data

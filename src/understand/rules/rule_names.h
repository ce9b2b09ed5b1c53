// What both spellings of a rule check alike: names, types and limits. Every error says what to write instead.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "understand/rules/rule.h"

namespace coterie::understand {

/// A behavior as it is stored, from its name ("buy", "custom:gift") or from the name of an e-commerce track call ("Order
/// Completed"). Errors: kInvalidArgument.
base::Result<std::string> rule_behavior(std::string_view name);

/// "feature", "trait", "rfm", "score", "rank", "segment". Errors: kInvalidArgument, with the nearest names.
base::Result<QuantitySource> quantity_source(std::string_view name);

/// The quantity of a source but kEvents that is called so. Errors: kInvalidArgument, with the nearest names.
base::Result<Quantity> named_quantity(QuantitySource source, std::string_view name);

/// Errors: kInvalidArgument: a name that is none, with those nearest.
base::Result<profile::Aggregate> rule_aggregate(std::string_view name);
base::Result<profile::AmountField> rule_amount_field(std::string_view name);
base::Result<profile::TextField> rule_text_field(std::string_view name);

/// A window of 1 second to kMaxWindowDays. Whole days become local days. Errors: kInvalidArgument.
base::Result<RuleWindow> window_of_days(double days);
base::Result<RuleWindow> window_of_seconds(double seconds);

/// Text without NUL, valid UTF-8. Errors: kInvalidArgument.
base::Status check_rule_text(std::string_view text);

/// A comparison whose values fit the quantity. Errors: kInvalidArgument.
base::Result<Condition> make_condition(Quantity quantity, CompareOp op, std::vector<RuleValue> values);

/// The limits of rule.h, once all of it is there. Errors: kInvalidArgument.
base::Status check_rule_limits(const Rule& rule);

}  // namespace coterie::understand

// A rule from its text. The grammar (docs/methods/rules.md):
//
//   rule      = and-rule { "or" and-rule }          and-rule = part { "and" part }
//   part      = "not" part | "(" rule ")" | "everyone" | "in_segment" "(" text ")" | performed | condition
//   performed = "performed" "(" behavior { "," scope } ")"
//   condition = quantity ( op value | ["not"] "in" "(" value { "," value } ")" | "is" ["not"] "missing" )
//   quantity  = source "." name | function "(" behavior [ "." amount ] { "," scope } ")"
//   scope     = window | column "=" text            op = "=" | "!=" | "<" | "<=" | ">" | ">="
//
// Keywords are case-insensitive.
#pragma once

#include <string_view>
#include <vector>

#include "base/status.h"
#include "understand/rules/rule.h"

namespace coterie::understand {

/// Errors: kInvalidArgument with line, column and what was expected. O(length).
base::Result<Rule> parse_rule(std::string_view text);

/// One or more quantities with commas between them, each once: "trait.age, sum(buy.line_amount, 90d)". Errors: as
/// parse_rule().
base::Result<std::vector<Quantity>> parse_quantities(std::string_view text);

}  // namespace coterie::understand

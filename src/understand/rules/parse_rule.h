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

#include "base/status.h"
#include "understand/rules/rule.h"

namespace coterie::understand {

/// Errors: kInvalidArgument with line, column and what was expected. O(length).
base::Result<Rule> parse_rule(std::string_view text);

}  // namespace coterie::understand

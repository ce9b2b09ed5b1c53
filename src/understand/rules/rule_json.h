// The same rule as JSON, in the words of segment nodes that people know (And, Or, Not, Trait, Performed, Includes, Everyone,
// Score, RFM, Cluster, ...). docs/methods/rules.md lists the nodes and their keys.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/status.h"
#include "understand/rules/rule.h"

namespace coterie::understand {

/// Errors: kInvalidArgument with the path of the node, as in $.children[1].op, and what was expected.
base::Result<Rule> rule_from_json(const nlohmann::json& json);

/// The same from bytes. Errors: also kInvalidArgument for what is no JSON.
base::Result<Rule> parse_rule_json(std::string_view text);

/// rule_from_json reads back an equal rule.
nlohmann::json to_json(const Rule& rule);

}  // namespace coterie::understand

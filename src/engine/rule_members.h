// Who a rule holds of: members, previews, why of one member, who came and left between two instants.
//
// Rules are resolved (rule_segments.h): they include no segments.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "engine/rule_facts.h"
#include "store/workspace.h"
#include "understand/rules/rule.h"

namespace coterie::engine {

struct RuleMembers {
  std::shared_ptr<const RuleFacts> facts;
  std::vector<uint8_t> holds;  ///< of each row of the facts
  size_t users = 0;            ///< of how many it holds

  const std::vector<std::string>& all_users() const { return facts->table.users; }
  /// Rows that it holds of, ascending: at most `limit`, spread evenly over all of them.
  std::vector<size_t> sample(size_t limit) const;
};

/// Of several rules in one pass. Errors: as rule_facts().
base::Result<std::vector<RuleMembers>> rule_members(store::Workspace& workspace,
                                                    std::span<const understand::Rule> rules,
                                                    base::Timestamp as_of, const base::Context& context);
base::Result<RuleMembers> rule_members(store::Workspace& workspace, const understand::Rule& rule,
                                       base::Timestamp as_of, const base::Context& context);

/// {as_of, rule, users, of, share, sample: [{user_id, values: {quantity: value}}]}; a value that is missing is null.
base::Result<nlohmann::json> preview_rule(store::Workspace& workspace, const understand::Rule& rule,
                                          base::Timestamp as_of, size_t limit, const base::Context& context);

/// {user_id, as_of, rule, holds, why}; why is {kind: "and", "or", "not", "everyone", holds, children} or {kind:
/// "condition", condition, holds, value}. Errors: kNotFound (no such member then).
base::Result<nlohmann::json> explain_rule(store::Workspace& workspace, const understand::Rule& rule,
                                          base::Timestamp as_of, const std::string& user_id,
                                          const base::Context& context);

/// Who came and left between two instants, and which conditions changed: {from, to, rule, before, after, stayed, came,
/// left}; came and left are {users, why: [{condition, holds, users}], sample: [{user_id, why: [{condition, holds, before,
/// after}]}]}. A member of whom nothing was known at `from` has "is_new": true. Errors: kInvalidArgument (from not before
/// to), and those of rule_facts().
base::Result<nlohmann::json> diff_rule(store::Workspace& workspace, const understand::Rule& rule,
                                       base::Timestamp from, base::Timestamp to, size_t limit,
                                       const base::Context& context);

}  // namespace coterie::engine

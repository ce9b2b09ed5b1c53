// Segments that people define by rules: documents "segments"/NAME of the workspace.
//
// A rule may include other segments; resolving it writes their rules in. Circles are refused when a segment is created.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "base/time.h"
#include "store/workspace.h"
#include "understand/rules/rule.h"

namespace coterie::engine {

struct RuleSegment {
  std::string name;
  std::string rule;  ///< its canonical text
  std::string note = {};
  base::Timestamp created_at = 0;
  base::Timestamp as_of = 0;  ///< when `users` were counted
  int64_t users = 0;
  int64_t of = 0;  ///< members of the shop then
};

/// {name, method: "rule", rule, rule_json, note, created_at, as_of, users, of, share}.
base::Result<nlohmann::json> to_json(const RuleSegment& segment, const store::Workspace& workspace);

/// By name. Errors: kDataLoss.
base::Result<std::vector<RuleSegment>> rule_segments(store::Workspace& workspace);

/// Errors: kNotFound, with the nearest names.
base::Result<RuleSegment> find_rule_segment(store::Workspace& workspace, std::string_view name);

/// From what a person wrote: a rule's text, or its JSON, which begins with "{". Errors: kInvalidArgument.
base::Result<understand::Rule> read_rule(std::string_view text);

/// The rule with the rules of the segments that it includes written in. A segment that a run computed becomes
/// segment.METHOD = NAME. Errors: kNotFound (no such segment), kInvalidArgument (a circle, or too large).
base::Result<understand::Rule> resolve_rule(store::Workspace& workspace, const understand::Rule& rule);

/// The resolved rule of a segment, defined by a rule or computed by a run. Errors: as find_rule_segment.
base::Result<understand::Rule> rule_of_segment(store::Workspace& workspace, std::string_view name);

struct NewRuleSegment {
  std::string name;
  std::string rule;  ///< as read_rule() takes it
  std::optional<std::string> note = {};
  bool replaces = false;  ///< one of that name may be there
};

/// Counts its members as of `as_of` and keeps it. Errors: kInvalidArgument (name, rule, circle), kAlreadyExists, and those
/// of rule_facts().
base::Result<RuleSegment> create_rule_segment(store::Workspace& workspace, const NewRuleSegment& segment,
                                              base::Timestamp as_of, const base::Context& context);

/// Errors: kNotFound; kFailedPrecondition when other segments include it.
base::Status delete_rule_segment(store::Workspace& workspace, std::string_view name,
                                 const base::Context& context);

/// Replaces the note; empty removes it. Errors: kNotFound, kInvalidArgument.
base::Status note_rule_segment(store::Workspace& workspace, std::string_view name, std::string note,
                               const base::Context& context);

/// Counts all of them anew as of the newest run, in one pass and one commit; none when all are counted as of it and
/// `is_new_run` is false. A segment that cannot be counted (its trait is gone) keeps its count, and the log says so.
/// Errors: those of the store.
base::Status refresh_rule_segments(store::Workspace& workspace, bool is_new_run,
                                   const base::Context& context);

}  // namespace coterie::engine

// What rules ask for, of every member or of one, as one table whose columns the quantities name.
//
// Counts, amounts and last times come from the events, traits from the users, as of any instant. Features and RFM scores
// come from the newest run where the instant is the run's, and are computed otherwise. Scores, ranks and segments exist as of
// the newest run alone.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/feature_table.h"
#include "profile/as_of.h"
#include "store/workspace.h"
#include "understand/rules/rule.h"

namespace coterie::engine {

/// The instant at which rules are judged unless a person names another: that of the newest run, without one the last
/// local midnight not after the last event, without events the first after the last trait. Errors: kFailedPrecondition
/// (neither).
base::Result<base::Timestamp> default_rule_instant(store::Workspace& workspace, const base::Context& context);

struct RuleFacts {
  data::FeatureTable table;  ///< a row a member: profile/member_facts.h
  std::vector<base::MemoryBudget::Reservation> memory;
};

struct RuleFactsRequest {
  base::Timestamp as_of = 0;
  std::span<const understand::Quantity> quantities;
  std::optional<std::string> user_id = {};  ///< only this member; RFM scores stay those among all members
};

/// Errors: kInvalidArgument (no such trait, model or taste; a score of another instant), kFailedPrecondition (a score
/// without a run; a probability of a model that gives none), kResourceExhausted, kCancelled.
base::Result<RuleFacts> rule_facts(store::Workspace& workspace, const RuleFactsRequest& request,
                                   const base::Context& context);

/// The same checks without the work.
base::Status check_rule_facts(store::Workspace& workspace, const RuleFactsRequest& request,
                              const base::Context& context);

}  // namespace coterie::engine

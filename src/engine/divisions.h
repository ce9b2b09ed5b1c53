// Divisions that people ask for: members divided by chosen facts, each segment with its rule and persona.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "base/time.h"
#include "data/feature_table.h"
#include "engine/division_request.h"
#include "engine/rule_members.h"
#include "store/workspace.h"

namespace coterie::engine {

/// What was found among the members of some facts.
struct FoundDivision {
  nlohmann::json record;         ///< docs/methods/segmentations.md
  std::vector<uint32_t> labels;  ///< of the facts' rows: places in record["segments"]
  std::vector<std::string>
      keys;  ///< of each segment what makes it that segment (its values), "" where its members alone do
};

/// Errors: kInvalidArgument (a quantity that is no column of `facts`), kFailedPrecondition (nobody), and those of
/// understand::divide(). Threads and memory: the context's; the same for any number of threads.
base::Result<FoundDivision> find_division(const data::FeatureTable& facts, const DivisionRequest& request,
                                          const base::Calendar& calendar, const base::Context& context);

struct DivisionResult {
  nlohmann::json record;  ///< docs/methods/segmentations.md
  RuleMembers members;    ///< everybody, with the facts and a column `segment`
};

/// The same of what is known of all members. Errors: those of rule_facts(), too.
base::Result<DivisionResult> compute_division(store::Workspace& workspace, const DivisionRequest& request,
                                              const base::Context& context);

}  // namespace coterie::engine

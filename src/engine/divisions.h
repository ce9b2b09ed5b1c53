// Divisions that people ask for: members divided by chosen facts, each segment with its rule and persona.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "base/time.h"
#include "engine/rule_members.h"
#include "store/workspace.h"
#include "understand/segments/division.h"

namespace coterie::engine {

struct DivisionRequest {
  std::vector<understand::Quantity> by;                  ///< at least one
  std::vector<understand::Quantity> as_categories = {};  ///< of `by`, numbers in text that are codes
  understand::DivisionOptions options = {};
  base::Timestamp as_of = 0;
};

/// What a person writes: lists of quantities, names of choices.
struct DivisionWords {
  std::string by;  ///< may be empty for rfm: the features recency_days, frequency and monetary
  std::string categories = {}, method = "k_means", outliers = "flag", bins = "quantile";
  std::string borders = {};  ///< of fixed bins, "30,90,180,365; 2,3,5,10"
};

/// A request of these words, other options as they are by default. Errors: kInvalidArgument.
base::Result<DivisionRequest> read_division(const DivisionWords& words);

struct DivisionResult {
  nlohmann::json record;  ///< docs/methods/segmentations.md
  RuleMembers members;    ///< everybody, with the facts and a column `segment`
};

/// Errors: those of rule_facts() and understand::divide(). Threads and memory: the context's; the same record for any number
/// of threads.
base::Result<DivisionResult> compute_division(store::Workspace& workspace, const DivisionRequest& request,
                                              const base::Context& context);

}  // namespace coterie::engine

// Divisions that are kept: documents (division_documents.h), their members in the table of segments under the method NAME.
//
// Every run computes them anew as of its instant, right after its commit and in a commit of their own. Their segments are
// called NAME_1, NAME_2, ...: one that is made of values keeps its name while it has them, any other while it keeps its
// members (kept_names.h). A division that cannot be computed any more (its trait is gone) stands as it was, and says so by
// its instant.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/status.h"
#include "engine/division_request.h"
#include "engine/run_record.h"
#include "store/workspace.h"

namespace coterie::engine {

inline constexpr size_t kMostDivisions = 20;
inline constexpr size_t kMostKeptSegments = 200;  ///< of one division

struct NewDivision {
  std::string name;  ///< letters a to z, digits and _, at most 40
  DivisionWords words;
  bool replaces = false;  ///< one of that name may be there; segments that keep its members keep their names
};

/// Computes a division as of the newest run and keeps it, with a report that shows it when `draw_report` is given. Errors:
/// kInvalidArgument (name, words, more segments than kMostKeptSegments), kAlreadyExists, kFailedPrecondition (no run yet,
/// kMostDivisions are kept), kUnavailable (another run finished meanwhile), those of compute_division() and of the store.
base::Result<nlohmann::json> keep_division(store::Workspace& workspace, const NewDivision& division,
                                           const DrawReport& draw_report, const base::Context& context);

/// Errors: kNotFound; kFailedPrecondition when rules ask for it or include its segments.
base::Status delete_division(store::Workspace& workspace, std::string_view name,
                             const DrawReport& draw_report, const base::Context& context);

/// Computes them anew as of the newest run, from facts read once, in one commit: all, or unless `is_new_run` those that were
/// computed from another run. What others replace or delete meanwhile is left to them. Errors: kCancelled, kResourceExhausted, those of the store.
base::Status refresh_divisions(store::Workspace& workspace, bool is_new_run, const DrawReport& draw_report,
                               const base::Context& context);

}  // namespace coterie::engine

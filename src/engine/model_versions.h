// Versions of the models that score members: which is live, and which is better.
//
// A version is immutable; only which one is live changes. Publishing and going back score the members of the newest run
// again, as of its instant, and replace its record and the scores in one commit. The next run decides anew, against the
// version that is live then.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/status.h"
#include "engine/run_record.h"
#include "store/workspace.h"

namespace coterie::engine {

/// Makes a version of purchase or churn live. One that was trained for another instant than the newest run's is used for
/// ranking only: its season is not today's.
///
/// Returns  {model, version, was (0 = a baseline), published}; the record and its report are replaced
/// Errors   kNotFound (model, version) · kInvalidArgument (not a model of members) · kFailedPrecondition (no run yet, not
///          publishable, live already) · kDataLoss (files, golden rows)
base::Result<nlohmann::json> publish_version(store::Workspace& workspace, std::string_view name,
                                             int64_t version, const DrawReport& draw_report,
                                             const base::Context& context);

/// The same with the version that was live before the one that is. Errors: also kFailedPrecondition when there was none.
base::Result<nlohmann::json> rollback_model(store::Workspace& workspace, std::string_view name,
                                            const DrawReport& draw_report, const base::Context& context);

/// Judges two versions on the same members: those of the later one's test.
///
/// Returns  {model, test {as_of, users, positive}, versions[] {version, metrics}, auc_difference (the second minus the
///          first, paired), better (a version, or null when the difference may be chance)}
/// Errors   as publish_version
base::Result<nlohmann::json> compare_versions(store::Workspace& workspace, std::string_view name,
                                              int64_t first, int64_t second, const base::Context& context);

}  // namespace coterie::engine

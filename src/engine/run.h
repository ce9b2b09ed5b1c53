// The main job: features → segments → predictions → recommendations, committed as one generation.
//
// What it found is a record, a JSON document that the CLI prints, the report draws and state.db keeps
// (collection "runs", key "latest"). A run on the same data, as_of and options is not repeated: its record is
// returned.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/context.h"
#include "base/status.h"
#include "base/time.h"
#include "engine/run_record.h"
#include "store/workspace.h"

namespace coterie::engine {

struct RunOptions {
  std::optional<base::Timestamp> as_of = {};  ///< nothing: the last local midnight not after the last event
  uint64_t seed = 1;                          ///< of bootstrap and k-means starts
  bool is_forced = false;                     ///< repeat a run that is current
  DrawReport draw_report = {};                ///< nothing: the report stays as it is
};

struct RunResult {
  /// {as_of, timezone, currency, users, items, events, sales, segments, models, recommend, details}; see
  /// docs/run.md.
  nlohmann::json record;
  bool was_current = false;  ///< the record of an earlier run on the same data
};

/// Errors: kFailedPrecondition (no events before as_of), kCancelled, kResourceExhausted, kDataLoss.
/// Threads and memory: the context's; the same record for any number of threads.
base::Result<RunResult> run(store::Workspace& workspace, const RunOptions& options,
                            const base::Context& context);

}  // namespace coterie::engine

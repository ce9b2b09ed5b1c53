// Earlier runs that are remembered, so that the newest can be compared with one of them.
//
// A document "runs"/NUMBER each, NUMBER in eight digits; the newest kMostKeptRuns stay. Kept is what names a run and
// its clusters, not its members: those are computed again as of its instant (docs/adr/0012-what-changed.md).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "store/commit.h"
#include "store/workspace.h"

namespace coterie::engine {

inline constexpr size_t kMostKeptRuns = 50;

struct KeptRun {
  int64_t number = 0;  ///< counts from 1
  base::Timestamp as_of = 0;
  uint64_t seed = 0;
  std::vector<std::string> clusters;  ///< names, in the order of their labels
  int64_t next_cluster = 1;           ///< the number of the next cluster that continues none before
  std::vector<std::string> imports;   ///< ids of those it knew
  int64_t next_taste = 1;             ///< the same of tastes
};

/// Ascending by number. Errors: kDataLoss.
base::Result<std::vector<KeptRun>> kept_runs(store::Workspace& workspace);

/// Of the runs before `as_of` the one with the latest instant, of equal ones the newest.
std::optional<KeptRun> run_before(const std::vector<KeptRun>& runs, base::Timestamp as_of);

/// Adds one with the next number and takes the oldest away beyond kMostKeptRuns; a run as of the same instant is
/// replaced.
void keep_run(KeptRun run, const std::vector<KeptRun>& earlier, store::Commit& commit);

}  // namespace coterie::engine

// Replay: quarantined rows are read again, under the present rules or another mapping.
//
// Each import's rows go together, in one commit: what is accepted now leaves the quarantine in the commit that
// stores it, with its old source and line, and what fails stays under its new verdict. So a crash leaves all or
// nothing of an import, and a second replay finds nothing more to do.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "collect/import_file.h"
#include "store/ingest.h"
#include "store/workspace.h"

namespace coterie::collect {

struct ReplayOptions {
  std::string rule = {}, source = {}, import_id = {};  ///< which rows; empty = all
  /// What differs from the recorded options; empty or missing: as then.
  std::string preset = {};
  std::vector<ColumnChoice> columns = {};
  std::vector<BehaviorChoice> behaviors = {};
};

/// What became of one import's rows: received = accepted + duplicate + quarantined.
struct ReplayReport {
  std::string import_id, source, preset;
  uint64_t received = 0, accepted = 0, duplicate = 0, quarantined = 0;
  std::map<std::string, uint64_t> quarantined_by_rule;
  std::map<std::string, uint64_t> flagged_by_rule;
  std::map<std::string, uint64_t> not_read;  ///< of the quarantined: could not be read again, by reason
};

/// One report for each import that has such rows, in order. Errors: those of reading the preset and mapping the
/// columns, naming the import (those before it are done), and of store::Ingest.
base::Result<std::vector<ReplayReport>> replay_quarantine(store::Workspace& workspace,
                                                          const ReplayOptions& options,
                                                          const base::Context& context);

}  // namespace coterie::collect

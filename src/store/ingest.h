// Ingest: one file's rows on their way into the workspace.
//
// Rows are staged in DuckDB (which spills to tmp/ within the memory limit), deduplicated exactly by an
// anti-join on event_id against everything stored, written to Parquet aside, synced, renamed, and listed in
// state.db in one transaction. Until commit() returns ok nothing has happened; afterwards everything has. A
// crash at any moment leaves the old or the new state, and importing the file again accepts only what is not
// yet there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/context.h"
#include "base/status.h"
#include "data/event.h"
#include "store/workspace.h"

namespace coterie::store {

struct IngestOptions {
  std::string source;  ///< the file's name, stored with every event
  std::string preset;  ///< for the list of imports
  data::Repeats repeats = data::Repeats::kKeep;
  base::Timestamp received_at = 0;
};

/// received = accepted + duplicate + quarantined, always.
struct IngestCounts {
  uint64_t received = 0;
  uint64_t accepted = 0;
  uint64_t duplicate = 0;
  uint64_t quarantined = 0;
  std::map<std::string, uint64_t> quarantined_by_rule;
};

enum class AttributeKind { kItems, kUsers };

/// Not thread safe. Dropping it without commit() leaves nothing behind.
class Ingest {
 public:
  /// Errors: kUnavailable, kResourceExhausted from DuckDB.
  static base::Result<std::unique_ptr<Ingest>> begin(Workspace& workspace, IngestOptions options,
                                                     const base::Context& context);
  ~Ingest();

  base::Status append(const data::EventBatch& batch);
  base::Status append(const data::AttributeBatch& batch, AttributeKind kind);
  base::Status append(const data::QuarantineBatch& batch);

  /// Deduplicates, writes and commits. Errors: kResourceExhausted (disk full), kUnavailable, kDataLoss.
  base::Result<IngestCounts> commit();

 private:
  struct State;
  explicit Ingest(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace coterie::store

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
  std::string source;        ///< the file's name, stored with every event
  std::string preset;        ///< for the list of imports
  std::string details = {};  ///< a JSON object; its members join the import's record: mapping, format, ...
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
  std::map<std::string, uint64_t> flagged_by_rule;  ///< of accepted rows
};

/// Which of 65,536 buckets a user's events belong to, for ever: the upper bits of XXH3-64 of the id.
uint16_t bucket(std::string_view user);

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
  base::Status append(const data::TextBatch& batch);
  base::Status append(const data::LinkBatch& batch);
  base::Status append(const data::FlagBatch& batch);  ///< of events appended before it

  /// Adds records of users and items to the counts. What they state comes as attributes with their line; a record
  /// whose every fact is known already, from before or from an earlier record, is a duplicate.
  void count_records(uint64_t records);

  /// Deduplicates, writes and commits. Errors: kResourceExhausted (disk full), kUnavailable, kDataLoss.
  base::Result<IngestCounts> commit();

 private:
  struct State;
  explicit Ingest(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace coterie::store

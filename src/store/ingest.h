// Ingest: one file's rows on their way into the workspace.
//
// Events and facts about items and users go through parts of fixed size (event_parts.h, fact_parts.h), so that
// memory does not grow with the file; all else is staged in DuckDB, which spills to tmp/. Until commit() returns ok nothing has happened; afterwards
// everything has: all files are listed in state.db in one transaction. A crash at any moment leaves the old
// or the new state, and importing the file again accepts only what is not yet there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/event.h"
#include "store/fact_parts.h"
#include "store/workspace.h"

namespace coterie::store {

/// A rule that needs more than one row to tell, as SQL over the staged events of one part of the file (at most
/// about a million rows, always the same ones): their columns as in the events table, and `line`.
struct FlagQuery {
  std::string rule;
  std::string column;  ///< the design's name; empty when it is the whole row
  std::string reason;  ///< in words
  /// SELECT line, known_from FROM staged_events ...: the flagged line, and the instant from which on it could be
  /// known that it is one.
  std::string select;
  /// When set, the users of flagged lines get this trait as 'true', valid from the earliest known_from.
  std::string trait = {};
};

struct IngestOptions {
  std::string source;        ///< the file's name, stored with every event
  std::string preset;        ///< for the list of imports
  std::string details = {};  ///< a JSON object; its members join the import's record: mapping, format, ...
  data::Repeats repeats = data::Repeats::kKeep;
  base::Timestamp received_at = 0;
  std::vector<FlagQuery> flag_queries = {};
  size_t part_rows = 1 << 20;  ///< events staged at a time; what flag queries see; tests take fewer
  /// quarantine_ids of rows that are read again: they leave the quarantine in the same commit. Those appended as
  /// quarantined once more, known by their line, stay as they were under the new rule and reason.
  std::vector<std::string> replayed = {};
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

/// For one thread; with several in the context, staging runs on a thread of its own, in order. An error of it
/// comes back from a later append() or from commit(). Dropping it without commit() leaves nothing behind.
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

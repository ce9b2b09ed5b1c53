// The events of one import on their way to files, a part of fixed size at a time.
//
// A part (staged_events.h) is deduplicated exactly, put in order of bucket, user and time, and written to a
// Parquet file in the process's own folder while the next one is collected (part_writer.h); memory stays that of two
// parts, whatever the file's length, and of one where the budget has no more.
//
// An event is a duplicate when its id
//   · is in the workspace: the ids of the part are matched with the known 64-bit hashes (known_ids.h), and
//     those that match are compared with the stored ids themselves;
//   · came before in this import: every row's 128-bit id is kept in a file aside, and the ids of the part
//     are counted in it. A content id that occurred k times before gets `-k` behind it when repeats are kept
//     (data::Repeats), and is a duplicate when they are not; an id of the sender's own is a duplicate.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/event.h"
#include "store/commit.h"
#include "store/duckdb.h"
#include "store/ingest.h"
#include "store/known_ids.h"
#include "store/part_writer.h"
#include "store/staged_events.h"
#include "store/workspace.h"

namespace coterie::store {

/// The files of kEventIds that a connection's lease pins, verified. Errors: kDataLoss.
base::Result<std::vector<std::filesystem::path>> id_files(Workspace& workspace, Connection& connection,
                                                          const base::Context& context);

/// Not thread safe.
class EventParts {
 public:
  /// `connection` must have the views of the workspace, and outlive this, as must `options`. `known_files`:
  /// the id files of the generation that the views show, or of an earlier one.
  static base::Result<std::unique_ptr<EventParts>> begin(Workspace& workspace, Connection& connection,
                                                         const IngestOptions& options,
                                                         std::vector<std::filesystem::path> known_files,
                                                         const base::Context& context);
  ~EventParts();

  base::Status append(std::shared_ptr<const data::EventBatch> batch);
  base::Status append(const data::FlagBatch& batch);

  /// Writes the last part. The table accepted_flags (event_id, rule, column, reason, line) is then complete.
  base::Status finish();

  /// The import's own folder in tmp/, which goes with this.
  const std::filesystem::path& folder() const { return folder_; }

  /// What the flag queries say about users.
  const data::AttributeBatch& traits() const { return traits_; }

  /// Under the commit lock, with fresh views: drops what others brought since begin().
  base::Status drop_brought_by_others();

  /// The files, finished; one that drop_brought_by_others() left without rows does not exist.
  const std::vector<StagedFile>& parts() const { return writer_->files(); }
  uint64_t received() const { return received_; }
  uint64_t accepted() const;

  /// 64-bit hashes of the accepted ids, for event_ids/; empty when there are none.
  const std::filesystem::path& id_hashes() const { return id_hashes_->path(); }

 private:
  struct Flag {
    uint64_t line;
    std::string rule, column, reason;
  };

  EventParts(Workspace& workspace, Connection& connection, const IngestOptions& options,
             const base::Context& context)
      : workspace_(workspace), connection_(connection), options_(options), context_(context) {
    collect_next();
  }

  void collect_next();
  StagedEvents& part() { return *current_.events; }
  base::Status write_part(bool is_last);
  base::Status run_flag_queries();
  void add_traits(const FlagQuery& query, const std::map<uint64_t, base::Timestamp>& known_from);
  base::Status judge_in_import(bool is_last);
  base::Status judge_in_workspace();
  base::Status drop_stored(const std::vector<size_t>& suspects);
  base::Status keep_flags();
  base::Status keep_id_hashes();
  base::Status rewrite_without_stored(StagedFile* part);

  Workspace& workspace_;
  Connection& connection_;
  const IngestOptions& options_;
  base::Context context_;

  std::filesystem::path folder_;
  std::unique_ptr<PartWriter> writer_;
  uint64_t received_ = 0;
  bool is_first_ = true;                            // the part that is collected
  std::unique_ptr<IdFileWriter> id_hashes_;         // accepted so far
  std::unique_ptr<IdFileWriter> seen_;              // all rows of earlier parts
  std::vector<std::filesystem::path> known_files_;  // of kEventIds

  CurrentPart current_;
  std::vector<Flag> flags_;  // of the same part
  data::AttributeBatch traits_;
};

}  // namespace coterie::store

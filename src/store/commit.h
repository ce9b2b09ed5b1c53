// Commit: the one way by which files and records enter a workspace.
//
//   1. take the commit lock, remove what a crash left in the data folders
//   2. write each file in tmp/, fsync it, checksum it, rename it into its folder, fsync the folder
//   3. list all of them, and the records that belong to them, in state.db in one transaction
//   4. unlist the files that no reader can see any more (lease.h), seal state.db (state_sum.h), and only then
//      delete those files
// A crash before 3 leaves the old generation, a crash after it the new one; one within 4 leaves unlisted
// files for the next commit to remove, never a listed file that is gone. Dropping a Commit undoes 2.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "store/catalog.h"
#include "store/duckdb.h"
#include "store/lock_file.h"
#include "store/workspace.h"

namespace coterie::store {

/// A complete and synced file in tmp/, ready to be listed.
struct StagedFile {
  std::filesystem::path path;
  TableKind kind{};
  uint64_t rows = 0;
  uint64_t bytes = 0;
  uint64_t checksum = 0;
  std::optional<EventSpan> span = {};  ///< of kEvents
};

/// Syncs and measures a file that was written in tmp/. Needs no lock.
base::Result<StagedFile> stage_file(std::filesystem::path path, TableKind kind, uint64_t rows);

/// The same for a Parquet file; of events it is read for their span.
base::Result<StagedFile> stage_table(Connection& connection, std::filesystem::path path, TableKind kind,
                                     uint64_t rows);

/// Rows of a row group of events. They are sorted by bucket, and a range of buckets reads whole row groups: large ones
/// are read by many ranges. Measured: 16k to 64k find one user fastest.
inline constexpr uint64_t kEventGroupRows = 32'768;

/// How every Parquet file of a workspace is written: "(FORMAT parquet, ...)".
std::string parquet_options(uint64_t row_group_rows = 122'880);

/// Not thread safe; other processes wait in begin() while one lives, so keep it short.
class Commit {
 public:
  static base::Result<std::unique_ptr<Commit>> begin(Workspace& workspace, std::string what);
  ~Commit();

  /// Writes the rows of `select` (in the schema of `kind`, in its order) as one file; returns the number of
  /// rows. No rows, no file. Errors: kResourceExhausted (disk or memory), kUnavailable.
  base::Result<uint64_t> add_table(Connection& connection, TableKind kind, std::string_view select,
                                   std::span<const Parameter> parameters, const base::Context& context);

  /// Takes over a finished file that lies in the workspace's tmp/. Errors: as add_table; kInternal for events
  /// without a span.
  base::Status add_file(const StagedFile& staged);

  /// The file leaves the newest generation; finish() fails when it has left it already.
  void remove_file(int64_t file_id) { change_.remove_files.push_back(file_id); }

  void put_meta(std::string key, std::string value) {
    change_.put_meta.emplace_back(std::move(key), std::move(value));
  }

  /// The files that `kind` had until now leave the newest generation.
  void replace(TableKind kind) { change_.replace_kinds.push_back(kind); }

  void put_document(Document document) { change_.put_documents.push_back(std::move(document)); }

  void remove_document(std::string collection, std::string key) {
    change_.remove_documents.emplace_back(std::move(collection), std::move(key));
  }

  /// `bytes` become the workspace's file `name`, a page for people that no generation lists, right after all is visible;
  /// a crash in between leaves the page of before. Written and synced here: a full disk refuses the commit.
  base::Status put_page(std::string_view name, std::string_view bytes);

  /// Makes it all visible, durably; returns the new generation. Files that are of no use any more are
  /// deleted; what cannot be deleted now is left to a later commit.
  base::Result<int64_t> finish(base::Timestamp now);

 private:
  Commit(Workspace& workspace, std::string what, LockFile lock);
  std::vector<StoredFile> forget_garbage(int64_t newest);
  Workspace& workspace_;
  LockFile lock_;
  CatalogChange change_;
  uint64_t staged_ = 0;  // files written by add_table
  std::vector<std::pair<std::filesystem::path, std::filesystem::path>>
      pages_;  // from tmp/ into the workspace
  bool finished_ = false;
};

}  // namespace coterie::store

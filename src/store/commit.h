// Commit: the one way by which files and records enter a workspace.
//
//   1. take the commit lock, remove what a crash left in the data folders
//   2. write each file in tmp/, fsync it, checksum it, rename it into its folder, fsync the folder
//   3. list all of them, and the records that belong to them, in state.db in one transaction
// A crash before 3 leaves the old generation, a crash after it the new one. Dropping a Commit undoes 2.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "store/catalog.h"
#include "store/duckdb.h"
#include "store/lock_file.h"
#include "store/workspace.h"

namespace coterie::store {

/// Not thread safe; other processes wait in begin() while one lives, so keep it short.
class Commit {
 public:
  static base::Result<std::unique_ptr<Commit>> begin(Workspace& workspace, std::string what);
  ~Commit();

  /// Writes the rows of `select` (in the schema of `kind`, in its order) as one file; returns the number of
  /// rows. No rows, no file. Errors: kResourceExhausted (disk or memory), kUnavailable.
  base::Result<uint64_t> add_table(Connection& connection, TableKind kind, std::string_view select,
                                   std::span<const Parameter> parameters, const base::Context& context);

  /// Takes over a finished file that lies in the workspace's tmp/. Errors: as add_table.
  base::Status add_file(TableKind kind, const std::filesystem::path& aside, uint64_t rows);

  /// The files that `kind` had until now leave the newest generation.
  void replace(TableKind kind) { change_.replace_kinds.push_back(kind); }

  void put_document(Document document) { change_.put_documents.push_back(std::move(document)); }

  /// Makes it all visible; returns the new generation.
  base::Result<int64_t> finish(base::Timestamp now);

 private:
  Commit(Workspace& workspace, std::string what, LockFile lock);
  Workspace& workspace_;
  LockFile lock_;
  CatalogChange change_;
  bool finished_ = false;
};

}  // namespace coterie::store

// The catalog: which files and records make up each generation of a workspace (state.db).
//
//   meta(key, value)                 format_version, digests (state_sum.h), timezone and currency of the last
//                                    commit
//   generations(generation, what, created_at)
//   file_ids(file_id)                AUTOINCREMENT: ids that were given, so that none is given twice
//   files(file_id, kind, name, rows, bytes, checksum, added, removed)
//     a file belongs to generation g when added <= g and (removed is null or removed > g)
//   documents(collection, key, generation, body)
//     JSON records: imports, model versions, runs
//
// Not thread safe; every process and thread opens its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "store/sqlite.h"
#include "store/workspace.h"

namespace coterie::store {

inline constexpr int64_t kFormatVersion = 3;
inline constexpr int64_t kFirstFormatWithDigests = 2;  ///< of state.db, and hashes of event ids

/// Where the events of a file lie: both ends included. A file that cannot hold what is looked for is not read.
struct EventSpan {
  int64_t first_bucket = 0, last_bucket = 0;
  base::Timestamp first_ts = 0, last_ts = 0;
  friend bool operator==(const EventSpan&, const EventSpan&) = default;
};

struct StoredFile {
  int64_t file_id = 0;
  TableKind kind{};
  std::string name;  ///< relative to the workspace: "events/00000007.parquet"
  uint64_t rows = 0;
  uint64_t bytes = 0;
  uint64_t checksum = 0;               ///< XXH3-64
  int64_t added = 0;                   ///< the generation that brought it; set by the catalog
  std::optional<EventSpan> span = {};  ///< of kEvents, always
};

struct Document {
  std::string collection;  ///< "imports", "model_versions", "runs"
  std::string key;
  std::string body;  ///< JSON
};

/// What one commit changes.
struct CatalogChange {
  std::vector<StoredFile> add_files;
  std::vector<TableKind> replace_kinds;  ///< all older files of these kinds leave the newest generation
  std::vector<int64_t> remove_files;     ///< these leave it; each must still be in it
  std::vector<std::pair<std::string, std::string>> put_meta;
  std::vector<Document> put_documents;                                ///< inserted or replaced
  std::vector<std::pair<std::string, std::string>> remove_documents;  ///< (collection, key)
  std::string what;  ///< "import", "run"; for people who look into state.db
};

class Catalog {
 public:
  /// Makes state.db with an empty generation 0.
  static base::Result<std::unique_ptr<Catalog>> create(const std::filesystem::path& path);

  /// Verifies all of state.db (state_sum.h). Errors: kDataLoss, kFailedPrecondition (a newer format),
  /// kPermissionDenied.
  static base::Result<std::unique_ptr<Catalog>> open(const std::filesystem::path& path, bool read_only);

  /// The same without verifying anything, for doctor; works in a folder where nothing may be written.
  static base::Result<std::unique_ptr<Catalog>> open_to_inspect(const std::filesystem::path& path);

  /// Older than kFormatVersion: to be migrated (migrate.h) before anything else.
  int64_t format_version() const { return format_version_; }

  /// False when state.sum does not speak of the state that open() found: seal() is due.
  bool was_sealed() const { return was_sealed_; }

  /// After commits: makes what they wrote safe from damage that SQLite does not notice. The caller holds the
  /// commit lock.
  base::Status seal();

  /// What SQLite's own integrity check says; empty when all is well. And whether the digests hold.
  base::Result<std::vector<std::string>> integrity_errors();
  base::Status verify();
  base::Result<int64_t> revision();

  base::Result<int64_t> newest_generation();

  /// What made a generation: "import", "run", "compact", ...
  base::Result<std::string> what(int64_t generation);
  base::Result<std::vector<StoredFile>> files(TableKind kind, int64_t generation);

  /// Files that brought rows after generation `after` and not after `until`, also those that compaction has replaced since.
  base::Result<std::vector<StoredFile>> arrived_files(TableKind kind, int64_t after, int64_t until);

  /// Names of all files of all generations.
  base::Result<std::set<std::string>> listed_names();

  /// Files that no generation from `oldest` on holds.
  base::Result<std::vector<StoredFile>> garbage(int64_t oldest);

  /// Unlists files. Afterwards, and not before, they may be deleted: what is listed exists.
  base::Status forget(const std::vector<StoredFile>& files);

  base::Result<std::optional<std::string>> meta(std::string_view key);

  /// For the migration from format 1, whose files have no spans.
  base::Status add_span_columns();

  /// A file id that was never given before and never will be again.
  base::Result<int64_t> reserve_file_id();

  /// One transaction; returns the new generation. Errors: kUnavailable when a file of `remove_files` is no
  /// longer in the newest generation.
  base::Result<int64_t> commit(const CatalogChange& change, base::Timestamp now);

  /// Bodies of a collection, by key.
  base::Result<std::vector<Document>> documents(std::string_view collection);
  base::Result<std::optional<std::string>> document(std::string_view collection, std::string_view key);

 private:
  Catalog(std::unique_ptr<SqliteDatabase> database, std::filesystem::path path)
      : database_(std::move(database)), path_(std::move(path)) {}
  base::Status read_format_version();
  base::Result<std::vector<StoredFile>> files_where(TableKind kind, std::string_view condition, int64_t first,
                                                    int64_t second);
  std::unique_ptr<SqliteDatabase> database_;
  std::filesystem::path path_;
  int64_t format_version_ = 0;
  bool was_sealed_ = false;
};

}  // namespace coterie::store

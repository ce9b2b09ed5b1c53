// The catalog: which files and records make up each generation of a workspace (state.db).
//
//   meta(key, value)                 format_version
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
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "store/sqlite.h"
#include "store/workspace.h"

namespace coterie::store {

inline constexpr int64_t kFormatVersion = 2;

struct StoredFile {
  int64_t file_id = 0;
  TableKind kind{};
  std::string name;  ///< relative to the workspace: "events/00000007.parquet"
  uint64_t rows = 0;
  uint64_t bytes = 0;
  uint64_t checksum = 0;  ///< XXH3-64
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
  std::vector<Document> put_documents;   ///< inserted or replaced
  std::string what;                      ///< "import", "run"; for people who look into state.db
};

class Catalog {
 public:
  /// Makes state.db with an empty generation 0.
  static base::Result<std::unique_ptr<Catalog>> create(const std::filesystem::path& path);

  /// Errors: kDataLoss, kFailedPrecondition (a newer format), kPermissionDenied.
  static base::Result<std::unique_ptr<Catalog>> open(const std::filesystem::path& path, bool read_only);

  base::Result<int64_t> newest_generation();
  base::Result<std::vector<StoredFile>> files(TableKind kind, int64_t generation);

  /// Names of all files of all generations.
  base::Result<std::set<std::string>> listed_names();

  /// A file id that was never given before and never will be again.
  base::Result<int64_t> reserve_file_id();

  /// One transaction; returns the new generation.
  base::Result<int64_t> commit(const CatalogChange& change, base::Timestamp now);

  /// Bodies of a collection, by key.
  base::Result<std::vector<Document>> documents(std::string_view collection);
  base::Result<std::optional<std::string>> document(std::string_view collection, std::string_view key);

 private:
  explicit Catalog(std::unique_ptr<SqliteDatabase> database) : database_(std::move(database)) {}
  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace coterie::store

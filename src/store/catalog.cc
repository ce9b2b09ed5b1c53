#include "store/catalog.h"

#include <fmt/core.h>

#include "store/schema.h"
#include "store/state_sum.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr int64_t kFirstFormatWithSpans = 2;

constexpr std::string_view kSchema[] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    ("CREATE TABLE generations (generation INTEGER PRIMARY KEY, what TEXT NOT NULL,"
     " created_at INTEGER NOT NULL) STRICT"),
    "CREATE TABLE file_ids (file_id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT",
    ("CREATE TABLE files (file_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL UNIQUE,"
     " rows INTEGER NOT NULL, bytes INTEGER NOT NULL, checksum INTEGER NOT NULL, added INTEGER NOT NULL,"
     " removed INTEGER, first_bucket INTEGER, last_bucket INTEGER, first_ts INTEGER, last_ts INTEGER) "
     "STRICT"),
    ("CREATE TABLE documents (collection TEXT NOT NULL, key TEXT NOT NULL, generation INTEGER NOT NULL,"
     " body TEXT NOT NULL, PRIMARY KEY (collection, key)) STRICT, WITHOUT ROWID"),
    "INSERT INTO generations VALUES (0, 'create', 0)",
};

constexpr std::string_view kSpanColumns[] = {"first_bucket", "last_bucket", "first_ts", "last_ts"};

SqlValue of_span(const StoredFile& file, int64_t EventSpan::*member) {
  return file.span ? SqlValue((*file.span).*member) : SqlValue();
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::create(const std::filesystem::path& path) {
  COTERIE_ASSIGN(auto database, SqliteDatabase::open(path, true, false));
  COTERIE_CHECK_OK(database->transaction([&]() -> Status {
    for (const std::string_view statement : kSchema) COTERIE_RETURN_IF_ERROR(database->run(statement));
    COTERIE_RETURN_IF_ERROR(
        database->run("INSERT INTO meta VALUES ('format_version', ?)", {std::to_string(kFormatVersion)}));
    return renew_digests(*database, {});
  }));
  auto catalog = std::unique_ptr<Catalog>(new Catalog(std::move(database), path));
  COTERIE_CHECK_OK(catalog->seal());
  return catalog;
}

Status Catalog::read_format_version() {
  int64_t version = -1;
  COTERIE_RETURN_IF_ERROR(
      database_->run("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'format_version'", {},
                     [&](const SqlRow& row) { version = row.int64(0); }));
  if (version < 1) return base::failure(Code::kDataLoss, "{}: no format_version", path_.string());
  if (version > kFormatVersion)
    return base::failure(Code::kFailedPrecondition,
                         "{}: made by a newer Coterie (format {}, this one reads up to {}); update Coterie",
                         path_.string(), version, kFormatVersion);
  format_version_ = version;
  return {};
}

Result<std::unique_ptr<Catalog>> Catalog::open(const std::filesystem::path& path, bool read_only) {
  // state.sum before the database: whatever it acknowledges, the database must hold.
  COTERIE_ASSIGN(const auto sum, read_state_sum(path));
  COTERIE_ASSIGN(const SealState seal_state, verify_state_file(path, sum));
  COTERIE_ASSIGN(auto database, SqliteDatabase::open(path, false, read_only));
  auto catalog = std::unique_ptr<Catalog>(new Catalog(std::move(database), path));
  catalog->was_sealed_ = seal_state == SealState::kSealed;
  COTERIE_CHECK_OK(catalog->database_->snapshot([&]() -> Status {
    COTERIE_RETURN_IF_ERROR(catalog->read_format_version());
    if (catalog->format_version_ < kFirstFormatWithDigests) return {};
    COTERIE_RETURN_IF_ERROR(verify_digests(*catalog->database_));
    COTERIE_ASSIGN_OR_STATUS(const int64_t revision, state_revision(*catalog->database_));
    if (sum && revision < sum->acknowledged)
      return base::failure(Code::kDataLoss,
                           "{} has lost its last changes (revision {} of {}); restore it from a backup",
                           path.string(), revision, sum->acknowledged);
    return {};
  }));
  return catalog;
}

Result<std::unique_ptr<Catalog>> Catalog::open_to_inspect(const std::filesystem::path& path) {
  auto database = SqliteDatabase::open(path, false, true);
  auto catalog = database ? std::unique_ptr<Catalog>(new Catalog(std::move(*database), path)) : nullptr;
  Status status = database ? catalog->read_format_version() : database.error();
  if (status.code() == Code::kPermissionDenied) {
    COTERIE_ASSIGN(auto immutable, SqliteDatabase::open_immutable(path));
    catalog.reset(new Catalog(std::move(immutable), path));
    status = catalog->read_format_version();
  }
  if (!status.ok()) return tl::unexpected(status);
  return catalog;
}

Status Catalog::seal() { return seal_state(*database_, path_); }

Result<std::vector<std::string>> Catalog::integrity_errors() {
  std::vector<std::string> errors;
  COTERIE_CHECK_OK(database_->run("PRAGMA integrity_check(20)", {}, [&](const SqlRow& row) {
    if (row.text(0) != "ok") errors.push_back(row.text(0));
  }));
  return errors;
}

Status Catalog::verify() {
  return database_->snapshot([&] { return verify_digests(*database_); });
}

Result<int64_t> Catalog::revision() { return state_revision(*database_); }

Result<int64_t> Catalog::newest_generation() {
  int64_t generation = 0;
  COTERIE_CHECK_OK(database_->run("SELECT max(generation) FROM generations", {},
                                  [&](const SqlRow& row) { generation = row.int64(0); }));
  return generation;
}

Result<std::string> Catalog::what(int64_t generation) {
  std::string what;
  COTERIE_CHECK_OK(database_->run("SELECT what FROM generations WHERE generation = ?", {generation},
                                  [&](const SqlRow& row) { what = row.text(0); }));
  return what;
}

Result<std::vector<StoredFile>> Catalog::files(TableKind kind, int64_t generation) {
  return files_where(kind, "added <= ? AND (removed IS NULL OR removed > ?)", generation, generation);
}

Result<std::vector<StoredFile>> Catalog::arrived_files(TableKind kind, int64_t after, int64_t until) {
  return files_where(
      kind,
      "added > ? AND added <= ? AND added NOT IN (SELECT generation FROM generations WHERE what = "
      "'compact')",
      after, until);
}

Result<std::vector<StoredFile>> Catalog::files_where(TableKind kind, std::string_view condition,
                                                     int64_t first, int64_t second) {
  const bool has_spans = kind == TableKind::kEvents && format_version_ >= kFirstFormatWithSpans;
  std::vector<StoredFile> out;
  COTERIE_CHECK_OK(database_->run(
      fmt::format("SELECT file_id, name, rows, bytes, checksum, added{} FROM files WHERE kind = ?"
                  " AND {} ORDER BY file_id",
                  has_spans ? ", first_bucket, last_bucket, first_ts, last_ts" : "", condition),
      {folder_name(kind), first, second}, [&](const SqlRow& row) {
        StoredFile& file = out.emplace_back();
        file = {row.int64(0),
                kind,
                row.text(1),
                static_cast<uint64_t>(row.int64(2)),
                static_cast<uint64_t>(row.int64(3)),
                static_cast<uint64_t>(row.int64(4)),
                row.int64(5)};
        if (has_spans) file.span = {row.int64(6), row.int64(7), row.int64(8), row.int64(9)};
      }));
  return out;
}

Result<std::vector<StoredFile>> Catalog::garbage(int64_t oldest) {
  std::vector<StoredFile> out;
  COTERIE_CHECK_OK(database_->run("SELECT file_id, name FROM files WHERE removed <= ? ORDER BY file_id",
                                  {oldest}, [&](const SqlRow& row) {
                                    out.emplace_back();
                                    out.back().file_id = row.int64(0);
                                    out.back().name = row.text(1);
                                  }));
  return out;
}

Status Catalog::forget(const std::vector<StoredFile>& files) {
  return database_->transaction([&]() -> Status {
    for (const StoredFile& file : files)
      COTERIE_RETURN_IF_ERROR(database_->run("DELETE FROM files WHERE file_id = ?", {file.file_id}));
    return renew_digests(*database_, {"files"});
  });
}

Result<std::optional<std::string>> Catalog::meta(std::string_view key) {
  std::optional<std::string> value;
  COTERIE_CHECK_OK(database_->run("SELECT value FROM meta WHERE key = ?", {key},
                                  [&](const SqlRow& row) { value = row.text(0); }));
  return value;
}

Result<std::set<std::string>> Catalog::listed_names() {
  std::set<std::string> names;
  COTERIE_CHECK_OK(
      database_->run("SELECT name FROM files", {}, [&](const SqlRow& row) { names.insert(row.text(0)); }));
  return names;
}

Status Catalog::add_span_columns() {
  return database_->transaction([&]() -> Status {
    std::set<std::string> known;
    COTERIE_RETURN_IF_ERROR(database_->run("SELECT name FROM pragma_table_info('files')", {},
                                           [&](const SqlRow& row) { known.insert(row.text(0)); }));
    for (const std::string_view column : kSpanColumns)
      if (!known.contains(std::string(column)))
        COTERIE_RETURN_IF_ERROR(
            database_->run(fmt::format("ALTER TABLE files ADD COLUMN {} INTEGER", column)));
    return {};
  });
}

Result<int64_t> Catalog::reserve_file_id() {
  int64_t id = 0;
  COTERIE_CHECK_OK(database_->transaction([&]() -> Status {
    COTERIE_RETURN_IF_ERROR(database_->run("INSERT INTO file_ids DEFAULT VALUES"));
    id = database_->last_insert_rowid();
    // Only the counter matters; the row itself may go.
    COTERIE_RETURN_IF_ERROR(database_->run("DELETE FROM file_ids WHERE file_id < ?", {id}));
    return renew_digests(*database_, {"file_ids"});
  }));
  return id;
}

Result<int64_t> Catalog::commit(const CatalogChange& change, base::Timestamp now) {
  int64_t generation = 0;
  COTERIE_CHECK_OK(database_->transaction([&]() -> Status {
    COTERIE_ASSIGN_OR_STATUS(const int64_t newest, newest_generation());
    generation = newest + 1;
    COTERIE_RETURN_IF_ERROR(
        database_->run("INSERT INTO generations VALUES (?, ?, ?)", {generation, change.what, now}));
    for (const TableKind kind : change.replace_kinds)
      COTERIE_RETURN_IF_ERROR(
          database_->run("UPDATE files SET removed = ? WHERE kind = ? AND removed IS NULL",
                         {generation, folder_name(kind)}));
    for (const int64_t file_id : change.remove_files) {
      COTERIE_RETURN_IF_ERROR(database_->run(
          "UPDATE files SET removed = ? WHERE file_id = ? AND removed IS NULL", {generation, file_id}));
      if (database_->changes() != 1)
        return base::failure(Code::kUnavailable, "file {} was replaced meanwhile; start again", file_id);
    }
    for (const StoredFile& file : change.add_files)
      COTERIE_RETURN_IF_ERROR(
          database_->run("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?)",
                         {file.file_id, folder_name(file.kind), file.name, static_cast<int64_t>(file.rows),
                          static_cast<int64_t>(file.bytes), static_cast<int64_t>(file.checksum), generation,
                          of_span(file, &EventSpan::first_bucket), of_span(file, &EventSpan::last_bucket),
                          of_span(file, &EventSpan::first_ts), of_span(file, &EventSpan::last_ts)}));
    for (const Document& document : change.put_documents)
      COTERIE_RETURN_IF_ERROR(database_->run("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
                                             {document.collection, document.key, generation, document.body}));
    for (const auto& [collection, key] : change.remove_documents)
      COTERIE_RETURN_IF_ERROR(
          database_->run("DELETE FROM documents WHERE collection = ? AND key = ?", {collection, key}));
    for (const auto& [key, value] : change.put_meta)
      COTERIE_RETURN_IF_ERROR(database_->run("INSERT OR REPLACE INTO meta VALUES (?, ?)", {key, value}));
    return renew_digests(*database_, {"generations", "files", "documents"});
  }));
  return generation;
}

Result<std::vector<Document>> Catalog::documents(std::string_view collection) {
  std::vector<Document> out;
  COTERIE_CHECK_OK(database_->run("SELECT key, body FROM documents WHERE collection = ? ORDER BY key",
                                  {collection}, [&](const SqlRow& row) {
                                    out.push_back({std::string(collection), row.text(0), row.text(1)});
                                  }));
  return out;
}

Result<std::optional<std::string>> Catalog::document(std::string_view collection, std::string_view key) {
  std::optional<std::string> body;
  COTERIE_CHECK_OK(database_->run("SELECT body FROM documents WHERE collection = ? AND key = ?",
                                  {collection, key}, [&](const SqlRow& row) { body = row.text(0); }));
  return body;
}

}  // namespace coterie::store

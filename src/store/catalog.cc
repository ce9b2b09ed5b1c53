#include "store/catalog.h"

#include "store/schema.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kSchema[] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "CREATE TABLE generations (generation INTEGER PRIMARY KEY, what TEXT NOT NULL, created_at INTEGER NOT "
    "NULL) STRICT",
    "CREATE TABLE file_ids (file_id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT",
    "CREATE TABLE files (file_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL UNIQUE,"
    " rows INTEGER NOT NULL, bytes INTEGER NOT NULL, checksum INTEGER NOT NULL, added INTEGER NOT NULL,"
    " removed INTEGER) STRICT",
    "CREATE TABLE documents (collection TEXT NOT NULL, key TEXT NOT NULL, generation INTEGER NOT NULL,"
    " body TEXT NOT NULL, PRIMARY KEY (collection, key)) STRICT, WITHOUT ROWID",
    "INSERT INTO generations VALUES (0, 'create', 0)",
};

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::create(const std::filesystem::path& path) {
  COTERIE_ASSIGN(auto database, SqliteDatabase::open(path, true, false));
  COTERIE_CHECK_OK(database->transaction([&]() -> Status {
    for (const std::string_view statement : kSchema) COTERIE_RETURN_IF_ERROR(database->run(statement));
    return database->run("INSERT INTO meta VALUES ('format_version', ?)", {std::to_string(kFormatVersion)});
  }));
  return std::unique_ptr<Catalog>(new Catalog(std::move(database)));
}

Result<std::unique_ptr<Catalog>> Catalog::open(const std::filesystem::path& path, bool read_only) {
  COTERIE_ASSIGN(auto database, SqliteDatabase::open(path, false, read_only));
  int64_t version = -1;
  COTERIE_CHECK_OK(database->run("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'format_version'", {},
                                 [&](const SqlRow& row) { version = row.int64(0); }));
  if (version < 0) return base::error(Code::kDataLoss, "{}: no format_version", path.string());
  if (version > kFormatVersion)
    return base::error(Code::kFailedPrecondition,
                       "{}: made by a newer Coterie (format {}, this one reads up to {}); update Coterie",
                       path.string(), version, kFormatVersion);
  return std::unique_ptr<Catalog>(new Catalog(std::move(database)));
}

Result<int64_t> Catalog::newest_generation() {
  int64_t generation = 0;
  COTERIE_CHECK_OK(database_->run("SELECT max(generation) FROM generations", {},
                                  [&](const SqlRow& row) { generation = row.int64(0); }));
  return generation;
}

Result<std::vector<StoredFile>> Catalog::files(TableKind kind, int64_t generation) {
  std::vector<StoredFile> out;
  COTERIE_CHECK_OK(database_->run(
      "SELECT file_id, name, rows, bytes, checksum FROM files"
      " WHERE kind = ? AND added <= ? AND (removed IS NULL OR removed > ?) ORDER BY file_id",
      {folder_name(kind), generation, generation}, [&](const SqlRow& row) {
        out.push_back({row.int64(0), kind, row.text(1), static_cast<uint64_t>(row.int64(2)),
                       static_cast<uint64_t>(row.int64(3)), static_cast<uint64_t>(row.int64(4))});
      }));
  return out;
}

Result<std::set<std::string>> Catalog::listed_names() {
  std::set<std::string> names;
  COTERIE_CHECK_OK(
      database_->run("SELECT name FROM files", {}, [&](const SqlRow& row) { names.insert(row.text(0)); }));
  return names;
}

Result<int64_t> Catalog::reserve_file_id() {
  COTERIE_CHECK_OK(database_->run("INSERT INTO file_ids DEFAULT VALUES"));
  const int64_t id = database_->last_insert_rowid();
  // Only the counter matters; the row itself may go.
  COTERIE_CHECK_OK(database_->run("DELETE FROM file_ids WHERE file_id < ?", {id}));
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
    for (const StoredFile& file : change.add_files)
      COTERIE_RETURN_IF_ERROR(database_->run(
          "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
          {file.file_id, folder_name(file.kind), file.name, static_cast<int64_t>(file.rows),
           static_cast<int64_t>(file.bytes), static_cast<int64_t>(file.checksum), generation}));
    for (const Document& document : change.put_documents)
      COTERIE_RETURN_IF_ERROR(database_->run("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
                                             {document.collection, document.key, generation, document.body}));
    return {};
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

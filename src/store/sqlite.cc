#include "store/sqlite.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <cerrno>

#include "base/file.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;

namespace {

bool is_full_disk(int sqlite_code, int error_number) {
  return (sqlite_code & 0xff) == SQLITE_FULL || sqlite_code == SQLITE_IOERR_SHMSIZE ||
         ((sqlite_code & 0xff) == SQLITE_IOERR &&
          (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG));
}

Code code_of(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Code::kDataLoss;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN: return Code::kPermissionDenied;
    case SQLITE_NOMEM: return Code::kResourceExhausted;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR: return Code::kUnavailable;
    case SQLITE_CONSTRAINT: return Code::kAlreadyExists;
    default: return Code::kInternal;
  }
}

struct Finalizer {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

int bind(sqlite3_stmt* statement, int index, const SqlValue& value) {
  if (const auto* integer = std::get_if<int64_t>(&value))
    return sqlite3_bind_int64(statement, index, *integer);
  if (const auto* text = std::get_if<std::string_view>(&value))
    return sqlite3_bind_text(statement, index, text->data(), static_cast<int>(text->size()),
                             SQLITE_TRANSIENT);
  return sqlite3_bind_null(statement, index);
}

}  // namespace

int64_t SqlRow::int64(int column) const { return sqlite3_column_int64(statement_, column); }
bool SqlRow::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::string SqlRow::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return bytes == nullptr ? std::string()
                          : std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

void SqlRow::append_to(std::string* bytes) const {
  const auto put = [&](uint64_t number) {
    bytes->append(reinterpret_cast<const char*>(&number), sizeof number);
  };
  const int columns = sqlite3_column_count(statement_);
  put(static_cast<uint64_t>(columns));
  for (int i = 0; i < columns; ++i) {
    const int type = sqlite3_column_type(statement_, i);
    put(static_cast<uint64_t>(type));
    if (type == SQLITE_NULL) continue;
    if (type == SQLITE_INTEGER) {
      put(static_cast<uint64_t>(int64(i)));
      continue;
    }
    const std::string value = text(i);
    put(value.size());
    bytes->append(value);
  }
}

Status SqliteDatabase::error(std::string_view what) const {
  const int sqlite_code = sqlite3_extended_errcode(handle_);
  if (is_full_disk(sqlite_code, sqlite3_system_errno(handle_)))
    return base::failure(Code::kResourceExhausted, "state.db, {}: the disk is full; {}", what,
                         base::kMakeRoom);
  const Code code = code_of(sqlite_code);
  // Readers, too, take part in the write-ahead log.
  const std::string_view remedy =
      code == Code::kPermissionDenied
          ? "; Coterie must be able to write in the shop's folder, even to read it"
          : "";
  return base::failure(code, "state.db, {}: {}{}", what, sqlite3_errmsg(handle_), remedy);
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::filesystem::path& path, bool create,
                                                             bool read_only) {
  sqlite3* handle = nullptr;
  const int flags =
      (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0)) |
      SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  auto database = std::unique_ptr<SqliteDatabase>(new SqliteDatabase(handle));
  if (code != SQLITE_OK) return tl::unexpected(database->error("open"));
  sqlite3_busy_timeout(handle, 30'000);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  COTERIE_CHECK_OK(database->run("PRAGMA wal_autocheckpoint = 0"));
  if (!read_only) COTERIE_CHECK_OK(database->run("PRAGMA journal_mode = WAL"));
  COTERIE_CHECK_OK(database->run("PRAGMA synchronous = FULL"));
  COTERIE_CHECK_OK(database->run("PRAGMA foreign_keys = ON"));
  return database;
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open_immutable(const std::filesystem::path& path) {
  // A path in a URI: everything that has a meaning there is written as %XX.
  std::string uri = "file:";
  for (const char c : path.string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2((uri + "?immutable=1").c_str(), &handle,
                                   SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  auto database = std::unique_ptr<SqliteDatabase>(new SqliteDatabase(handle));
  if (code != SQLITE_OK) return tl::unexpected(database->error("open"));
  return database;
}

SqliteDatabase::~SqliteDatabase() { sqlite3_close(handle_); }

Status SqliteDatabase::run(std::string_view sql, std::initializer_list<SqlValue> values,
                           const std::function<void(const SqlRow&)>& on_row) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &raw, nullptr) != SQLITE_OK)
    return error("prepare");
  std::unique_ptr<sqlite3_stmt, Finalizer> statement(raw);
  int index = 0;
  for (const SqlValue& value : values)
    if (bind(raw, ++index, value) != SQLITE_OK) return error("bind");
  for (;;) {
    const int code = sqlite3_step(raw);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return error("step");
    if (on_row) on_row(SqlRow(raw));
  }
}

int64_t SqliteDatabase::last_insert_rowid() const { return sqlite3_last_insert_rowid(handle_); }

int64_t SqliteDatabase::changes() const { return sqlite3_changes64(handle_); }

Status SqliteDatabase::transaction(const std::function<Status()>& body) {
  COTERIE_RETURN_IF_ERROR(run("BEGIN IMMEDIATE"));
  Status status = body();
  if (status.ok()) status = run("COMMIT");
  if (!status.ok()) (void)run("ROLLBACK");
  return status;
}

Status SqliteDatabase::snapshot(const std::function<Status()>& body) {
  COTERIE_RETURN_IF_ERROR(run("BEGIN"));
  Status status = body();
  (void)run("ROLLBACK");
  return status;
}

Status SqliteDatabase::checkpoint() {
  if (sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) != SQLITE_OK)
    return error("checkpoint");
  return {};
}

}  // namespace coterie::store

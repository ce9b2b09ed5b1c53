// The one adapter over SQLite: statements with bound values, transactions, errors as Status.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace coterie::store {

using SqlValue = std::variant<std::nullptr_t, int64_t, std::string_view>;

/// The current row of a select.
class SqlRow {
 public:
  explicit SqlRow(sqlite3_stmt* statement) : statement_(statement) {}
  int64_t int64(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;

  /// Appends all columns with their types and lengths: two rows give the same bytes only when they are equal.
  void append_to(std::string* bytes) const;

 private:
  sqlite3_stmt* statement_;
};

/// One connection; not thread safe. WAL, synchronous=FULL, foreign keys on, 30 s busy timeout. Nothing but
/// checkpoint() moves what is in the write-ahead log into the file itself.
class SqliteDatabase {
 public:
  /// Opens `path`, which must exist unless `create`. Errors: kDataLoss (not a database), kPermissionDenied,
  /// ...
  static base::Result<std::unique_ptr<SqliteDatabase>> open(const std::filesystem::path& path, bool create,
                                                            bool read_only);

  /// For looking only, in a folder where nothing may be written: no locks, no log. Nobody may write meanwhile.
  static base::Result<std::unique_ptr<SqliteDatabase>> open_immutable(const std::filesystem::path& path);
  ~SqliteDatabase();

  /// Runs one statement for every row it returns.
  base::Status run(std::string_view sql, std::initializer_list<SqlValue> values = {},
                   const std::function<void(const SqlRow&)>& on_row = {});

  int64_t last_insert_rowid() const;

  /// Rows that the last INSERT, UPDATE or DELETE changed.
  int64_t changes() const;

  /// Runs `body` between BEGIN IMMEDIATE and COMMIT; rolls back on an error.
  base::Status transaction(const std::function<base::Status()>& body);

  /// Runs `body`, whose selects all see one state of the database.
  base::Status snapshot(const std::function<base::Status()>& body);

  /// Brings the whole log into the file, syncs it and leaves an empty log. Errors: kUnavailable while a reader
  /// does not let go within the busy timeout.
  base::Status checkpoint();

 private:
  explicit SqliteDatabase(sqlite3* handle) : handle_(handle) {}
  base::Status error(std::string_view what) const;
  sqlite3* handle_;
};

}  // namespace coterie::store

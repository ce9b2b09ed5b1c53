// Rows that lie in memory of ours, as a table that SQL can read without copying them into the engine first.
//
// Staging rows in a table of DuckDB costs more than everything that is then done with them (statistics,
// distinct counts and compression of rows that are read once). A RowSource is read in place: the engine asks
// for the columns it needs, 2,048 rows at a time, in order, on one thread, so COPY keeps the source's order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/status.h"
#include "store/schema.h"

struct _duckdb_vector;  // NOLINT(bugprone-reserved-identifier): its name

namespace coterie::store {

class Connection;

/// One block of one column, to be filled.
class ColumnBlock {
 public:
  explicit ColumnBlock(_duckdb_vector* vector);

  void set_null(size_t row);
  void set_all_null(size_t rows);

  /// Of a VARCHAR column; `text` must be valid UTF-8. Copied; refer_to() is not: what it names must stay until
  /// the statement ends.
  void set_text(size_t row, std::string_view text);
  void refer_to(size_t row, std::string_view text);

  /// Of a column of fixed size: T as the type lies in memory (TIMESTAMP and DECIMAL(18,4): int64_t).
  template <class T>
  void set(size_t row, T value) {
    static_cast<T*>(data_)[row] = value;
  }

 private:
  void make_validity();

  _duckdb_vector* vector_;
  void* data_;
  uint64_t* validity_ = nullptr;
};

class RowSource {
 public:
  virtual ~RowSource() = default;

  /// Types: VARCHAR, TIMESTAMP, DOUBLE, DECIMAL(18,4), UBIGINT, USMALLINT.
  virtual std::span<const ColumnSchema> columns() const = 0;

  /// The same during one statement.
  virtual size_t rows() const = 0;

  /// Fills rows [begin, begin + n) of a column; must not fail. Called from one thread at a time.
  virtual void fill(size_t column, size_t begin, size_t n, ColumnBlock& out) const = 0;
};

/// Makes a view `name` of the source, which must outlive the connection's use of it.
base::Status add_row_source(Connection& connection, std::string_view name, const RowSource& source);

}  // namespace coterie::store

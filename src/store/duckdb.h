// The one adapter over DuckDB's C API: an in-memory, locked-down query engine.
//
// A Connection owns a database of its own, so nothing is shared between connections. Errors of DuckDB become
// a Status here. SQL that feeds features yields integers, DECIMAL or text (DESIGN §7: double sums change with
// threads), and every result that is read has an ORDER BY.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/columns.h"
#include "store/sql_text.h"

// The engine's own, so that its header stays inside store.
struct _duckdb_connection;  // NOLINT(bugprone-reserved-identifier): its name

namespace coterie::store {

/// A value bound to $name. Timestamps are microseconds UTC. uint16_t is for a USMALLINT column: a filter on a column
/// skips row groups only when the value has the column's type.
struct Parameter {
  std::string_view name;
  std::variant<int64_t, double, std::string_view, uint16_t> value;
};

/// A block of a result. Valid during the callback of Connection::query.
class Rows {
 public:
  size_t size() const { return size_; }
  size_t columns() const { return columns_.size(); }
  bool is_null(size_t column, size_t row) const;
  int64_t int64(size_t column,
                size_t row) const;  ///< BOOLEAN, integers, TIMESTAMP (µs), DECIMAL ≤ 18 digits (units)
  double number(size_t column, size_t row) const;          ///< DOUBLE, integers, DECIMAL (scaled)
  std::string_view text(size_t column, size_t row) const;  ///< VARCHAR

  /// Of a LIST of STRUCTs: the rows [begin, end) of elements() that are this row's; none where it is null.
  struct Range {
    size_t begin = 0, end = 0;
  };
  Range list(size_t column, size_t row) const;
  /// The elements of all lists of the block, a column for each field of the STRUCT.
  const Rows& elements(size_t column) const { return *columns_[column].elements; }

 private:
  friend class Connection;
  friend struct RowsReader;  // duckdb.cc
  enum class Type { kBool, kInt32, kInt64, kUint64, kDouble, kText, kDecimal32, kDecimal64, kList };
  struct Column {
    Type type;
    double scale;
    const void* data;
    const uint64_t* validity;
    std::shared_ptr<Rows> elements;
  };
  size_t size_ = 0;
  std::vector<Column> columns_;
};

struct ConnectionOptions {
  std::vector<std::filesystem::path>
      allowed_folders;                ///< what SQL may read and write; never the workspace root
  std::filesystem::path temp_folder;  ///< for spilling
  uint64_t memory_bytes = uint64_t{1} << 30;
  size_t threads = 1;
};

class Appender;
class Lease;

/// The query engine, starting on a thread of its own: that takes as long as everything that a look-up does before it asks.
class StartingEngine {
 public:
  StartingEngine();
  ~StartingEngine();  ///< waits

 private:
  friend class Connection;
  struct State;
  std::unique_ptr<State> state_;
};

/// Not thread safe; one per thread. SQL has one function of ours: user_bucket(VARCHAR) is store::bucket().
class Connection {
 public:
  /// Errors: kUnavailable when DuckDB cannot start or a setting is refused.
  static base::Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options,
                                                        std::unique_ptr<StartingEngine> engine = nullptr);
  /// Another one to the same tables, for another thread; without a lease.
  base::Result<std::unique_ptr<Connection>> beside();

  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs one statement; returns the number of rows it changed or copied. Stops at `cancel`.
  base::Result<uint64_t> execute(std::string_view sql, std::span<const Parameter> parameters = {},
                                 const base::CancelToken* cancel = nullptr);

  /// Runs one statement and hands its rows over block by block. A Status from `read` stops it.
  base::Status query(std::string_view sql, std::span<const Parameter> parameters,
                     const std::function<base::Status(const Rows&)>& read,
                     const base::CancelToken* cancel = nullptr);

  /// One number of one row. Errors: kInternal when there is none.
  base::Result<int64_t> query_int64(std::string_view sql, std::span<const Parameter> parameters = {});

  /// Keeps a lease for as long as the connection lives; null when there is none.
  void hold(std::unique_ptr<Lease> lease);
  Lease* lease();

  /// Rows for a table that exists in this connection.
  base::Result<std::unique_ptr<Appender>> appender(std::string_view table);

  /// The engine's connection, for the other files of store (people_sql.h).
  _duckdb_connection* handle();

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Fills a table by blocks of columns. Columns are given in the table's order, each with `rows` values.
class Appender {
 public:
  ~Appender();

  using Texts = const data::TextColumn*;
  using Int64s = std::span<const int64_t>;                 ///< BIGINT, TIMESTAMP, never missing
  using Uint64s = std::span<const uint64_t>;               ///< UBIGINT, never missing
  using Doubles = std::span<const double>;                 ///< DOUBLE, never missing
  using Uint16s = std::span<const uint16_t>;               ///< USMALLINT, never missing
  using Flags = std::span<const uint8_t>;                  ///< BOOLEAN, never missing
  using Numbers = const data::NumberColumn<int64_t>*;      ///< BIGINT or DECIMAL(18,4) units
  using MaybeDoubles = const data::NumberColumn<double>*;  ///< DOUBLE
  using ColumnData = std::variant<Texts, Int64s, Uint64s, Uint16s, Doubles, Flags, Numbers, MaybeDoubles>;

  base::Status append(std::span<const ColumnData> columns, size_t rows);
  base::Status close();

 private:
  friend class Connection;
  struct State;
  explicit Appender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace coterie::store

#include "store/foreign_table.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "base/number_text.h"
#include "store/duckdb_handles.h"
#include "store/sql_text.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr int64_t kMostDigits = 38;  // of a decimal that the query engine reads exactly

void* vector_data(duckdb_data_chunk chunk, idx_t column) {
  return duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column));
}

// How a column is read: as it is, or through an expression that makes it text.
std::string expression(std::string_view name, duckdb_type type) {
  std::string column = sql_name(name);
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_VARCHAR: return column;
    case DUCKDB_TYPE_TIMESTAMP_NS: return "CAST(CAST(" + column + " AS TIMESTAMP) AS VARCHAR)";
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return "CAST(make_timestamp(epoch_us(" + column + ")) AS VARCHAR) || '+00:00'";
    case DUCKDB_TYPE_BLOB: return "coalesce(try(decode(" + column + ")), '0x' || hex(" + column + "))";
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_STRUCT:
    case DUCKDB_TYPE_MAP:
    case DUCKDB_TYPE_ARRAY:
    case DUCKDB_TYPE_UNION: return "CAST(to_json(" + column + ") AS VARCHAR)";
    default: return "CAST(" + column + " AS VARCHAR)";
  }
}

// What the query engine says of a file: without its own words for a kind of error, the file's name, which is said
// already, and a value.
std::string reason(std::string_view message, const std::string& path) {
  if (message.find("not valid UTF") != std::string_view::npos ||
      message.find("Invalid unicode") != std::string_view::npos)
    return "a text in it is no valid UTF-8";
  message = message.substr(0, message.find('\n'));
  message = message.substr(0, message.find(": value \""));
  const size_t kind = message.find("Error: ");
  if (kind != std::string_view::npos && kind < 32) message.remove_prefix(kind + 7);
  std::string out(message);
  for (const char quote : {'\'', '"'}) {
    const std::string named = fmt::format(" {0}{1}{0}", quote, path);
    if (const size_t at = out.find(named); at != std::string::npos) out.erase(at, named.size());
  }
  return out;
}

template <class T>
std::string_view integer_text(const void* data, size_t row, base::NumberBuffer buffer) {
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<const T*>(data)[row]);
  return {buffer.data(), static_cast<size_t>(end.ptr - buffer.data())};
}

}  // namespace

struct ForeignTable::State {
  struct Column {
    std::string name;
    duckdb_type type;
  };
  struct Vector {
    duckdb_type type;
    const void* data;
    const uint64_t* validity;
    char buffer[40];
  };

  std::filesystem::path path;
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  std::vector<Column> columns;
  std::vector<std::string> names;  // the file's, of `columns`
  uint64_t rows = 0;
  std::vector<size_t> selected;

  bool started = false;
  std::optional<QueryResult> result;
  duckdb_data_chunk chunk = nullptr;
  std::vector<Vector> vectors;
  size_t row = 0;  // of the chunk
  size_t chunk_rows = 0;

  ~State() {
    duckdb_destroy_data_chunk(&chunk);
    result.reset();
    if (connection != nullptr) duckdb_disconnect(&connection);
    if (database != nullptr) duckdb_close(&database);
  }

  std::string source() const {
    return "read_parquet(" + sql_quoted(path.string()) + ", hive_partitioning = false)";
  }

  Status damaged(duckdb_error_type type, const char* message) const {
    if (type == DUCKDB_ERROR_OUT_OF_MEMORY)
      return base::failure(
          Code::kResourceExhausted,
          "{}: not enough memory to read {} columns at once; map fewer, or write it with smaller "
          "row groups",
          path.string(), selected.size());
    return base::failure(
        Code::kDataLoss, "{}: damaged Parquet file: {}; get the file again, nothing of it is kept",
        path.string(), reason(message == nullptr ? "unknown error" : message, path.string()));
  }

  Status run(const std::string& sql, QueryResult& into) const {
    if (duckdb_query(connection, sql.c_str(), &into.handle) == DuckDBSuccess) return {};
    return damaged(duckdb_result_error_type(&into.handle), duckdb_result_error(&into.handle));
  }

  // Streamed: a chunk is made when it is fetched. Errors of reading come with the chunks.
  Status start() {
    started = true;
    std::string list;
    for (const size_t index : selected) {
      list += (list.empty() ? "" : ", ") + expression(columns[index].name, columns[index].type);
      const std::string expr = expression(columns[index].name, columns[index].type);
      const bool native = expr.front() == '"';
      vectors.push_back({native ? columns[index].type : DUCKDB_TYPE_VARCHAR, nullptr, nullptr, {}});
    }
    const std::string sql = "SELECT " + (list.empty() ? "1" : list) + " FROM " + source();
    Prepared statement;
    if (duckdb_prepare(connection, sql.c_str(), &statement.handle) == DuckDBError)
      return damaged(DUCKDB_ERROR_BINDER, duckdb_prepare_error(statement.handle));
    Pending pending;
    if (duckdb_pending_prepared_streaming(statement.handle, &pending.handle) == DuckDBError)
      return damaged(DUCKDB_ERROR_INVALID_INPUT, duckdb_pending_error(pending.handle));
    result.emplace();
    if (duckdb_execute_pending(pending.handle, &result->handle) == DuckDBError)
      return damaged(duckdb_result_error_type(&result->handle), duckdb_result_error(&result->handle));
    return {};
  }

  // False at the end.
  Result<bool> fetch() {
    duckdb_destroy_data_chunk(&chunk);
    chunk = duckdb_fetch_chunk(result->handle);
    row = 0;
    chunk_rows = chunk == nullptr ? 0 : duckdb_data_chunk_get_size(chunk);
    if (chunk_rows == 0) {
      const char* message = duckdb_result_error(&result->handle);
      if (message != nullptr && *message != '\0')
        return tl::unexpected(damaged(duckdb_result_error_type(&result->handle), message));
      return false;
    }
    for (size_t i = 0; i < selected.size(); ++i) {
      duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
      vectors[i].data = duckdb_vector_get_data(vector);
      vectors[i].validity = duckdb_vector_get_validity(vector);
    }
    return true;
  }

  // The columns' names as the file has them: the query engine gives the second of two that differ in case only, or
  // not at all, another one. Refuses decimals of more digits than it can read. The schema comes in the order of a
  // walk: the root, then each column before what is nested in it.
  Status read_names() {
    QueryResult schema;
    COTERIE_RETURN_IF_ERROR(
        run("SELECT name, coalesce(num_children, 0), coalesce(precision, 0) FROM parquet_schema(" +
                sql_quoted(path.string()) + ")",
            schema));
    bool is_root = true;
    int64_t nested = 0;       // still to come before the next column
    std::string too_precise;  // the first column of which the decimals cannot be read exactly
    for (;;) {
      const Chunk part(duckdb_fetch_chunk(schema.handle));
      if (part.handle == nullptr) break;
      auto* texts = static_cast<duckdb_string_t*>(vector_data(part.handle, 0));
      const auto* children = static_cast<const int64_t*>(vector_data(part.handle, 1));
      const auto* digits = static_cast<const int64_t*>(vector_data(part.handle, 2));
      const idx_t size = duckdb_data_chunk_get_size(part.handle);
      for (idx_t i = 0; i < size; ++i) {
        if (!is_root && nested == 0)
          names.emplace_back(duckdb_string_t_data(&texts[i]), duckdb_string_t_length(texts[i]));
        if (digits[i] > kMostDigits && too_precise.empty()) too_precise = names.empty() ? "" : names.back();
        if (!is_root) nested += children[i] - (nested == 0 ? 0 : 1);
        is_root = false;
      }
    }
    if (names.size() != columns.size())
      return damaged(DUCKDB_ERROR_INVALID_INPUT, "its schema contradicts itself");
    if (too_precise.empty()) return {};
    return base::failure(
        Code::kInvalidArgument,
        "{}: column {} is a decimal of more than {} digits, which cannot be read exactly; write "
        "it with fewer, or as text",
        path.string(), too_precise, kMostDigits);
  }

  Status read_columns() {
    QueryResult schema;
    COTERIE_RETURN_IF_ERROR(run("SELECT * FROM " + source() + " LIMIT 0", schema));
    for (idx_t i = 0; i < duckdb_column_count(&schema.handle); ++i) {
      columns.push_back({duckdb_column_name(&schema.handle, i), duckdb_column_type(&schema.handle, i)});
      selected.push_back(i);
    }
    COTERIE_RETURN_IF_ERROR(read_names());
    QueryResult count;
    COTERIE_RETURN_IF_ERROR(run("SELECT count(*) FROM " + source(), count));
    duckdb_data_chunk first = duckdb_fetch_chunk(count.handle);
    if (first != nullptr) rows = static_cast<uint64_t>(static_cast<const int64_t*>(vector_data(first, 0))[0]);
    duckdb_destroy_data_chunk(&first);
    return {};
  }
};

ForeignTable::ForeignTable(std::unique_ptr<State> state) : state_(std::move(state)) {}
ForeignTable::~ForeignTable() = default;

Result<std::unique_ptr<ForeignTable>> ForeignTable::open_parquet(const std::filesystem::path& path,
                                                                 uint64_t memory_bytes) {
  auto state = std::make_unique<State>();
  std::error_code failed;
  state->path = std::filesystem::absolute(path, failed);
  if (duckdb_open(nullptr, &state->database) == DuckDBError ||
      duckdb_connect(state->database, &state->connection) == DuckDBError)
    return base::error(Code::kUnavailable, "cannot start the query engine");
  // The order matters: once external access is off, none of this can be widened again.
  const std::string settings[] = {
      "SET allowed_paths = [" + sql_quoted(state->path.string()) + "]",
      "SET temp_directory = ''",
      "SET memory_limit = '" + std::to_string(memory_bytes >> 20) + "MiB'",
      "SET threads = 1",
      "SET preserve_insertion_order = true",
      "SET enable_progress_bar = false",
      "SET autoinstall_known_extensions = false",
      "SET autoload_known_extensions = false",
      "SET enable_external_access = false",
      "SET lock_configuration = true",
  };
  for (const std::string& setting : settings) {
    QueryResult done;
    if (duckdb_query(state->connection, setting.c_str(), &done.handle) == DuckDBError)
      return base::error(Code::kUnavailable, "query engine, {}: {}", setting,
                         duckdb_result_error(&done.handle));
  }
  COTERIE_CHECK_OK(state->read_columns());
  return std::unique_ptr<ForeignTable>(new ForeignTable(std::move(state)));
}

const std::vector<std::string>& ForeignTable::columns() const { return state_->names; }
uint64_t ForeignTable::rows() const { return state_->rows; }
void ForeignTable::select(std::vector<size_t> columns) { state_->selected = std::move(columns); }

Result<bool> ForeignTable::next() {
  if (!state_->started) {
    COTERIE_CHECK_OK(state_->start());
    return state_->fetch();
  }
  if (++state_->row < state_->chunk_rows) return true;
  if (state_->chunk_rows == 0) return false;
  return state_->fetch();
}

bool ForeignTable::is_null(size_t i) const {
  const State::Vector& vector = state_->vectors[i];
  const size_t row = state_->row;
  if (vector.validity != nullptr && ((vector.validity[row / 64] >> (row % 64)) & 1) == 0) return true;
  if (vector.type == DUCKDB_TYPE_DOUBLE) return std::isnan(static_cast<const double*>(vector.data)[row]);
  if (vector.type == DUCKDB_TYPE_FLOAT) return std::isnan(static_cast<const float*>(vector.data)[row]);
  return false;
}

std::string_view ForeignTable::text(size_t i) {
  State::Vector& vector = state_->vectors[i];
  const size_t row = state_->row;
  if (is_null(i)) return {};
  switch (vector.type) {
    case DUCKDB_TYPE_BOOLEAN: return static_cast<const bool*>(vector.data)[row] ? "true" : "false";
    case DUCKDB_TYPE_TINYINT: return integer_text<int8_t>(vector.data, row, vector.buffer);
    case DUCKDB_TYPE_SMALLINT: return integer_text<int16_t>(vector.data, row, vector.buffer);
    case DUCKDB_TYPE_INTEGER: return integer_text<int32_t>(vector.data, row, vector.buffer);
    case DUCKDB_TYPE_BIGINT: return integer_text<int64_t>(vector.data, row, vector.buffer);
    case DUCKDB_TYPE_UTINYINT: return integer_text<uint8_t>(vector.data, row, vector.buffer);
    case DUCKDB_TYPE_USMALLINT: return integer_text<uint16_t>(vector.data, row, vector.buffer);
    case DUCKDB_TYPE_UINTEGER: return integer_text<uint32_t>(vector.data, row, vector.buffer);
    case DUCKDB_TYPE_UBIGINT: return integer_text<uint64_t>(vector.data, row, vector.buffer);
    case DUCKDB_TYPE_FLOAT:
      return base::shortest_number(static_cast<const float*>(vector.data)[row], vector.buffer);
    case DUCKDB_TYPE_DOUBLE:
      return base::shortest_number(static_cast<const double*>(vector.data)[row], vector.buffer);
    default: {
      auto* value = const_cast<duckdb_string_t*>(static_cast<const duckdb_string_t*>(vector.data) + row);
      return {duckdb_string_t_data(value), duckdb_string_t_length(*value)};
    }
  }
}

}  // namespace coterie::store

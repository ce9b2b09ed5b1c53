#include "store/duckdb.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <future>
#include <thread>

#include "base/file.h"
#include "store/duckdb_handles.h"
#include "store/ingest.h"
#include "store/lease.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;

namespace {

// What the system says, within the engine's words.
constexpr std::string_view kFullDisk[] = {"No space left", "File too large", "quota exceeded"};
constexpr auto kPollInterval = std::chrono::microseconds(100);

Status to_status(duckdb_error_type type, const char* message) {
  const std::string text = message == nullptr ? "unknown error" : message;
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return Status(Code::kResourceExhausted, text + "; give more with --memory");
    case DUCKDB_ERROR_IO:
      for (const std::string_view full : kFullDisk)
        if (text.find(full) != std::string::npos)
          return base::failure(Code::kResourceExhausted, "{}; {}", text, base::kMakeRoom);
      return Status(Code::kUnavailable, text);
    case DUCKDB_ERROR_INTERRUPT:
      return Status(Code::kCancelled, "stopped; what was committed before is kept");
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_CATALOG:
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_INVALID_INPUT:
    case DUCKDB_ERROR_OUT_OF_RANGE:
    case DUCKDB_ERROR_PERMISSION: return Status(Code::kInvalidArgument, text);
    default: return Status(Code::kInternal, text);
  }
}

// A pending result tells its error only in words.
duckdb_error_type error_type(std::string_view message) {
  if (message.starts_with("Out of Memory")) return DUCKDB_ERROR_OUT_OF_MEMORY;
  if (message.starts_with("IO Error")) return DUCKDB_ERROR_IO;
  if (message.starts_with("INTERRUPT")) return DUCKDB_ERROR_INTERRUPT;
  if (message.starts_with("INTERNAL")) return DUCKDB_ERROR_INTERNAL;
  return DUCKDB_ERROR_INVALID_INPUT;
}

Status bind(duckdb_prepared_statement statement, const Parameter& parameter) {
  idx_t index = 0;
  // A statement need not use every parameter it is offered.
  if (duckdb_bind_parameter_index(statement, &index, std::string(parameter.name).c_str()) == DuckDBError)
    return {};
  duckdb_state state = DuckDBError;
  if (const auto* integer = std::get_if<int64_t>(&parameter.value)) {
    state = duckdb_bind_int64(statement, index, *integer);
  } else if (const auto* number = std::get_if<double>(&parameter.value)) {
    state = duckdb_bind_double(statement, index, *number);
  } else if (const auto* small = std::get_if<uint16_t>(&parameter.value)) {
    state = duckdb_bind_uint16(statement, index, *small);
  } else {
    const auto text = std::get<std::string_view>(parameter.value);
    state = duckdb_bind_varchar_length(statement, index, text.data(), text.size());
  }
  if (state == DuckDBError) return base::failure(Code::kInternal, "cannot bind ${}", parameter.name);
  return {};
}

bool valid(const uint64_t* validity, size_t row) {
  return validity == nullptr || ((validity[row / 64] >> (row % 64)) & 1) != 0;
}

}  // namespace

bool Rows::is_null(size_t column, size_t row) const { return !valid(columns_[column].validity, row); }

int64_t Rows::int64(size_t column, size_t row) const {
  const Column& c = columns_[column];
  switch (c.type) {
    case Type::kBool: return static_cast<const bool*>(c.data)[row] ? 1 : 0;
    case Type::kInt32:
    case Type::kDecimal32: return static_cast<const int32_t*>(c.data)[row];
    case Type::kDouble: return static_cast<int64_t>(static_cast<const double*>(c.data)[row]);
    default: return static_cast<const int64_t*>(c.data)[row];
  }
}

double Rows::number(size_t column, size_t row) const {
  const Column& c = columns_[column];
  if (c.type == Type::kDouble) return static_cast<const double*>(c.data)[row];
  return static_cast<double>(int64(column, row)) / c.scale;
}

std::string_view Rows::text(size_t column, size_t row) const {
  auto* value =
      const_cast<duckdb_string_t*>(static_cast<const duckdb_string_t*>(columns_[column].data) + row);
  return {duckdb_string_t_data(value), duckdb_string_t_length(*value)};
}

Rows::Range Rows::list(size_t column, size_t row) const {
  if (is_null(column, row)) return {};
  const auto& entry = static_cast<const duckdb_list_entry*>(columns_[column].data)[row];
  return {entry.offset, entry.offset + entry.length};
}

// Says what the columns of a result are, then where those of each block lie.
struct RowsReader {
  static Result<Rows::Column> column(duckdb_logical_type type, std::string_view name) {
    using Type = Rows::Type;
    Rows::Column column{Type::kInt64, 1.0, nullptr, nullptr, nullptr};
    switch (duckdb_get_type_id(type)) {
      case DUCKDB_TYPE_BOOLEAN: column.type = Type::kBool; break;
      case DUCKDB_TYPE_INTEGER:
      case DUCKDB_TYPE_DATE: column.type = Type::kInt32; break;
      case DUCKDB_TYPE_BIGINT:
      case DUCKDB_TYPE_UBIGINT:
      case DUCKDB_TYPE_TIMESTAMP: break;
      case DUCKDB_TYPE_DOUBLE: column.type = Type::kDouble; break;
      case DUCKDB_TYPE_VARCHAR: column.type = Type::kText; break;
      case DUCKDB_TYPE_DECIMAL: {
        const duckdb_type internal = duckdb_decimal_internal_type(type);
        for (int digit = duckdb_decimal_scale(type); digit > 0; --digit) column.scale *= 10.0;
        if (internal == DUCKDB_TYPE_INTEGER)
          column.type = Type::kDecimal32;
        else if (internal == DUCKDB_TYPE_BIGINT)
          column.type = Type::kDecimal64;
        else
          return base::error(Code::kInternal, "column {}: cast wide DECIMALs to DECIMAL(18,4)", name);
        break;
      }
      case DUCKDB_TYPE_LIST: {
        const LogicalType element{duckdb_list_type_child_type(type)};
        if (duckdb_get_type_id(element.handle) != DUCKDB_TYPE_STRUCT)
          return base::error(Code::kInternal, "column {}: lists are of STRUCTs", name);
        column.type = Type::kList;
        column.elements = std::make_shared<Rows>();
        for (idx_t i = 0; i < duckdb_struct_type_child_count(element.handle); ++i) {
          const LogicalType field{duckdb_struct_type_child_type(element.handle, i)};
          COTERIE_ASSIGN(Rows::Column of_field, RowsReader::column(field.handle, name));
          column.elements->columns_.push_back(std::move(of_field));
        }
        break;
      }
      default: return base::error(Code::kInternal, "column {} has a type that results may not have", name);
    }
    return column;
  }

  static void place(duckdb_vector vector, Rows::Column& column) {
    column.data = duckdb_vector_get_data(vector);
    column.validity = duckdb_vector_get_validity(vector);
    if (column.type != Rows::Type::kList) return;
    Rows& elements = *column.elements;
    elements.size_ = duckdb_list_vector_get_size(vector);
    duckdb_vector structs = duckdb_list_vector_get_child(vector);
    for (idx_t i = 0; i < elements.columns_.size(); ++i)
      place(duckdb_struct_vector_get_child(structs, i), elements.columns_[i]);
  }
};

namespace {

struct Database {
  duckdb_database handle = nullptr;

  Database() { duckdb_open(nullptr, &handle); }  // null when it fails
  ~Database() {
    if (handle != nullptr) duckdb_close(&handle);
  }
};

}  // namespace

struct StartingEngine::State {
  std::future<std::shared_ptr<Database>> database =
      std::async(std::launch::async, [] { return std::make_shared<Database>(); });
};

StartingEngine::StartingEngine() : state_(std::make_unique<State>()) {}
StartingEngine::~StartingEngine() = default;

struct Connection::State {
  std::unique_ptr<Lease> lease;
  std::shared_ptr<Database> database;  // shared with those beside it
  duckdb_connection connection = nullptr;

  ~State() {
    if (connection != nullptr) duckdb_disconnect(&connection);
  }

  // Prepares, binds and runs one statement, asking `cancel` between tasks.
  Status run(std::string_view sql, std::span<const Parameter> parameters, const base::CancelToken* cancel,
             QueryResult* result) {
    Prepared statement;
    if (duckdb_prepare(connection, std::string(sql).c_str(), &statement.handle) == DuckDBError)
      return to_status(DUCKDB_ERROR_PARSER, duckdb_prepare_error(statement.handle));
    for (const Parameter& parameter : parameters) COTERIE_RETURN_IF_ERROR(bind(statement.handle, parameter));
    Pending pending;
    if (duckdb_pending_prepared(statement.handle, &pending.handle) == DuckDBError)
      return to_status(DUCKDB_ERROR_INVALID_INPUT, duckdb_pending_error(pending.handle));
    for (;;) {
      if (cancel != nullptr && cancel->cancelled()) {
        duckdb_interrupt(connection);
        // Returns when the engine's threads have let go of what the statement reads.
        duckdb_execute_pending(pending.handle, &result->handle);
        return Status(Code::kCancelled, "stopped; what was committed before is kept");
      }
      const duckdb_pending_state state = duckdb_pending_execute_task(pending.handle);
      if (state == DUCKDB_PENDING_ERROR) {
        const std::string_view message = duckdb_pending_error(pending.handle);
        return to_status(error_type(message), message.data());
      }
      if (duckdb_pending_execution_is_finished(state)) break;
      // The rest of the work is with the engine's own threads; asking again at once would take a core.
      if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) std::this_thread::sleep_for(kPollInterval);
    }
    if (duckdb_execute_pending(pending.handle, &result->handle) == DuckDBError)
      return to_status(duckdb_result_error_type(&result->handle), duckdb_result_error(&result->handle));
    return {};
  }
};

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;
_duckdb_connection* Connection::handle() { return state_->connection; }

void Connection::hold(std::unique_ptr<Lease> lease) { state_->lease = std::move(lease); }
Lease* Connection::lease() { return state_->lease.get(); }

namespace {

// user_bucket(VARCHAR) -> USMALLINT
void compute_buckets(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  duckdb_vector column = duckdb_data_chunk_get_vector(input, 0);
  auto* users = static_cast<duckdb_string_t*>(duckdb_vector_get_data(column));
  const uint64_t* validity = duckdb_vector_get_validity(column);
  auto* buckets = static_cast<uint16_t*>(duckdb_vector_get_data(output));
  const idx_t rows = duckdb_data_chunk_get_size(input);
  for (idx_t row = 0; row < rows; ++row)
    buckets[row] = valid(validity, row)
                       ? bucket({duckdb_string_t_data(&users[row]), duckdb_string_t_length(users[row])})
                       : 0;
}

Status register_functions(duckdb_connection connection) {
  LogicalType text{duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR)};
  LogicalType number{duckdb_create_logical_type(DUCKDB_TYPE_USMALLINT)};
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, "user_bucket");
  duckdb_scalar_function_add_parameter(function, text.handle);
  duckdb_scalar_function_set_return_type(function, number.handle);
  duckdb_scalar_function_set_function(function, compute_buckets);
  const bool is_known = duckdb_register_scalar_function(connection, function) == DuckDBSuccess;
  duckdb_destroy_scalar_function(&function);
  return is_known ? Status() : Status(Code::kInternal, "cannot register user_bucket");
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options,
                                                     std::unique_ptr<StartingEngine> engine) {
  auto state = std::make_unique<State>();
  state->database = engine != nullptr ? engine->state_->database.get() : std::make_shared<Database>();
  if (state->database->handle == nullptr ||
      duckdb_connect(state->database->handle, &state->connection) == DuckDBError)
    return base::error(Code::kUnavailable, "cannot start the query engine");
  COTERIE_CHECK_OK(register_functions(state->connection));
  std::string folders;
  for (const auto& folder : options.allowed_folders)
    folders += (folders.empty() ? "" : ", ") + sql_quoted(folder.string() + "/");
  // The order matters: once external access is off, none of this can be widened again. One text, since each
  // statement of its own costs a third of a millisecond at every start.
  const std::string settings =
      "SET allowed_directories = [" + folders + "];" +
      "SET temp_directory = " + sql_quoted(options.temp_folder.string()) + ";" + "SET memory_limit = '" +
      std::to_string(options.memory_bytes >> 20) + "MiB';" +
      "SET threads = " + std::to_string(options.threads) + ";" +
      "SET GLOBAL TimeZone = 'UTC';"
      // The system caches files, too, and takes that memory back when somebody needs it.
      "SET enable_external_file_cache = false;"
      // Stored files never change, and every range of buckets opens all of them.
      "SET parquet_metadata_cache = true;"
      "SET enable_progress_bar = false;"
      "SET autoinstall_known_extensions = false;"
      "SET autoload_known_extensions = false;"
      "SET enable_external_access = false;"
      "SET lock_configuration = true;";
  QueryResult result;
  if (duckdb_query(state->connection, settings.c_str(), &result.handle) == DuckDBError)
    return tl::unexpected(
        to_status(duckdb_result_error_type(&result.handle), duckdb_result_error(&result.handle))
            .with_context("settings of the query engine"));
  return std::unique_ptr<Connection>(new Connection(std::move(state)));
}

Result<std::unique_ptr<Connection>> Connection::beside() {
  auto state = std::make_unique<State>();
  state->database = state_->database;
  if (duckdb_connect(state->database->handle, &state->connection) == DuckDBError)
    return base::error(Code::kUnavailable, "cannot connect to the query engine");
  return std::unique_ptr<Connection>(new Connection(std::move(state)));
}

Result<uint64_t> Connection::execute(std::string_view sql, std::span<const Parameter> parameters,
                                     const base::CancelToken* cancel) {
  QueryResult result;
  COTERIE_CHECK_OK(state_->run(sql, parameters, cancel, &result));
  if (duckdb_result_return_type(result.handle) == DUCKDB_RESULT_TYPE_CHANGED_ROWS)
    return duckdb_rows_changed(&result.handle);
  return 0;
}

Status Connection::query(std::string_view sql, std::span<const Parameter> parameters,
                         const std::function<Status(const Rows&)>& read, const base::CancelToken* cancel) {
  QueryResult result;
  COTERIE_RETURN_IF_ERROR(state_->run(sql, parameters, cancel, &result));
  Rows rows;
  const idx_t columns = duckdb_column_count(&result.handle);
  for (idx_t i = 0; i < columns; ++i) {
    const LogicalType type{duckdb_column_logical_type(&result.handle, i)};
    COTERIE_ASSIGN_OR_STATUS(auto column,
                             RowsReader::column(type.handle, duckdb_column_name(&result.handle, i)));
    rows.columns_.push_back(std::move(column));
  }
  for (;;) {
    Chunk chunk{duckdb_fetch_chunk(result.handle)};
    if (chunk.handle == nullptr) return {};
    rows.size_ = duckdb_data_chunk_get_size(chunk.handle);
    if (rows.size_ == 0) return {};
    for (idx_t i = 0; i < columns; ++i)
      RowsReader::place(duckdb_data_chunk_get_vector(chunk.handle, i), rows.columns_[i]);
    COTERIE_RETURN_IF_ERROR(read(rows));
  }
}

Result<int64_t> Connection::query_int64(std::string_view sql, std::span<const Parameter> parameters) {
  int64_t value = 0;
  bool found = false;
  COTERIE_CHECK_OK(query(sql, parameters, [&](const Rows& rows) -> Status {
    value = rows.is_null(0, 0) ? 0 : rows.int64(0, 0);
    found = true;
    return {};
  }));
  if (!found) return base::error(Code::kInternal, "query returned no row");
  return value;
}

struct Appender::State {
  duckdb_appender appender = nullptr;
  std::vector<duckdb_logical_type> types;
  duckdb_data_chunk chunk = nullptr;

  ~State() {
    duckdb_destroy_data_chunk(&chunk);
    for (auto& type : types) duckdb_destroy_logical_type(&type);
    duckdb_appender_destroy(&appender);
  }
  Status error() const { return to_status(DUCKDB_ERROR_IO, duckdb_appender_error(appender)); }
};

Appender::Appender(std::unique_ptr<State> state) : state_(std::move(state)) {}
Appender::~Appender() = default;

Result<std::unique_ptr<Appender>> Connection::appender(std::string_view table) {
  auto state = std::make_unique<Appender::State>();
  if (duckdb_appender_create(state_->connection, nullptr, std::string(table).c_str(), &state->appender) ==
      DuckDBError)
    return tl::unexpected(state->error());
  for (idx_t i = 0; i < duckdb_appender_column_count(state->appender); ++i)
    state->types.push_back(duckdb_appender_column_type(state->appender, i));
  state->chunk = duckdb_create_data_chunk(state->types.data(), state->types.size());
  return std::unique_ptr<Appender>(new Appender(std::move(state)));
}

namespace {

// Copies rows [begin, begin + n) of a column into a DuckDB vector.
class VectorFiller {
 public:
  VectorFiller(duckdb_vector vector, size_t begin, size_t n) : vector_(vector), begin_(begin), n_(n) {}

  void operator()(Appender::Texts column) const {
    for (size_t i = 0; i < n_; ++i) {
      if (column->is_null(begin_ + i)) {
        set_null(i);
        continue;
      }
      const std::string_view text = column->at(begin_ + i);
      duckdb_vector_assign_string_element_len(vector_, i, text.data(), text.size());
    }
  }
  void operator()(Appender::Int64s values) const { copy(values); }
  void operator()(Appender::Uint64s values) const { copy(values); }
  void operator()(Appender::Uint16s values) const { copy(values); }
  void operator()(Appender::Doubles values) const { copy(values); }
  void operator()(Appender::Flags values) const { copy(values); }
  void operator()(Appender::Numbers column) const { copy_valid(*column); }
  void operator()(Appender::MaybeDoubles column) const { copy_valid(*column); }

 private:
  void set_null(size_t row) const {
    duckdb_vector_ensure_validity_writable(vector_);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector_), row);
  }
  template <class T>
  void copy(std::span<const T> values) const {
    std::memcpy(duckdb_vector_get_data(vector_), values.data() + begin_, n_ * sizeof(T));
  }
  template <class T>
  void copy_valid(const data::NumberColumn<T>& column) const {
    T* out = static_cast<T*>(duckdb_vector_get_data(vector_));
    for (size_t i = 0; i < n_; ++i) {
      out[i] = column.at(begin_ + i);
      if (column.is_null(begin_ + i)) set_null(i);
    }
  }

  duckdb_vector vector_;
  size_t begin_;
  size_t n_;
};

}  // namespace

Status Appender::append(std::span<const ColumnData> columns, size_t rows) {
  if (columns.size() != state_->types.size())
    return base::failure(Code::kInternal, "{} columns for a table of {}", columns.size(),
                         state_->types.size());
  const size_t block = duckdb_vector_size();
  for (size_t begin = 0; begin < rows; begin += block) {
    const size_t n = std::min(block, rows - begin);
    duckdb_data_chunk_reset(state_->chunk);
    for (size_t c = 0; c < columns.size(); ++c)
      std::visit(VectorFiller(duckdb_data_chunk_get_vector(state_->chunk, c), begin, n), columns[c]);
    duckdb_data_chunk_set_size(state_->chunk, n);
    if (duckdb_append_data_chunk(state_->appender, state_->chunk) == DuckDBError) return state_->error();
  }
  return {};
}

Status Appender::close() {
  if (duckdb_appender_close(state_->appender) == DuckDBError) return state_->error();
  return {};
}

}  // namespace coterie::store

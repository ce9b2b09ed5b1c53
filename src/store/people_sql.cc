#include "store/people_sql.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "store/duckdb_handles.h"
#include "store/sql_error.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;

namespace {

// Interrupts the connection when somebody asks to stop: a step of the engine may take long. And where a result is
// left before its end, so that closing it does not wait for steps that nobody needs.
class Interrupter {
 public:
  Interrupter(duckdb_connection connection, const base::CancelToken& cancel)
      : connection_(connection), thread_([this, connection, &cancel](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          while (!stop.stop_requested()) {
            if (cancel.cancelled()) duckdb_interrupt(connection);
            wake_.wait_for(lock, stop, std::chrono::milliseconds(20), [] { return false; });
          }
        }) {}
  ~Interrupter() {
    if (!is_done_) duckdb_interrupt(connection_);
  }
  void done() { is_done_ = true; }

 private:
  duckdb_connection connection_;
  bool is_done_ = false;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace

struct PeopleQuery::State {
  duckdb_connection connection = nullptr;
  std::string sql;      // as the person wrote it
  std::string running;  // as it is run: `sql`, or a SELECT around it that casts
  std::vector<TextParameter> parameters;
  std::unique_ptr<Prepared> statement;
  std::vector<ResultColumn> columns;
  std::vector<std::shared_ptr<const TypeReader>> readers;

  Status prepare_text(const std::string& text) {
    statement = std::make_unique<Prepared>();
    running = text;
    if (duckdb_prepare(connection, text.c_str(), &statement->handle) == DuckDBError)
      return sql_error(duckdb_prepare_error(statement->handle), kUnknownErrorType, SqlPhase::kPrepare, sql);
    const duckdb_statement_type type = duckdb_prepared_statement_type(statement->handle);
    if (type != DUCKDB_STATEMENT_TYPE_SELECT && type != DUCKDB_STATEMENT_TYPE_EXPLAIN &&
        type != DUCKDB_STATEMENT_TYPE_COPY)
      return base::failure(Code::kInvalidArgument, "SQL: only a statement that reads is run");
    return bind();
  }

  Status bind() {
    std::set<std::string> missing;
    const idx_t wanted = duckdb_nparams(statement->handle);
    for (idx_t i = 1; i <= wanted; ++i) {
      char* name = const_cast<char*>(duckdb_parameter_name(statement->handle, i));
      missing.insert(name == nullptr ? std::to_string(i) : name);
      duckdb_free(name);
    }
    std::set<std::string> given;
    for (const TextParameter& parameter : parameters) {
      if (!given.insert(parameter.name).second)
        return base::failure(Code::kInvalidArgument, "SQL: ${} is given twice", parameter.name);
      if (missing.erase(parameter.name) == 0)
        return base::failure(Code::kInvalidArgument, "SQL: the statement has no ${}", parameter.name);
      idx_t index = 0;
      if (duckdb_bind_parameter_index(statement->handle, &index, parameter.name.c_str()) == DuckDBError ||
          duckdb_bind_varchar_length(statement->handle, index, parameter.value.data(),
                                     parameter.value.size()) == DuckDBError)
        return base::failure(Code::kInvalidArgument, "SQL: ${} cannot be set (is it UTF-8?)", parameter.name);
    }
    if (missing.empty()) return {};
    return base::failure(Code::kInvalidArgument, "SQL: no value for ${0}; give --param {0}=VALUE",
                         *missing.begin());
  }

  // Runs the prepared statement up to its first rows. `result` is the engine's, row by row.
  Status start(bool is_streaming, const base::CancelToken& cancel, QueryResult* result) {
    Pending pending;
    const duckdb_state made = is_streaming
                                  ? duckdb_pending_prepared_streaming(statement->handle, &pending.handle)
                                  : duckdb_pending_prepared(statement->handle, &pending.handle);
    if (made == DuckDBError)
      return sql_error(duckdb_pending_error(pending.handle), kUnknownErrorType, SqlPhase::kRun, sql);
    for (;;) {
      if (cancel.cancelled()) return base::failure(Code::kCancelled, "SQL: stopped");
      const duckdb_pending_state state = duckdb_pending_execute_task(pending.handle);
      // Asked for here, the error is the first one; the result would only say that nothing more can be had.
      if (state == DUCKDB_PENDING_ERROR)
        return sql_error(duckdb_pending_error(pending.handle), kUnknownErrorType, SqlPhase::kRun, sql);
      if (duckdb_pending_execution_is_finished(state)) break;
      if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) std::this_thread::yield();
    }
    if (duckdb_execute_pending(pending.handle, &result->handle) == DuckDBError)
      return failure_of(&result->handle);
    return {};
  }

  Status failure_of(duckdb_result* result) const {
    const char* message = duckdb_result_error(result);
    return sql_error(message == nullptr ? "" : message, duckdb_result_error_type(result), SqlPhase::kRun,
                     sql);
  }

  // What the columns are. A column that cannot be read as it is has no type name, and *is_readable is false.
  void read_columns(bool* is_readable) {
    columns.clear();
    readers.clear();
    const idx_t count = duckdb_prepared_statement_column_count(statement->handle);
    for (idx_t i = 0; i < count; ++i) {
      char* name = const_cast<char*>(duckdb_prepared_statement_column_name(statement->handle, i));
      bool this_is_readable = true;
      readers.push_back(make_type_reader(duckdb_prepared_statement_column_logical_type(statement->handle, i),
                                         &this_is_readable));
      columns.push_back(
          {name == nullptr ? "" : name, type_name(*readers.back()), value_kind(*readers.back())});
      if (!this_is_readable) columns.back().type.clear();
      *is_readable = *is_readable && this_is_readable;
      duckdb_free(name);
    }
  }

  // SELECT c0, CAST(c1 AS type) ... FROM (the statement): "" leaves a column as it is.
  std::string with_casts(const std::vector<std::string>& types) const {
    std::string list, names;
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::string from = "c" + std::to_string(i);
      names += (i == 0 ? "" : ", ") + from;
      list += (i == 0 ? "" : ", ") + (types[i].empty() ? from : "CAST(" + from + " AS " + types[i] + ")") +
              " AS " + sql_name(columns[i].name);
    }
    return "SELECT " + list + " FROM (" + std::string(without_semicolon(sql)) + "\n) AS t(" + names + ")";
  }
};

PeopleQuery::PeopleQuery(std::unique_ptr<State> state) : state_(std::move(state)) {}
PeopleQuery::~PeopleQuery() = default;

const std::vector<ResultColumn>& PeopleQuery::columns() const { return state_->columns; }

Result<std::unique_ptr<PeopleQuery>> PeopleQuery::prepare(Connection& connection, const CheckedSql& sql,
                                                          std::span<const TextParameter> parameters) {
  auto state = std::make_unique<State>();
  state->connection = connection.handle();
  state->sql = sql.text();
  state->parameters.assign(parameters.begin(), parameters.end());
  COTERIE_CHECK_OK(state->prepare_text(state->sql));
  bool is_readable = true;
  state->read_columns(&is_readable);
  if (!is_readable) {
    std::vector<std::string> types;
    for (const ResultColumn& column : state->columns)
      types.emplace_back(column.type.empty() ? "VARCHAR" : "");
    COTERIE_CHECK_OK(state->prepare_text(state->with_casts(types)));
    state->read_columns(&is_readable);
  }
  return std::unique_ptr<PeopleQuery>(new PeopleQuery(std::move(state)));
}

Status PeopleQuery::run(const std::function<Status(const TypedRows&)>& read,
                        const base::CancelToken& cancel) {
  Interrupter interrupter(state_->connection, cancel);
  QueryResult result;
  COTERIE_RETURN_IF_ERROR(state_->start(true, cancel, &result));
  TypedRows rows;
  rows.readers_ = &state_->readers;
  rows.vectors_.resize(state_->columns.size());
  for (;;) {
    Chunk chunk{duckdb_fetch_chunk(result.handle)};
    if (chunk.handle == nullptr) {
      interrupter.done();
      if (duckdb_result_error_type(&result.handle) == DUCKDB_ERROR_INVALID) return {};
      return state_->failure_of(&result.handle);
    }
    rows.size_ = duckdb_data_chunk_get_size(chunk.handle);
    if (rows.size_ == 0) {
      interrupter.done();
      return {};
    }
    for (size_t i = 0; i < rows.vectors_.size(); ++i)
      rows.vectors_[i] = duckdb_data_chunk_get_vector(chunk.handle, i);
    COTERIE_RETURN_IF_ERROR(read(rows));
    if (cancel.cancelled()) return base::failure(Code::kCancelled, "SQL: stopped");
  }
}

Result<uint64_t> PeopleQuery::write_parquet(const std::filesystem::path& file,
                                            const base::CancelToken& cancel) {
  std::vector<std::string> types;
  std::set<std::string> names;
  for (size_t i = 0; i < state_->columns.size(); ++i) {
    types.emplace_back(lossless_parquet_type(*state_->readers[i]));
    std::string name = state_->columns[i].name;
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (!names.insert(name).second)
      return base::error(Code::kInvalidArgument, "two columns are called '{}'; give one another name with AS",
                         state_->columns[i].name);
  }
  Interrupter interrupter(state_->connection, cancel);
  COTERIE_CHECK_OK(state_->prepare_text("COPY (" + state_->with_casts(types) + ") TO " +
                                        sql_quoted(file.string()) + " (FORMAT parquet, COMPRESSION zstd)"));
  QueryResult result;
  COTERIE_CHECK_OK(state_->start(false, cancel, &result));
  interrupter.done();
  return duckdb_rows_changed(&result.handle);
}

}  // namespace coterie::store

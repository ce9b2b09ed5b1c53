#include "store/row_source.h"

#include <duckdb.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "store/duckdb.h"

namespace coterie::store {

namespace {

// Where one statement is in the source, and which columns it wants.
struct Cursor {
  std::vector<size_t> columns;
  size_t next = 0;
};

duckdb_logical_type logical_type(std::string_view sql_type) {
  if (sql_type == "TIMESTAMP") return duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP);
  if (sql_type == "DOUBLE") return duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE);
  if (sql_type == "DECIMAL(18,4)") return duckdb_create_decimal_type(18, 4);
  if (sql_type == "UBIGINT") return duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT);
  if (sql_type == "USMALLINT") return duckdb_create_logical_type(DUCKDB_TYPE_USMALLINT);
  return duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
}

const RowSource& source_of(void* extra_info) { return *static_cast<const RowSource*>(extra_info); }

void bind(duckdb_bind_info info) {
  const RowSource& source = source_of(duckdb_bind_get_extra_info(info));
  for (const ColumnSchema& column : source.columns()) {
    duckdb_logical_type type = logical_type(column.sql_type);
    duckdb_bind_add_result_column(info, std::string(column.name).c_str(), type);
    duckdb_destroy_logical_type(&type);
  }
  duckdb_bind_set_cardinality(info, source.rows(), true);
}

void init(duckdb_init_info info) {
  auto cursor = std::make_unique<Cursor>();
  for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i)
    cursor->columns.push_back(duckdb_init_get_column_index(info, i));
  duckdb_init_set_max_threads(info, 1);
  duckdb_init_set_init_data(info, cursor.release(), [](void* data) { delete static_cast<Cursor*>(data); });
}

void fill(duckdb_function_info info, duckdb_data_chunk chunk) {
  const RowSource& source = source_of(duckdb_function_get_extra_info(info));
  Cursor& cursor = *static_cast<Cursor*>(duckdb_function_get_init_data(info));
  const size_t n = std::min<size_t>(source.rows() - cursor.next, duckdb_vector_size());
  for (size_t i = 0; i < cursor.columns.size(); ++i) {
    // A statement that only counts rows asks for a column beyond the last.
    if (cursor.columns[i] >= source.columns().size()) continue;
    ColumnBlock block(duckdb_data_chunk_get_vector(chunk, i));
    source.fill(cursor.columns[i], cursor.next, n, block);
  }
  cursor.next += n;
  duckdb_data_chunk_set_size(chunk, n);
}

}  // namespace

ColumnBlock::ColumnBlock(_duckdb_vector* vector) : vector_(vector), data_(duckdb_vector_get_data(vector)) {}

void ColumnBlock::make_validity() {
  duckdb_vector_ensure_validity_writable(vector_);
  validity_ = duckdb_vector_get_validity(vector_);
}

void ColumnBlock::set_null(size_t row) {
  if (validity_ == nullptr) make_validity();
  validity_[row / 64] &= ~(uint64_t{1} << (row % 64));
}

void ColumnBlock::set_all_null(size_t rows) {
  make_validity();
  std::memset(validity_, 0, (rows + 63) / 64 * 8);
}

void ColumnBlock::set_text(size_t row, std::string_view text) {
  duckdb_unsafe_vector_assign_string_element_len(vector_, row, text.data(), text.size());
}

void ColumnBlock::refer_to(size_t row, std::string_view text) {
  duckdb_string_t& value = static_cast<duckdb_string_t*>(data_)[row];
  value.value.inlined.length = static_cast<uint32_t>(text.size());
  if (text.size() <= sizeof value.value.inlined.inlined) {
    std::memset(value.value.inlined.inlined, 0, sizeof value.value.inlined.inlined);
    std::memcpy(value.value.inlined.inlined, text.data(), text.size());
  } else {
    std::memcpy(value.value.pointer.prefix, text.data(), sizeof value.value.pointer.prefix);
    value.value.pointer.ptr = const_cast<char*>(text.data());
  }
}

base::Status add_row_source(Connection& connection, std::string_view name, const RowSource& source) {
  const std::string function_name = fmt::format("{}_rows", name);
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, function_name.c_str());
  duckdb_table_function_set_extra_info(function, const_cast<RowSource*>(&source), nullptr);
  duckdb_table_function_set_bind(function, bind);
  duckdb_table_function_set_init(function, init);
  duckdb_table_function_set_function(function, fill);
  duckdb_table_function_supports_projection_pushdown(function, true);
  const duckdb_state made = duckdb_register_table_function(connection.handle(), function);
  duckdb_destroy_table_function(&function);
  if (made == DuckDBError)
    return base::failure(base::Code::kInternal, "the query engine refuses the table {}", name);
  auto view = connection.execute(fmt::format("CREATE VIEW {} AS SELECT * FROM {}()", name, function_name));
  return view ? base::Status() : view.error();
}

}  // namespace coterie::store

// The columns of every stored table: the one place that says what a Parquet file of a kind holds.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "store/workspace.h"

namespace coterie::store {

struct ColumnSchema {
  std::string_view name;
  std::string_view sql_type;
};

/// In the order of the file; of kFeatures the first alone: the others, numbers, are a run's own.
std::span<const ColumnSchema> schema(TableKind kind);

/// "event_id, user_id, ..."; "*" where the schema leaves columns open.
std::string column_list(TableKind kind);

/// "event_id VARCHAR, ...", for CREATE TABLE.
std::string column_definitions(TableKind kind);

/// The kinds that are tables, in the order of the enumeration.
std::span<const TableKind> all_table_kinds();

/// These and the others: every kind that has a folder.
std::span<const TableKind> all_kinds();

}  // namespace coterie::store

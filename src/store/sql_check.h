// Which SQL people may run: one statement that only reads the shop's tables.
//
// The statement is parsed, not run, and its tree is looked through: one statement, a SELECT (WITH, VALUES, FROM,
// DESCRIBE, SUMMARIZE, SHOW, PIVOT with IN are SELECTs) or EXPLAIN of one; only table functions that make rows out
// of their arguments. The locked-down connection alone would not do: functions such as enable_logging() write
// files into the folders that it may touch, though called in a SELECT.
#pragma once

#include <string_view>
#include <vector>

#include "base/status.h"
#include "store/duckdb.h"
#include "store/workspace.h"

namespace coterie::store {

inline constexpr size_t kMaxSqlBytes = 1 << 20;

/// Ok when `sql` only reads. Errors: kInvalidArgument, naming what is allowed, with line and column where the
/// parser or the tree knows them.
base::Status check_only_reads(Connection& connection, std::string_view sql);

/// The tables that a statement may read: all of them unless it names only tables of the shop and its own CTEs.
/// Errors: as check_only_reads.
base::Result<std::vector<TableKind>> tables_read(Connection& connection, std::string_view sql);

/// One statement without the semicolon and the comments at its end, so that it can be put in parentheses.
std::string_view without_semicolon(std::string_view sql);

}  // namespace coterie::store

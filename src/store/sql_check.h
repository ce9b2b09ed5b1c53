// Which SQL people may run: one statement that only reads the shop's tables.
//
// The statement is parsed, not run, and its tree is looked through: one statement, a SELECT (WITH, VALUES, FROM,
// DESCRIBE, SUMMARIZE, SHOW, PIVOT with IN are SELECTs) or EXPLAIN of one; only table functions that make rows out
// of their arguments. The locked-down connection alone would not do: functions such as enable_logging() write
// files into the folders that it may touch, though called in a SELECT.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "store/duckdb.h"
#include "store/workspace.h"

namespace coterie::store {

inline constexpr size_t kMaxSqlBytes = 1 << 20;

/// A statement that only reads.
class CheckedSql {
 public:
  /// Errors: kInvalidArgument, naming what is allowed, with line and column where the parser or the tree knows them.
  static base::Result<CheckedSql> check(Connection& connection, std::string_view sql);

  const std::string& text() const { return text_; }  ///< as the person wrote it

  /// The tables that it may read: all of them unless it names only tables of the shop and its own CTEs.
  const std::vector<TableKind>& tables() const { return tables_; }

 private:
  std::string text_;
  std::vector<TableKind> tables_;
};

/// One statement without the semicolon and the comments at its end, so that it can be put in parentheses.
std::string_view without_semicolon(std::string_view sql);

}  // namespace coterie::store

// One table of results on its way into a commit: blocks of rows in, Parquet files out, memory flat.
#pragma once

#include <memory>
#include <span>

#include "base/context.h"
#include "store/commit.h"
#include "store/duckdb.h"

namespace coterie::engine {

/// Takes the place of the kind's older files. Rows are stored in the order in which they come; the caller gives
/// them in the table's order. Not thread safe.
class TableWriter {
 public:
  /// All outlive it. `definitions` are the columns where the kind's schema leaves them open.
  TableWriter(store::Connection& connection, store::TableKind kind, store::Commit& commit,
              const base::Context& context, std::string definitions = {});

  /// In the order of the columns, as many every time. Errors: those of Commit::add_table.
  base::Status append(std::span<const store::Appender::ColumnData> columns, size_t rows);

  /// Writes what is left. A table without rows has no file.
  base::Status finish();

 private:
  base::Status open_table(size_t columns);
  base::Status write_file();

  store::Connection& connection_;
  store::TableKind kind_;
  store::Commit& commit_;
  const base::Context& context_;
  std::string table_, definitions_;
  size_t rows_per_file_ = 0;
  std::unique_ptr<store::Appender> appender_;  // nothing when no row is staged
  size_t staged_ = 0;
};

}  // namespace coterie::engine

#include "engine/table_writer.h"

#include <algorithm>

#include "store/schema.h"

namespace coterie::engine {

using base::Status;

namespace {

// What a staged row takes in the query engine, at most: scores have reasons, features many columns.
constexpr uint64_t kBytesPerRow = 256, kBytesPerValue = 12;
// More rows than this a file are of no use to readers.
constexpr uint64_t kMostRowsPerFile = uint64_t{8} << 20;

}  // namespace

TableWriter::TableWriter(store::Connection& connection, store::TableKind kind, store::Commit& commit,
                         const base::Context& context, std::string definitions)
    : connection_(connection),
      kind_(kind),
      commit_(commit),
      context_(context),
      table_(fmt::format("new_{}", store::folder_name(kind))),
      definitions_(definitions.empty() ? store::column_definitions(kind) : std::move(definitions)) {
  commit_.replace(kind);
}

Status TableWriter::open_table(size_t columns) {
  // An eighth of the budget, which is a quarter of the query engine's.
  const uint64_t bytes = std::max<uint64_t>(kBytesPerRow, kBytesPerValue * columns);
  rows_per_file_ = std::clamp<uint64_t>(context_.budget->limit_bytes() / 8 / bytes, 1, kMostRowsPerFile);
  auto made = connection_.execute(fmt::format("CREATE TEMP TABLE {} ({})", table_, definitions_));
  if (!made) return made.error();
  COTERIE_ASSIGN_OR_STATUS(appender_, connection_.appender(table_));
  return {};
}

Status TableWriter::append(std::span<const store::Appender::ColumnData> columns, size_t rows) {
  if (rows == 0) return {};
  if (!appender_) COTERIE_RETURN_IF_ERROR(open_table(columns.size()));
  COTERIE_RETURN_IF_ERROR(appender_->append(columns, rows));
  staged_ += rows;
  return staged_ < rows_per_file_ ? Status() : write_file();
}

Status TableWriter::write_file() {
  COTERIE_RETURN_IF_ERROR(appender_->close());
  appender_.reset();
  staged_ = 0;
  auto written = commit_.add_table(connection_, kind_, fmt::format("SELECT * FROM {}", table_), {}, context_);
  if (!written) return written.error();
  auto dropped = connection_.execute(fmt::format("DROP TABLE {}", table_));
  return dropped ? Status() : dropped.error();
}

Status TableWriter::finish() { return appender_ ? write_file() : Status(); }

}  // namespace coterie::engine

#include "store/part_writer.h"

#include <fmt/format.h>

#include "store/schema.h"
#include "store/sql_text.h"

namespace coterie::store {

using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

// Smaller than those of compacted files: a compaction reads each part once for every range of buckets, and a row group
// on the border of two ranges twice. At 100 million events a third less is read in vain than with 32,768 rows.
constexpr uint64_t kPartGroupRows = 16'384;

}  // namespace

std::string copy_to_part(std::string_view select, const fs::path& path) {
  return fmt::format("COPY ({}) TO {} {}", select, sql_quoted(path.string()),
                     parquet_options(kPartGroupRows));
}

PartWriter::PartWriter(std::unique_ptr<Connection> connection, fs::path folder, const base::Context& context)
    : connection_(std::move(connection)),
      folder_(std::move(folder)),
      context_(context),
      work_(context.pool->threads() > 1 ? 1 : 0) {}

Result<std::unique_ptr<PartWriter>> PartWriter::begin(Connection& connection, fs::path folder,
                                                      const base::Context& context) {
  COTERIE_ASSIGN(auto beside, connection.beside());
  std::unique_ptr<PartWriter> writer(new PartWriter(std::move(beside), std::move(folder), context));
  COTERIE_CHECK_OK(add_row_source(*writer->connection_, "judged_events", writer->part_));
  return writer;
}

Status PartWriter::write(std::unique_ptr<StagedEvents> part) {
  COTERIE_RETURN_IF_ERROR(work_.wait());
  part_.events = std::move(part);
  return work_.submit([this] {
    Status written = write_now();
    part_.events.reset();
    return written;
  });
}

Status PartWriter::write_now() {
  const fs::path path = folder_ / fmt::format("part-{}.parquet", files_.size() + 1);
  const std::string select = fmt::format("SELECT {} FROM judged_events", column_list(TableKind::kEvents));
  COTERIE_ASSIGN_OR_STATUS(const uint64_t rows,
                           connection_->execute(copy_to_part(select, path), {}, context_.cancel));
  COTERIE_ASSIGN_OR_STATUS(auto file, stage_table(*connection_, path, TableKind::kEvents, rows));
  files_.push_back(std::move(file));
  return {};
}

}  // namespace coterie::store

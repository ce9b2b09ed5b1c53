#include "store/commit.h"

#include <set>

#include "base/file.h"
#include "store/lease.h"
#include "store/schema.h"

namespace coterie::store {

using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

// Removes files of the data folders that no generation lists: a crash came between rename and transaction.
Status remove_unlisted(Workspace& workspace) {
  COTERIE_ASSIGN_OR_STATUS(const std::set<std::string> listed, workspace.catalog().listed_names());
  for (const TableKind kind : all_kinds()) {
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(workspace.folder() / folder_name(kind), code)) {
      const std::string name = fmt::format("{}/{}", folder_name(kind), entry.path().filename().string());
      if (!listed.contains(name)) fs::remove(entry.path(), code);
    }
  }
  return {};
}

}  // namespace

Commit::Commit(Workspace& workspace, std::string what, LockFile lock)
    : workspace_(workspace), lock_(std::move(lock)) {
  change_.what = std::move(what);
}

Result<std::unique_ptr<Commit>> Commit::begin(Workspace& workspace, std::string what) {
  COTERIE_ASSIGN(LockFile lock, LockFile::acquire(workspace.folder() / "tmp" / "commit.lock"));
  COTERIE_CHECK_OK(remove_unlisted(workspace));
  return std::unique_ptr<Commit>(new Commit(workspace, std::move(what), std::move(lock)));
}

Commit::~Commit() {
  if (finished_) return;
  std::error_code code;
  for (const StoredFile& file : change_.add_files) fs::remove(workspace_.folder() / file.name, code);
  for (const auto& [aside, page] : pages_) fs::remove(aside, code);
  // The file ids that it took are in the log.
  if (!change_.add_files.empty()) (void)workspace_.catalog().seal();
}

std::string parquet_options(uint64_t row_group_rows) {
  return fmt::format("(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {})",
                     row_group_rows);
}

Result<StagedFile> stage_file(fs::path path, TableKind kind, uint64_t rows) {
  StagedFile staged{std::move(path), kind, rows, 0, 0};
  COTERIE_CHECK_OK(base::sync_file(staged.path));
  std::error_code code;
  staged.bytes = fs::file_size(staged.path, code);
  if (code) return tl::unexpected(base::system_error("cannot read", staged.path, code.value()));
  COTERIE_ASSIGN(staged.checksum, base::checksum_file(staged.path));
  return staged;
}

Result<StagedFile> stage_table(Connection& connection, fs::path path, TableKind kind, uint64_t rows) {
  COTERIE_ASSIGN(StagedFile staged, stage_file(std::move(path), kind, rows));
  if (kind != TableKind::kEvents) return staged;
  COTERIE_CHECK_OK(connection.query(
      fmt::format("SELECT CAST(min(bucket) AS BIGINT), CAST(max(bucket) AS BIGINT), epoch_us(min(ts)), "
                  "epoch_us(max(ts)) FROM read_parquet({}, hive_partitioning = false)",
                  sql_quoted(staged.path.string())),
      {}, [&](const Rows& found) -> Status {
        staged.span = {found.int64(0, 0), found.int64(1, 0), found.int64(2, 0), found.int64(3, 0)};
        return {};
      }));
  return staged;
}

Status Commit::add_file(const StagedFile& staged) {
  if (staged.kind == TableKind::kEvents && !staged.span)
    return base::failure(base::Code::kInternal, "{}: a file of events without its span",
                         staged.path.filename().string());
  COTERIE_ASSIGN_OR_STATUS(const int64_t file_id, workspace_.catalog().reserve_file_id());
  StoredFile file{file_id, staged.kind, {}, staged.rows, staged.bytes, staged.checksum, 0, staged.span};
  file.name = fmt::format("{}/{:08}{}", folder_name(staged.kind), file_id, staged.path.extension().string());
  COTERIE_RETURN_IF_ERROR(base::rename_durably(staged.path, workspace_.folder() / file.name));
  change_.add_files.push_back(std::move(file));
  return {};
}

Result<uint64_t> Commit::add_table(Connection& connection, TableKind kind, std::string_view select,
                                   std::span<const Parameter> parameters, const base::Context& context) {
  COTERIE_ASSIGN(const fs::path temp_folder, workspace_.temp_folder());
  const fs::path aside = temp_folder / fmt::format("{}-{}.parquet", folder_name(kind), staged_++);
  const std::string copy =
      fmt::format("COPY ({}) TO {} {}", select, sql_quoted(aside.string()), parquet_options());
  COTERIE_ASSIGN(const uint64_t rows, connection.execute(copy, parameters, context.cancel));
  if (rows > 0) {
    COTERIE_ASSIGN(const StagedFile staged, stage_table(connection, aside, kind, rows));
    COTERIE_CHECK_OK(add_file(staged));
  } else {
    std::error_code code;
    fs::remove(aside, code);
  }
  return rows;
}

Status Commit::put_page(std::string_view name, std::string_view bytes) {
  COTERIE_ASSIGN_OR_STATUS(const fs::path temp_folder, workspace_.temp_folder());
  const fs::path aside = temp_folder / name;
  COTERIE_RETURN_IF_ERROR(base::write_file_durably(aside, bytes));
  pages_.emplace_back(aside, workspace_.folder() / name);
  return {};
}

// Unlists what no live lease pins. A failure here keeps the files, which is safe.
std::vector<StoredFile> Commit::forget_garbage(int64_t newest) {
  const LeaseCensus census = take_census(workspace_.folder() / "leases", true);
  const auto garbage = workspace_.catalog().garbage(census.oldest_generation.value_or(newest));
  if (!garbage || garbage->empty() || !workspace_.catalog().forget(*garbage).ok()) return {};
  return *garbage;
}

Result<int64_t> Commit::finish(base::Timestamp now) {
  const Settings& settings = workspace_.settings();
  put_meta("timezone", settings.timezone);
  put_meta("currency", settings.currency);
  COTERIE_ASSIGN(const int64_t generation, workspace_.catalog().commit(change_, now));
  finished_ = true;
  std::error_code code;
  for (const auto& [aside, page] : pages_) fs::rename(aside, page, code);
  if (!pages_.empty()) (void)base::sync_folder(workspace_.folder());
  const auto garbage = forget_garbage(generation);
  // The commit is in the synced log; a seal that fails is renewed by the next writer.
  (void)workspace_.catalog().seal();
  for (const StoredFile& file : garbage) fs::remove(workspace_.folder() / file.name, code);
  return generation;
}

}  // namespace coterie::store

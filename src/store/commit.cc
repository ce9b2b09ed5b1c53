#include "store/commit.h"

#include <set>

#include "base/file.h"
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
}

Result<uint64_t> Commit::add_table(Connection& connection, TableKind kind, std::string_view select,
                                   std::span<const Parameter> parameters, const base::Context& context) {
  COTERIE_ASSIGN(const fs::path temp_folder, workspace_.temp_folder());
  const fs::path aside = temp_folder / fmt::format("{}.parquet", folder_name(kind));
  const std::string copy = fmt::format(
      "COPY ({}) TO {} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880)",
      select, sql_quoted(aside.string()));
  COTERIE_ASSIGN(const uint64_t rows, connection.execute(copy, parameters, context.cancel));
  if (rows > 0) {
    COTERIE_CHECK_OK(add_file(kind, aside, rows));
  } else {
    std::error_code code;
    fs::remove(aside, code);
  }
  return rows;
}

Status Commit::add_file(TableKind kind, const fs::path& aside, uint64_t rows) {
  COTERIE_ASSIGN_OR_STATUS(const int64_t file_id, workspace_.catalog().reserve_file_id());
  COTERIE_RETURN_IF_ERROR(base::sync_file(aside));
  const std::string name = fmt::format("{}/{:08}{}", folder_name(kind), file_id,
                                       kind == TableKind::kEventIds ? ".ids" : ".parquet");
  StoredFile file{file_id, kind, name, rows, 0, 0};
  std::error_code code;
  file.bytes = fs::file_size(aside, code);
  COTERIE_ASSIGN_OR_STATUS(file.checksum, base::checksum_file(aside));
  COTERIE_RETURN_IF_ERROR(base::rename_durably(aside, workspace_.folder() / file.name));
  change_.add_files.push_back(std::move(file));
  return {};
}

Result<int64_t> Commit::finish(base::Timestamp now) {
  COTERIE_ASSIGN(const int64_t generation, workspace_.catalog().commit(change_, now));
  finished_ = true;
  return generation;
}

}  // namespace coterie::store

#include "store/event_id_files.h"

#include <cstring>

#include "base/file.h"
#include "store/known_ids.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

// Finalizer of SplitMix64 (Steele, Lea, Flood 2014): a sum of these is another one than a sum of the hashes.
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

}  // namespace

void IdSum::add(uint64_t hash) {
  ++count;
  sum += hash;
  mixed_sum += mix(hash);
}

IdSum& IdSum::operator+=(const IdSum& other) {
  count += other.count;
  sum += other.sum;
  mixed_sum += other.mixed_sum;
  return *this;
}

Result<IdSum> sum_of_ids(Connection& connection, std::string_view select, const base::Context& context,
                         const std::function<Status(std::span<const uint64_t>)>& hashes) {
  IdSum out;
  std::vector<uint64_t> block;
  COTERIE_CHECK_OK(connection.query(
      select, {},
      [&](const Rows& rows) -> Status {
        block.clear();
        for (size_t i = 0; i < rows.size(); ++i) {
          block.push_back(id_hash(base::hash128(rows.text(0, i))));
          out.add(block.back());
        }
        return hashes ? hashes(block) : Status();
      },
      context.cancel));
  return out;
}

Result<IdSum> sum_of_file(const fs::path& path) {
  IdSum out;
  COTERIE_CHECK_OK(for_each_id_hash(path, [&](std::span<const uint64_t> block) -> Status {
    for (const uint64_t hash : block) out.add(hash);
    return {};
  }));
  return out;
}

Status rebuild_event_ids(Workspace& workspace, Connection& connection, Commit& commit, int64_t generation,
                         const base::Context& context) {
  COTERIE_ASSIGN_OR_STATUS(const auto files, workspace.catalog().files(TableKind::kEvents, generation));
  if (files.empty()) return {};
  std::string list;
  for (const StoredFile& file : files)
    list += (list.empty() ? "" : ", ") + sql_quoted((workspace.folder() / file.name).string());
  COTERIE_ASSIGN_OR_STATUS(const fs::path temp_folder, workspace.temp_folder());
  COTERIE_ASSIGN_OR_STATUS(auto writer, IdFileWriter::create(temp_folder / "rebuilt.ids"));
  COTERIE_ASSIGN_OR_STATUS(
      const IdSum sum,
      sum_of_ids(connection,
                 fmt::format("SELECT event_id FROM read_parquet([{}], hive_partitioning = false)", list),
                 context, [&](std::span<const uint64_t> block) { return writer->append(block); }));
  COTERIE_RETURN_IF_ERROR(writer->flush());
  COTERIE_ASSIGN_OR_STATUS(const StagedFile staged,
                           stage_file(writer->path(), TableKind::kEventIds, sum.count));
  return commit.add_file(staged);
}

}  // namespace coterie::store

#include "store/state_sum.h"

#include <array>
#include <charconv>
#include <fstream>

#include "base/file.h"
#include "base/hash.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSumMark = "coterie state.sum 1";
constexpr int kReadTries = 100;
constexpr std::streamoff kRevisionOffset = 60;  // SQLite file format, "User Version", big-endian

// Each table with its rows in a fixed order; its digest is the meta value "digest_" + name.
struct DigestTable {
  std::string_view name;
  std::string_view select;
};
constexpr DigestTable kTables[] = {
    {"generations", "SELECT generation, what, created_at FROM generations ORDER BY generation"},
    {"files", "SELECT * FROM files ORDER BY file_id"},
    {"documents", "SELECT collection, key, generation, body FROM documents ORDER BY collection, key"},
    {"file_ids",
     "SELECT file_id, 0 FROM file_ids UNION ALL SELECT name, seq FROM sqlite_sequence ORDER BY 2, 1"},
};
constexpr std::string_view kTotal =
    "SELECT 'meta', key, value FROM meta WHERE key <> 'digest'"
    " UNION ALL SELECT 'schema', name, coalesce(sql, '') FROM sqlite_master ORDER BY 1, 2";

fs::path sum_path(const fs::path& state_path) { return state_path.parent_path() / "state.sum"; }

Result<std::string> rows_digest(SqliteDatabase& database, std::string_view select, std::string bytes) {
  COTERIE_CHECK_OK(database.run(select, {}, [&](const SqlRow& row) { row.append_to(&bytes); }));
  return base::checksum_string(base::hash64(bytes));
}

Result<std::string> total_digest(SqliteDatabase& database) {
  COTERIE_ASSIGN(const int64_t revision, state_revision(database));
  return rows_digest(database, kTotal, std::to_string(revision));
}

Result<std::optional<std::string>> meta(SqliteDatabase& database, std::string_view key) {
  std::optional<std::string> value;
  COTERIE_CHECK_OK(database.run("SELECT value FROM meta WHERE key = ?", {key},
                                [&](const SqlRow& row) { value = row.text(0); }));
  return value;
}

Status put_meta(SqliteDatabase& database, std::string_view key, std::string_view value) {
  return database.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", {key, value});
}

Status damaged(const fs::path& path) {
  return base::failure(Code::kDataLoss, "{} is damaged; restore it from a backup", path.string());
}

std::string sum_text(const StateSum& sum) {
  const std::string body =
      fmt::format("{}\nacknowledged {}\nrevision {}\nbytes {}\nchecksum {}\n", kSumMark, sum.acknowledged,
                  sum.revision, sum.bytes, base::checksum_string(sum.checksum));
  return body + fmt::format("sum {}\n", base::checksum_string(base::hash64(body)));
}

// -1 when the file is too short to have one.
int64_t revision_in_file(const fs::path& state_path) {
  std::ifstream file(state_path, std::ios::binary);
  std::array<unsigned char, 4> bytes{};
  file.seekg(kRevisionOffset);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), bytes.size())) return -1;
  return int64_t{bytes[0]} << 24 | int64_t{bytes[1]} << 16 | int64_t{bytes[2]} << 8 | int64_t{bytes[3]};
}

bool is_log_empty(const fs::path& state_path) {
  std::error_code code;
  const auto bytes = fs::file_size(fs::path(state_path) += "-wal", code);
  return code || bytes == 0;
}

}  // namespace

Result<std::optional<StateSum>> read_state_sum(const fs::path& state_path) {
  const fs::path path = sum_path(state_path);
  auto text = base::read_file(path);
  if (!text && text.error().code() == Code::kNotFound) return std::nullopt;
  if (!text) return tl::unexpected(text.error());
  StateSum sum;
  const char* at = text->data();
  const char* end = at + text->size();
  const auto number = [&](std::string_view name, auto* out, int base) {
    const std::string_view rest(at, static_cast<size_t>(end - at));
    const size_t found = rest.find(name);
    if (found != std::string_view::npos) at = std::from_chars(at + found + name.size(), end, *out, base).ptr;
  };
  number("\nacknowledged ", &sum.acknowledged, 10);
  number("\nrevision ", &sum.revision, 10);
  number("\nbytes ", &sum.bytes, 10);
  number("\nchecksum ", &sum.checksum, 16);
  if (*text != sum_text(sum))
    return base::error(Code::kDataLoss,
                       "{} is damaged; when `coterie doctor` finds state.db itself sound, delete state.sum "
                       "and the next import or run writes it anew",
                       path.string());
  return sum;
}

Result<SealState> verify_state_file(const fs::path& state_path, const std::optional<StateSum>& first_sum) {
  std::optional<StateSum> sum = first_sum;
  for (int i = 0; i < kReadTries && sum && sum->revision >= 0; ++i) {
    COTERIE_ASSIGN(const uint64_t checksum, base::checksum_file(state_path));
    std::error_code code;
    const uint64_t bytes = fs::file_size(state_path, code);
    // A checkpoint that changed the file while it was read either still runs, and the log is not empty, or
    // is over, and the revision in the file, looked at after the log, is a newer one.
    if (!is_log_empty(state_path)) return SealState::kUnsealed;
    const bool same_bytes = checksum == sum->checksum && bytes == sum->bytes;
    if (same_bytes) return SealState::kSealed;
    if (revision_in_file(state_path) != sum->revision) return SealState::kUnsealed;
    COTERIE_ASSIGN(const auto again, read_state_sum(state_path));
    if (again && again->revision == sum->revision && again->checksum == sum->checksum)
      return tl::unexpected(damaged(state_path));
    sum = again;
  }
  return SealState::kUnsealed;
}

Result<int64_t> state_revision(SqliteDatabase& database) {
  int64_t revision = 0;
  COTERIE_CHECK_OK(
      database.run("PRAGMA user_version", {}, [&](const SqlRow& row) { revision = row.int64(0); }));
  return revision;
}

Status renew_digests(SqliteDatabase& database, std::initializer_list<std::string_view> touched) {
  COTERIE_ASSIGN_OR_STATUS(const int64_t revision, state_revision(database));
  COTERIE_RETURN_IF_ERROR(database.run(fmt::format("PRAGMA user_version = {}", revision + 1)));
  for (const DigestTable& table : kTables) {
    const std::string key = fmt::format("digest_{}", table.name);
    COTERIE_ASSIGN_OR_STATUS(const auto known, meta(database, key));
    bool is_touched = !known;
    for (const std::string_view name : touched) is_touched = is_touched || name == table.name;
    if (!is_touched) continue;
    COTERIE_ASSIGN_OR_STATUS(const std::string digest, rows_digest(database, table.select, ""));
    COTERIE_RETURN_IF_ERROR(put_meta(database, key, digest));
  }
  COTERIE_ASSIGN_OR_STATUS(const std::string total, total_digest(database));
  return put_meta(database, "digest", total);
}

Status verify_digests(SqliteDatabase& database) {
  const Status lost(
      Code::kDataLoss,
      "state.db is damaged: its rows are not those that were written; restore it from a backup");
  for (const DigestTable& table : kTables) {
    COTERIE_ASSIGN_OR_STATUS(const auto known, meta(database, fmt::format("digest_{}", table.name)));
    COTERIE_ASSIGN_OR_STATUS(const std::string digest, rows_digest(database, table.select, ""));
    if (known != digest) return lost;
  }
  COTERIE_ASSIGN_OR_STATUS(const auto known, meta(database, "digest"));
  COTERIE_ASSIGN_OR_STATUS(const std::string total, total_digest(database));
  return known == total ? Status() : lost;
}

Status seal_state(SqliteDatabase& database, const fs::path& state_path) {
  StateSum sum;
  COTERIE_ASSIGN_OR_STATUS(sum.acknowledged, state_revision(database));
  const Status checkpointed = database.checkpoint();
  if (!checkpointed.ok()) {
    // The log stays, and with it what it alone holds: at least its loss will be seen.
    COTERIE_RETURN_IF_ERROR(base::write_file_durably(sum_path(state_path), sum_text(sum)));
    return checkpointed;
  }
  std::error_code code;
  sum.revision = revision_in_file(state_path);
  sum.bytes = fs::file_size(state_path, code);
  COTERIE_ASSIGN_OR_STATUS(sum.checksum, base::checksum_file(state_path));
  return base::write_file_durably(sum_path(state_path), sum_text(sum));
}

}  // namespace coterie::store

#include "store/inspect_rows.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "store/duckdb.h"
#include "store/event_id_files.h"
#include "store/known_ids.h"
#include "store/schema.h"

namespace coterie::store {

using base::Result;
using base::Status;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kReport = "report it, with what was done last";
constexpr uint64_t kIdsAtOnce = 8'000'000;  // distinct ids that one query holds in memory

std::string file_list(const fs::path& folder, const std::vector<StoredFile>& files) {
  std::string list;
  for (const StoredFile& file : files)
    list += (list.empty() ? "" : ", ") + sql_quoted((folder / file.name).string());
  return list;
}

// Spill goes beside the data when that is possible, and may be gone at any time.
Result<std::unique_ptr<Connection>> connect(const fs::path& folder, const fs::path& spill,
                                            const base::Context& context) {
  ConnectionOptions options;
  for (const TableKind kind : all_table_kinds())
    options.allowed_folders.push_back(folder / folder_name(kind));
  options.temp_folder = spill;
  options.memory_bytes = context.budget->limit_bytes() / 2;
  options.threads = context.pool->threads();
  return Connection::open(options);
}

Status inspect_row_counts(const fs::path& folder, Connection& connection, const SoundFiles& sound,
                          Inspection* out) {
  for (const auto& [kind, files] : sound.files) {
    if (files.empty() || kind == TableKind::kEventIds) continue;
    std::map<std::string, uint64_t> rows_of;
    const Status read = connection.query(
        fmt::format("SELECT file_name, num_rows FROM parquet_file_metadata([{}])", file_list(folder, files)),
        {}, [&](const Rows& rows) -> Status {
          for (size_t i = 0; i < rows.size(); ++i)
            rows_of[std::string(rows.text(0, i))] = static_cast<uint64_t>(rows.int64(1, i));
          return {};
        });
    if (read.code() == base::Code::kCancelled) return read;
    if (!read.ok()) out->error("files", std::string(folder_name(kind)), read.message(), std::string(kReport));
    for (const StoredFile& file : files)
      if (read.ok() && rows_of[(folder / file.name).string()] != file.rows)
        out->error("files", file.name,
                   fmt::format("it has {} rows and state.db says {}", rows_of[(folder / file.name).string()],
                               file.rows),
                   std::string(kReport));
  }
  return {};
}

// What a look-up of one member trusts: a span that is too narrow would hide events.
Status inspect_spans(const fs::path& folder, Connection& connection, const SoundFiles& sound,
                     Inspection* out) {
  const auto events = sound.files.find(TableKind::kEvents);
  if (events == sound.files.end() || events->second.empty()) return {};
  std::map<std::string, EventSpan> span_of;
  COTERIE_RETURN_IF_ERROR(connection.query(
      fmt::format(
          "SELECT filename, CAST(min(bucket) AS BIGINT), CAST(max(bucket) AS BIGINT), epoch_us(min(ts)), "
          "epoch_us(max(ts)) FROM read_parquet([{}], hive_partitioning = false, filename = true) GROUP BY "
          "filename ORDER BY filename",
          file_list(folder, events->second)),
      {}, [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i)
          span_of[std::string(rows.text(0, i))] = {rows.int64(1, i), rows.int64(2, i), rows.int64(3, i),
                                                   rows.int64(4, i)};
        return {};
      }));
  for (const StoredFile& file : events->second)
    if (file.span != span_of[(folder / file.name).string()])
      out->error("files", file.name, "its events do not lie where state.db says", std::string(kReport));
  return {};
}

void inspect_imports(Catalog& catalog, const SoundFiles& sound, Inspection* out) {
  const auto imports = catalog.documents("imports");
  if (!imports) return;
  uint64_t accepted = 0;
  for (const Document& document : *imports) {
    const json record = json::parse(document.body, nullptr, false);
    try {
      const uint64_t received = record.at("received");
      const uint64_t parts = record.at("accepted").get<uint64_t>() + record.at("duplicate").get<uint64_t>() +
                             record.at("quarantined").get<uint64_t>();
      accepted += record.at("accepted").get<uint64_t>();
      if (received != parts)
        out->error("counts", fmt::format("import {}", document.key),
                   fmt::format("{} rows were received, and {} are accounted for", received, parts),
                   std::string(kReport));
    } catch (const json::exception&) {
      out->error("counts", fmt::format("import {}", document.key), "its record cannot be read",
                 "restore state.db from a backup");
      return;
    }
  }
  uint64_t stored = 0;
  for (const TableKind kind : {TableKind::kEvents, TableKind::kTexts, TableKind::kLinks}) {
    if (!sound.complete.contains(kind) || !sound.complete.at(kind)) return;
    if (const auto files = sound.files.find(kind); files != sound.files.end())
      for (const StoredFile& file : files->second) stored += file.rows;
  }
  if (stored != accepted)
    out->error("counts", "events, texts, links",
               fmt::format("they hold {} rows, and the imports accepted {}", stored, accepted),
               std::string(kReport));
}

// Event ids, as many at once as fit into memory: each share has the ids whose hash leaves the same remainder.
Status inspect_event_ids(const fs::path& folder, Connection& connection, const SoundFiles& sound,
                         Inspection* out, const base::Context& context) {
  const auto events = sound.files.find(TableKind::kEvents);
  if (events == sound.files.end() || events->second.empty()) return {};
  const std::string list = file_list(folder, events->second);
  for (const StoredFile& file : events->second) out->events += file.rows;
  const uint64_t shares = out->events / kIdsAtOnce + 1;
  int64_t repeated = 0;
  for (uint64_t share = 0; share < shares; ++share) {
    COTERIE_RETURN_IF_ERROR(context.check_cancelled());
    COTERIE_ASSIGN_OR_STATUS(
        const int64_t more,
        connection.query_int64(fmt::format(
            "SELECT count(*) - count(DISTINCT event_id) FROM read_parquet([{}], hive_partitioning = false)"
            " WHERE hash(event_id) % {} = {}",
            list, shares, share)));
    repeated += more;
  }
  if (repeated > 0)
    out->error("counts", "events", fmt::format("{} rows repeat the event_id of another", repeated),
               std::string(kReport));
  if (!sound.complete.at(TableKind::kEvents) || !sound.complete.at(TableKind::kEventIds)) return {};
  COTERIE_ASSIGN_OR_STATUS(
      const IdSum expected,
      sum_of_ids(connection,
                 fmt::format("SELECT event_id FROM read_parquet([{}], hive_partitioning = false)", list),
                 context));
  IdSum known;
  if (const auto ids = sound.files.find(TableKind::kEventIds); ids != sound.files.end())
    for (const StoredFile& file : ids->second) {
      COTERIE_ASSIGN_OR_STATUS(const IdSum sum, sum_of_file(folder / file.name));
      if (sum.count != file.rows)
        out->error("files", file.name,
                   fmt::format("it has {} ids and state.db says {}", sum.count, file.rows),
                   std::string(kReport));
      known += sum;
    }
  if (known != expected)
    out->error("counts", "event_ids",
               fmt::format("they are not those of the events: {} and {}", known.count, expected.count),
               std::string(kReport));
  return {};
}

}  // namespace

Status inspect_rows(const fs::path& folder, Catalog& catalog, const SoundFiles& sound, Inspection* out,
                    const base::Context& context) {
  inspect_imports(catalog, sound, out);
  if (catalog.format_version() < kFirstFormatWithDigests) return {};
  std::error_code code;
  const fs::path spill = fs::temp_directory_path(code) / fmt::format("coterie-doctor-{}", ::getpid());
  COTERIE_ASSIGN_OR_STATUS(auto connection, connect(folder, spill, context));
  Status status = inspect_row_counts(folder, *connection, sound, out);
  if (status.ok()) status = inspect_spans(folder, *connection, sound, out);
  if (status.ok()) status = inspect_event_ids(folder, *connection, sound, out, context);
  connection.reset();
  fs::remove_all(spill, code);
  if (status.code() == base::Code::kCancelled) return status;
  if (!status.ok()) out->error("counts", "events", status.message(), std::string(kReport));
  return {};
}

}  // namespace coterie::store

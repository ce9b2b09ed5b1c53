#include "store/migrate.h"

#include "base/file.h"
#include "store/catalog.h"
#include "store/column_names.h"
#include "store/commit.h"
#include "store/duckdb.h"
#include "store/event_id_files.h"
#include "store/schema.h"

namespace coterie::store {

using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

// Format 1 had these columns of events, and all but import_id of quarantine.
constexpr std::string_view kEventsOfFormat1 =
    "SELECT event_id, user_id, anonymous_id, item_id, behavior, ts, value, quantity, unit_price, "
    "line_amount, discount, currency, order_id, session_id, channel, campaign_id, decision_id, properties, "
    "source, received_at, user_bucket(coalesce(user_id, anonymous_id)) AS bucket FROM read_parquet([{}], "
    "hive_partitioning = false)";
constexpr std::string_view kQuarantineOfFormat1 =
    "SELECT quarantine_id, source, line, byte_offset, rule, \"column\", reason, raw, received_at, "
    "CAST(NULL AS VARCHAR) AS import_id FROM read_parquet([{}], hive_partitioning = false)";

// Until format 2 a feature was a row: user_id, feature, value; two names could differ by case alone.
Result<std::string> features_of_format_2(Connection& connection, std::string_view files) {
  std::vector<std::string> names;
  COTERIE_CHECK_OK(connection.query(
      fmt::format(
          "SELECT DISTINCT feature FROM read_parquet([{}], hive_partitioning = false) ORDER BY feature",
          files),
      {}, [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i) names.emplace_back(rows.text(0, i));
        return {};
      }));
  const auto columns = distinct_columns(names);
  std::string select = "SELECT user_id";
  for (size_t i = 0; i < names.size(); ++i)
    select += fmt::format(", max(value) FILTER (WHERE feature = {}) AS {}", sql_quoted(names[i]),
                          sql_name(columns[i]));
  return fmt::format(
      "{} FROM read_parquet([{}], hive_partitioning = false) GROUP BY user_id ORDER BY user_id", select,
      files);
}

// Each file of `kind` is replaced by one with the rows of `select` over it.
Status rewrite(Workspace& workspace, Connection& connection, Commit& commit, TableKind kind,
               std::string_view select, int64_t generation, const base::Context& context) {
  COTERIE_ASSIGN_OR_STATUS(const auto files, workspace.catalog().files(kind, generation));
  COTERIE_RETURN_IF_ERROR(workspace.verify_files(files, *context.pool));
  for (const StoredFile& file : files) {
    const std::string name = sql_quoted((workspace.folder() / file.name).string());
    COTERIE_ASSIGN_OR_STATUS(
        const uint64_t rows,
        commit.add_table(connection, kind, fmt::format(fmt::runtime(select), name), {}, context));
    if (rows != file.rows)
      return base::failure(base::Code::kDataLoss, "{}: {} rows instead of {}; restore it from a backup",
                           (workspace.folder() / file.name).string(), rows, file.rows);
    commit.remove_file(file.file_id);
  }
  return {};
}

Status migrate_1_to_2(Workspace& workspace, const base::Context& context) {
  for (const TableKind kind : all_kinds()) {
    std::error_code code;
    fs::create_directories(workspace.folder() / folder_name(kind), code);
    if (!code) fs::create_directories(workspace.folder() / "leases", code);
    if (code) return base::system_error("cannot make folders in", workspace.folder(), code.value());
  }
  COTERIE_ASSIGN_OR_STATUS(auto connection, workspace.connect_bare(context));
  COTERIE_ASSIGN_OR_STATUS(auto commit, Commit::begin(workspace, "migrate to format 2"));
  // Now that the lock is held: another process may have done it meanwhile.
  COTERIE_ASSIGN_OR_STATUS(const auto version, workspace.catalog().meta("format_version"));
  if (version != "1") return {};
  COTERIE_RETURN_IF_ERROR(workspace.catalog().add_span_columns());
  COTERIE_ASSIGN_OR_STATUS(const int64_t generation, workspace.catalog().newest_generation());
  COTERIE_RETURN_IF_ERROR(
      rewrite(workspace, *connection, *commit, TableKind::kEvents, kEventsOfFormat1, generation, context));
  COTERIE_RETURN_IF_ERROR(rewrite(workspace, *connection, *commit, TableKind::kQuarantine,
                                  kQuarantineOfFormat1, generation, context));
  COTERIE_RETURN_IF_ERROR(rebuild_event_ids(workspace, *connection, *commit, generation, context));
  commit->put_meta("format_version", "2");
  auto finished = commit->finish(context.clock->now());
  return finished ? Status() : finished.error();
}

Status migrate_2_to_3(Workspace& workspace, const base::Context& context) {
  COTERIE_ASSIGN_OR_STATUS(auto connection, workspace.connect_bare(context));
  COTERIE_ASSIGN_OR_STATUS(auto commit, Commit::begin(workspace, "migrate to format 3"));
  COTERIE_ASSIGN_OR_STATUS(const auto version, workspace.catalog().meta("format_version"));
  if (version != "2") return {};
  COTERIE_ASSIGN_OR_STATUS(const int64_t generation, workspace.catalog().newest_generation());
  COTERIE_ASSIGN_OR_STATUS(const auto files, workspace.catalog().files(TableKind::kFeatures, generation));
  COTERIE_RETURN_IF_ERROR(workspace.verify_files(files, *context.pool));
  std::string names;
  for (const StoredFile& file : files)
    names += (names.empty() ? "" : ", ") + sql_quoted((workspace.folder() / file.name).string());
  if (!files.empty()) {
    // A member's rows may lie in two files.
    COTERIE_ASSIGN_OR_STATUS(const std::string select, features_of_format_2(*connection, names));
    auto rows = commit->add_table(*connection, TableKind::kFeatures, select, {}, context);
    if (!rows) return rows.error();
    commit->replace(TableKind::kFeatures);
  }
  commit->put_meta("format_version", "3");
  auto finished = commit->finish(context.clock->now());
  return finished ? Status() : finished.error();
}

}  // namespace

Status migrate(Workspace& workspace, const base::Context& context) {
  switch (workspace.catalog().format_version()) {
    case 1: return migrate_1_to_2(workspace, context);
    case 2: return migrate_2_to_3(workspace, context);
    default: return {};
  }
}

}  // namespace coterie::store

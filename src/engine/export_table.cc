#include "engine/export_table.h"

#include <algorithm>

#include "engine/feature_rows.h"
#include "engine/run_record.h"
#include "profile/as_of.h"
#include "profile/features.h"
#include "profile/tastes.h"
#include "store/schema.h"
#include "store/sql_check.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using store::Connection;
using store::PeopleQuery;

namespace {

// The stored tables: their columns are the schema's, but for what only the store needs.
struct StoredTable {
  std::string_view name;
  std::string_view order;
  std::string_view known_at;  // the column that as_of is compared with; empty: there is none
  bool is_of_a_run;
};
constexpr StoredTable kStoredTables[] = {
    {"events", "ts, event_id", "ts < ", false},
    {"users", "user_id, trait, valid_from, value", "valid_from <= ", false},
    {"items", "item_id, attribute, valid_from, value", "valid_from <= ", false},
    {"texts", "ts, text_id", "ts < ", false},
    {"links", "ts, user_id, other_user_id, relation", "ts < ", false},
    {"flags", "source, line, event_id, rule", "", false},
    {"quarantine", "source, line, quarantine_id", "", false},
    {"segments", "method, segment, user_id", "", true},
    {"scores", "model, rank, user_id", "", true},
    {"recommendations", "user_id, task, rank", "", true},
};
constexpr std::string_view kExported[] = {"events",          "items",    "users",     "texts",
                                          "links",           "flags",    "segments",  "scores",
                                          "recommendations", "features", "quarantine"};
constexpr std::string_view kComputed = "computed_features";
constexpr std::string_view kMembers = "segment_members";
constexpr std::string_view kFeaturesSql = "SELECT * FROM {} ORDER BY user_id";
constexpr size_t kRowsPerBlock = 65'536;

// An instant carries its offset wherever the table goes.
std::string stored_sql(const StoredTable& table, std::optional<base::Timestamp> as_of) {
  const auto kinds = store::all_table_kinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                 [&](store::TableKind of) { return store::folder_name(of) == table.name; });
  std::string columns;
  for (const store::ColumnSchema& column : store::schema(*kind)) {
    if (column.name == "bucket") continue;
    columns += columns.empty() ? "" : ", ";
    columns += column.sql_type == "TIMESTAMP"
                   ? fmt::format("\"{0}\" AT TIME ZONE 'UTC' AS \"{0}\"", column.name)
                   : fmt::format("\"{}\"", column.name);
  }
  const std::string where =
      as_of ? fmt::format(" WHERE t.{}make_timestamp({})", table.known_at, *as_of) : std::string();
  return fmt::format("SELECT {} FROM {} AS t{} ORDER BY {}", columns, table.name, where, table.order);
}

// Fills a table of the connection with the features as of an instant; the taste columns among them.
Status compute_features(store::Workspace& workspace, base::Timestamp as_of, Connection& connection,
                        const base::Context& context) {
  COTERIE_ASSIGN_OR_STATUS(auto source, profile::AsOf::open(workspace, context));
  profile::TasteVocabulary tastes;
  COTERIE_ASSIGN_OR_STATUS(const data::FeatureTable features,
                           profile::compute_features(*source, as_of, {.fit_tastes = &tastes}));
  auto made =
      connection.execute(fmt::format("CREATE TEMP TABLE {} ({})", kComputed, feature_definitions(features)));
  if (!made) return made.error();
  COTERIE_ASSIGN_OR_STATUS(auto appender, connection.appender(kComputed));
  for (size_t begin = 0; begin < features.rows(); begin += kRowsPerBlock) {
    COTERIE_RETURN_IF_ERROR(context.check_cancelled());
    const FeatureRows rows(features, begin, std::min(features.rows(), begin + kRowsPerBlock));
    COTERIE_RETURN_IF_ERROR(appender->append(rows.columns(), rows.size()));
  }
  return appender->close();
}

Status check_run(store::Workspace& workspace) {
  auto record = latest_record(workspace);
  return record ? Status() : record.error();
}

// The rows of `holds`, in blocks.
Status append_members(store::Appender& appender, const RuleMembers& members, const base::Context& context) {
  const data::FeatureTable& facts = members.facts->table;
  for (size_t begin = 0; begin < facts.rows(); begin += kRowsPerBlock) {
    COTERIE_RETURN_IF_ERROR(context.check_cancelled());
    std::vector<size_t> held;
    for (size_t row = begin; row < std::min(facts.rows(), begin + kRowsPerBlock); ++row)
      if (members.holds[row] != 0) held.push_back(row);
    const FeatureRows rows(facts, held);
    COTERIE_RETURN_IF_ERROR(appender.append(rows.columns(), rows.size()));
  }
  return appender.close();
}

}  // namespace

std::span<const std::string_view> exported_tables() { return kExported; }

ExportTable::ExportTable(std::unique_ptr<Connection> connection, std::unique_ptr<PeopleQuery> query)
    : connection_(std::move(connection)), query_(std::move(query)) {}

Result<ExportTable> ExportTable::open(store::Workspace& workspace, std::string_view table,
                                      std::optional<base::Timestamp> as_of, const base::Context& context) {
  std::string sql;
  const auto* stored = std::find_if(std::begin(kStoredTables), std::end(kStoredTables),
                                    [&](const auto& t) { return t.name == table; });
  if (stored == std::end(kStoredTables) && table != "features") {
    std::string names;
    for (const std::string_view name : kExported) names.append(names.empty() ? "" : ", ").append(name);
    return base::error(Code::kNotFound, "no table '{}'; there are: {}", table, names);
  }
  COTERIE_ASSIGN(auto connection, workspace.connect_pinned(context));
  if (stored != std::end(kStoredTables)) {
    if (as_of && stored->known_at.empty())
      return base::error(Code::kInvalidArgument, "{} has no --as-of{}", table,
                         stored->is_of_a_run ? ": it holds what the newest run found" : "");
    if (stored->is_of_a_run) COTERIE_CHECK_OK(check_run(workspace));
    sql = stored_sql(*stored, as_of);
  } else if (as_of) {
    COTERIE_CHECK_OK(compute_features(workspace, *as_of, *connection, context));
    sql = fmt::format(kFeaturesSql, kComputed);
  } else {
    COTERIE_CHECK_OK(check_run(workspace));
    sql = fmt::format(kFeaturesSql, "features");
  }
  COTERIE_ASSIGN(const auto checked, store::CheckedSql::check(*connection, sql));
  COTERIE_CHECK_OK(workspace.add_views(*connection, {checked.tables(), {}}, *context.pool));
  COTERIE_ASSIGN(auto query, PeopleQuery::prepare(*connection, checked));
  return ExportTable(std::move(connection), std::move(query));
}

Result<ExportTable> ExportTable::open_sql(store::Workspace& workspace, std::string_view sql,
                                          std::span<const store::TextParameter> parameters,
                                          std::optional<std::string> user_id, const base::Context& context) {
  if (user_id && context.pool->threads() > 1) workspace.verify_ahead(*user_id);
  COTERIE_ASSIGN(auto connection, workspace.connect_pinned(context));
  COTERIE_ASSIGN(const auto checked, store::CheckedSql::check(*connection, sql));
  COTERIE_CHECK_OK(workspace.add_views(*connection, {checked.tables(), std::move(user_id)}, *context.pool));
  COTERIE_ASSIGN(auto query, PeopleQuery::prepare(*connection, checked, parameters));
  return ExportTable(std::move(connection), std::move(query));
}

Result<ExportTable> ExportTable::of_members(store::Workspace& workspace, const RuleMembers& members,
                                            const base::Context& context) {
  COTERIE_ASSIGN(auto connection, workspace.connect_bare(context));
  auto made = connection->execute(
      fmt::format("CREATE TEMP TABLE {} ({})", kMembers, feature_definitions(members.facts->table)));
  if (!made) return tl::unexpected(made.error());
  COTERIE_ASSIGN(auto appender, connection->appender(kMembers));
  COTERIE_CHECK_OK(append_members(*appender, members, context));
  COTERIE_ASSIGN(
      const auto checked,
      store::CheckedSql::check(*connection, fmt::format("SELECT * FROM {} ORDER BY user_id", kMembers)));
  COTERIE_ASSIGN(auto query, PeopleQuery::prepare(*connection, checked));
  return ExportTable(std::move(connection), std::move(query));
}

}  // namespace coterie::engine

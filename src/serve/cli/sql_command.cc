// coterie sql SHOP "SELECT ..." and coterie export SHOP TABLE: the shop's tables for people and their programs.
#include "engine/export_table.h"
#include "serve/cli/session.h"
#include "serve/cli/table_output.h"

namespace coterie::serve {

using base::Code;
using base::Result;
using base::Status;

namespace {

struct SqlArguments {
  std::string shop, table, sql, as_of, user;
  TableOutput output;
  std::vector<std::string> parameters;
  size_t limit = 50;
};

Result<std::vector<store::TextParameter>> parse_parameters(const std::vector<std::string>& words) {
  std::vector<store::TextParameter> out;
  for (const std::string& word : words) {
    const size_t at = word.find('=');
    if (at == std::string::npos || at == 0)
      return base::error(Code::kInvalidArgument, "--param '{}': write NAME=VALUE", word);
    out.push_back({word.substr(0, at), word.substr(at + 1)});
  }
  return out;
}

std::optional<std::string> user_of(const SqlArguments& arguments) {
  return arguments.user.empty() ? std::nullopt : std::optional(arguments.user);
}

Status run_sql(Session& session, const SqlArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(const auto parameters, parse_parameters(arguments.parameters));
  COTERIE_ASSIGN_OR_STATUS(const auto format, chosen_format(session, arguments.output));
  if (!format && !arguments.output.file.empty())
    return base::failure(Code::kInvalidArgument, "--format table is for the terminal; leave out --out");
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kLookUp));
  COTERIE_ASSIGN_OR_STATUS(auto table, engine::ExportTable::open_sql(*workspace, arguments.sql, parameters,
                                                                     user_of(arguments), session.context()));
  if (!format) return print_rows(session, table.query(), arguments.limit);
  return deliver(session, *workspace, table.query(), {*format, engine::CsvUse::kProgram, "sql"},
                 arguments.output);
}

Status check_export(const SqlArguments& arguments) {
  const bool is_sql = arguments.table == "sql";
  if (is_sql && arguments.sql.empty())
    return base::failure(Code::kInvalidArgument,
                         "export sql needs the statement: coterie export SHOP sql \"SELECT "
                         "...\"");
  if (!is_sql && (!arguments.sql.empty() || !arguments.parameters.empty()))
    return base::failure(Code::kInvalidArgument,
                         "a statement and --param go with `export SHOP sql`, not with {}", arguments.table);
  if (is_sql && !arguments.as_of.empty())
    return base::failure(Code::kInvalidArgument, "sql has no --as-of; write it in the statement");
  return {};
}

Status run_export(Session& session, SqlArguments arguments) {
  COTERIE_RETURN_IF_ERROR(check_export(arguments));
  COTERIE_ASSIGN_OR_STATUS(const auto parameters, parse_parameters(arguments.parameters));
  if (arguments.output.format.empty() && arguments.output.file.empty())
    arguments.output.format = session.is_json() ? "json" : "csv";
  COTERIE_ASSIGN_OR_STATUS(const auto format, chosen_format(session, arguments.output));
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kLookUp));
  std::optional<base::Timestamp> as_of;
  if (!arguments.as_of.empty()) {
    COTERIE_ASSIGN_OR_STATUS(as_of, base::parse_instant(arguments.as_of, workspace->calendar()));
  }
  auto opened = arguments.table == "sql"
                    ? engine::ExportTable::open_sql(*workspace, arguments.sql, parameters, user_of(arguments),
                                                    session.context())
                    : engine::ExportTable::open(*workspace, arguments.table, as_of, session.context());
  if (!opened) return opened.error();
  return deliver(session, *workspace, opened->query(),
                 {*format, engine::CsvUse::kSpreadsheet, arguments.table}, arguments.output);
}

void add_parameters(CLI::App& command, SqlArguments* arguments) {
  command.add_option("--param", arguments->parameters,
                     "a value for $name in the statement, e.g. --param from=2011-12-01");
}

}  // namespace

void add_sql_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<SqlArguments>();
  auto* command = app.add_subcommand("sql", "Ask the shop's tables with SQL; it only reads");
  command->add_option("SHOP", arguments->shop, "the workspace folder")->required();
  command
      ->add_option(
          "STATEMENT", arguments->sql,
          "one SELECT (DuckDB's SQL) over events, users, items, texts, links, flags, quarantine, features, "
          "scores, segments, recommendations")
      ->required();
  add_output_options(*command, &arguments->output, {"table", "csv", "json", "jsonl", "xlsx", "parquet"});
  add_parameters(*command, arguments.get());
  command->add_option("--user", arguments->user,
                      "every table shows the rows of this member only; fast, however large the shop");
  command->add_option("--limit", arguments->limit, "how many rows the table shows; 0 = all")
      ->capture_default_str();
  command->footer(
      "Example:\n  coterie sql my.shop \"SELECT behavior, count(*) AS events FROM events GROUP BY "
      "behavior\"\n"
      "  coterie sql my.shop --user 17850 \"SELECT * FROM events ORDER BY ts\"\n"
      "  coterie sql my.shop \"SELECT * FROM events WHERE ts >= \\$from::TIMESTAMP\" --param from=2011-12-01 "
      "--format csv");
  command->callback([=] { *action = [=](Session& session) { return run_sql(session, *arguments); }; });
}

void add_export_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<SqlArguments>();
  auto* command = app.add_subcommand("export", "Tables for Excel and other programs");
  std::vector<std::string> tables(engine::exported_tables().begin(), engine::exported_tables().end());
  tables.emplace_back("sql");
  command->add_option("SHOP", arguments->shop, "the workspace folder")->required();
  command->add_option("TABLE", arguments->table)->required()->check(CLI::IsMember(tables));
  command->add_option("STATEMENT", arguments->sql, "with sql: one SELECT");
  add_output_options(*command, &arguments->output, {"csv", "json", "jsonl", "xlsx", "parquet"});
  add_parameters(*command, arguments.get());
  command->add_option("--as-of", arguments->as_of,
                      "only what was known at a local date or time; features are computed as of then");
  command->footer(
      "Example:\n  coterie export my.shop segments --out segments.xlsx\n"
      "  coterie export my.shop features --as-of 2011-11-09 --out features.parquet\n"
      "  coterie export my.shop sql \"SELECT item_id, sum(line_amount) AS amount FROM events GROUP BY "
      "item_id\" -o "
      "items.csv");
  command->callback([=] { *action = [=](Session& session) { return run_export(session, *arguments); }; });
}

}  // namespace coterie::serve

// coterie sql SHOP "SELECT ..." and coterie export SHOP TABLE: the shop's tables for people and their programs.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "base/spool.h"
#include "engine/export_table.h"
#include "engine/table_file.h"
#include "serve/cli/session.h"
#include "serve/cli/table.h"

namespace coterie::serve {

using base::Code;
using base::Message;
using base::Result;
using base::Status;
using engine::TableFormat;

namespace {

struct SqlArguments {
  std::string shop, table, sql, format, out, as_of, user;
  std::vector<std::string> parameters;
  size_t limit = 50;
  bool has_force = false;
};

// Standard output. The reader may leave before the end (`| head`): that is its right, and no error.
class StandardOutput final : public base::ByteSink {
 public:
  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        is_closed_ = errno == EPIPE;
        return base::system_error("cannot write to", "standard output", errno);
      }
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return {};
  }
  bool is_closed() const { return is_closed_; }

 private:
  bool is_closed_ = false;
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

// A cell of the table for people: one line, nothing that a terminal would obey.
std::string in_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

// The first rows as a table, and how many there are.
Status print_table(Session& session, store::PeopleQuery& query, size_t limit) {
  std::vector<Table::Column> columns;
  for (const auto& column : query.columns())
    columns.push_back({in_one_line(column.name), column.kind == store::ValueKind::kNumber
                                                     ? Table::Align::kRight
                                                     : Table::Align::kLeft});
  Table table(columns);
  uint64_t count = 0, shown = 0;
  const auto context = session.context();
  COTERIE_RETURN_IF_ERROR(query.run(
      [&](const store::TypedRows& rows) -> Status {
        for (size_t row = 0; row < rows.size() && (limit == 0 || shown < limit); ++row, ++shown) {
          std::vector<std::string> cells(rows.columns());
          for (size_t column = 0; column < rows.columns(); ++column) {
            std::string text;
            rows.append_text(column, row, &text);
            cells[column] = rows.is_null(column, row) ? "–" : in_one_line(text);
          }
          table.add(std::move(cells));
        }
        count += rows.size();
        return {};
      },
      *context.cancel));
  table.print();
  std::printf("%s\n", base::format_text(Message::cli_rows_shown, session.language(), count, shown).c_str());
  return {};
}

// A table's rows to where the person wants them, but not as a table for people.
Status deliver(Session& session, store::Workspace& workspace, store::PeopleQuery& query,
               const engine::TableFileOptions& options, const SqlArguments& arguments) {
  if (!arguments.out.empty()) {
    const auto existing =
        arguments.has_force ? base::AsideFile::Existing::kReplace : base::AsideFile::Existing::kKeep;
    COTERIE_ASSIGN_OR_STATUS(
        const engine::TableFile file,
        engine::write_table_file(workspace, query, options, arguments.out, existing, session.context()));
    if (session.is_json()) {
      session.print_json({{"file", arguments.out},
                          {"format", engine::to_string(options.format)},
                          {"rows", file.rows},
                          {"columns", query.columns().size()},
                          {"bytes", file.bytes}});
    } else {
      std::printf("%s\n", base::format_text(Message::cli_table_written, session.language(), arguments.out,
                                            grouped(static_cast<int64_t>(file.rows)), query.columns().size())
                              .c_str());
    }
    return {};
  }
  StandardOutput sink;
  if (options.format != TableFormat::kJson) {
    auto rows = engine::write_table(query, options, sink, session.context());
    return rows || sink.is_closed() ? Status() : rows.error();
  }
  // One JSON object or an error, never the beginning of one.
  COTERIE_ASSIGN_OR_STATUS(const auto folder, workspace.temp_folder());
  base::Spool spool(folder / "answer.json");
  auto rows = engine::write_table(query, options, spool, session.context());
  if (!rows) return rows.error();
  const Status copied = spool.copy_to(sink);
  return sink.is_closed() ? Status() : copied;
}

std::optional<std::string> user_of(const SqlArguments& arguments) {
  return arguments.user.empty() ? std::nullopt : std::optional(arguments.user);
}

// The format asked for; missing: the table for people.
Result<std::optional<TableFormat>> chosen_format(const Session& session, const SqlArguments& arguments) {
  const bool has_file = !arguments.out.empty();
  if (arguments.format.empty()) {
    if (has_file) {
      const auto format = engine::format_of(arguments.out);
      if (!format && !session.is_json())
        return base::error(Code::kInvalidArgument,
                           "{}: which format? give --format csv, json, jsonl, xlsx or parquet",
                           arguments.out);
      return std::optional(format.value_or(TableFormat::kJson));
    }
    return session.is_json() ? std::optional(TableFormat::kJson) : std::nullopt;
  }
  const auto format = engine::parse_table_format(arguments.format);
  if (session.is_json() && !has_file && format != TableFormat::kJson)
    return base::error(Code::kInvalidArgument, "--json and --format {}: one of them, or --out FILE",
                       arguments.format);
  return format;
}

Status run_sql(Session& session, const SqlArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(const auto parameters, parse_parameters(arguments.parameters));
  COTERIE_ASSIGN_OR_STATUS(const auto format, chosen_format(session, arguments));
  if (!format && !arguments.out.empty())
    return base::failure(Code::kInvalidArgument, "--format table is for the terminal; leave out --out");
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(auto table, engine::ExportTable::open_sql(*workspace, arguments.sql, parameters,
                                                                     user_of(arguments), session.context()));
  if (!format) return print_table(session, table.query(), arguments.limit);
  return deliver(session, *workspace, table.query(), {*format, engine::CsvUse::kProgram, "sql"}, arguments);
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
  if (arguments.format.empty() && arguments.out.empty())
    arguments.format = session.is_json() ? "json" : "csv";
  COTERIE_ASSIGN_OR_STATUS(const auto format, chosen_format(session, arguments));
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
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
                 {*format, engine::CsvUse::kSpreadsheet, arguments.table}, arguments);
}

void add_output_options(CLI::App& command, SqlArguments* arguments, std::vector<std::string> formats) {
  command.add_option("--format", arguments->format)->check(CLI::IsMember(std::move(formats)));
  command.add_option("--out,-o", arguments->out, "a file; it appears whole or not at all");
  command.add_flag("--force", arguments->has_force, "replace the file when it exists");
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
  add_output_options(*command, arguments.get(), {"table", "csv", "json", "jsonl", "xlsx", "parquet"});
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
  add_output_options(*command, arguments.get(), {"csv", "json", "jsonl", "xlsx", "parquet"});
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

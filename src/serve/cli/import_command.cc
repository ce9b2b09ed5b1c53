// coterie import SHOP FILE...
#include <cstdio>
#include <filesystem>

#include "collect/describe.h"
#include "collect/import.h"
#include "collect/open_shop.h"
#include "serve/cli/session.h"
#include "serve/cli/table.h"

namespace coterie::serve {

using base::Code;
using base::Message;
using base::Result;
using base::Status;
using nlohmann::json;

namespace {

struct ImportArguments {
  std::string shop;
  std::vector<std::string> files;
  std::string preset, kind, map, behavior, repeats, ts, delimiter, encoding, sheet, timezone, currency;
  bool again = false;
  std::string describe;
};

Result<collect::ImportOptions> import_options(const ImportArguments& arguments) {
  collect::ImportOptions options;
  options.preset = arguments.preset;
  COTERIE_ASSIGN(options.columns, collect::parse_column_choices(arguments.map));
  COTERIE_ASSIGN(options.behaviors, collect::parse_behavior_choices(arguments.behavior));
  if (arguments.repeats == "keep") options.repeats = data::Repeats::kKeep;
  if (arguments.repeats == "drop") options.repeats = data::Repeats::kDrop;
  if (!arguments.kind.empty()) options.kind = collect::parse_kind(arguments.kind);
  if (!arguments.ts.empty() && !base::parse_civil_time(arguments.ts))
    return base::error(Code::kInvalidArgument, "--ts '{}': a date or time is needed, such as 2024-01-31",
                       arguments.ts);
  options.ts = arguments.ts;
  const std::string& d = arguments.delimiter;
  options.delimiter = d == "tab" || d == "\\t" ? "\t" : d;
  options.encoding = arguments.encoding;
  options.sheet = arguments.sheet;
  return options;
}

json to_json(const collect::FileReport& report) {
  json mapping = json::object();
  for (const auto& [name, column] : report.mapping) mapping[name] = column;
  return {{"file", report.file},
          {"preset", report.preset},
          {"preset_detected", report.preset_detected},
          {"kind", collect::to_string(report.kind)},
          {"repeats", report.repeats == data::Repeats::kKeep ? "keep" : "drop"},
          {"format", report.format},
          {"mapping", std::move(mapping)},
          {"received", report.counts.received},
          {"accepted", report.counts.accepted},
          {"duplicate", report.counts.duplicate},
          {"quarantined", report.counts.quarantined},
          {"quarantined_by_rule", report.counts.quarantined_by_rule},
          {"flagged_by_rule", report.counts.flagged_by_rule},
          {"seconds", report.seconds},
          {"warnings", report.warnings}};
}

void print(const ImportArguments& arguments, const collect::ImportReport& result, base::Language language) {
  const std::vector<collect::FileReport>& reports = result.files;
  const auto heading = [&](Message message) { return std::string(base::text(message, language)); };
  Table table({{heading(Message::cli_file), Table::Align::kLeft, 40},
               {heading(Message::cli_preset)},
               {heading(Message::cli_received), Table::Align::kRight},
               {heading(Message::cli_accepted), Table::Align::kRight},
               {heading(Message::cli_duplicate), Table::Align::kRight},
               {heading(Message::cli_quarantined), Table::Align::kRight},
               {heading(Message::cli_seconds), Table::Align::kRight}});
  for (const auto& report : reports)
    table.add({report.file, report.preset, grouped(static_cast<int64_t>(report.counts.received)),
               grouped(static_cast<int64_t>(report.counts.accepted)),
               grouped(static_cast<int64_t>(report.counts.duplicate)),
               grouped(static_cast<int64_t>(report.counts.quarantined)),
               fmt::format("{:.2f}", report.seconds)});
  if (!reports.empty()) table.print();
  bool has_bad_rows = false;
  for (const auto& report : reports) {
    for (const auto& [rule, rows] : report.counts.quarantined_by_rule) {
      std::printf("  %s\n", base::format_text(Message::cli_quarantined_rule, language, rule,
                                              grouped(static_cast<int64_t>(rows)))
                                .c_str());
      has_bad_rows = true;
    }
    for (const auto& [rule, rows] : report.counts.flagged_by_rule)
      std::printf("  %s\n", base::format_text(Message::cli_flagged_rule, language, rule,
                                              grouped(static_cast<int64_t>(rows)))
                                .c_str());
    for (const auto& warning : report.warnings) std::printf("  %s\n", warning.c_str());
  }
  if (!result.known.empty())
    std::printf("%s\n", fmt::format("{} of {} files were imported before", result.known.size(),
                                    result.known.size() + reports.size() + result.unread.size())
                            .c_str());
  for (const auto& file : result.unread) std::printf("not read: %s\n", file.reason.c_str());
  if (has_bad_rows)
    std::printf("%s\n", base::format_text(Message::cli_see_quarantine, language, arguments.shop).c_str());
}

json to_json(const collect::Description& description) {
  json mapping = json::object();
  for (const auto& [name, column] : description.mapping) mapping[name] = column;
  json columns = json::array();
  for (const auto& shape : description.shapes)
    columns.push_back({{"column", shape.column},
                       {"shape", shape.shape},
                       {"distinct", shape.distinct},
                       {"proposed", shape.proposed}});
  return {{"file", description.file},
          {"format", description.format},
          {"preset", description.preset},
          {"table", description.table},
          {"kind", collect::to_string(description.kind)},
          {"proposal", description.is_proposal},
          {"known_by", description.known_by},
          {"problem", description.problem},
          {"mapping", std::move(mapping)},
          {"unread", description.unread},
          {"columns", std::move(columns)},
          {"headings", description.headings},
          {"rows", description.rows},
          {"faults", description.faults},
          {"command", description.command}};
}

std::string joined(const std::vector<std::string>& words) {
  constexpr size_t kMost = 20;
  std::string out;
  for (size_t i = 0; i < std::min(words.size(), kMost); ++i) out.append(i == 0 ? "" : ", ").append(words[i]);
  if (words.size() > kMost) out.append(fmt::format(" and {} more", words.size() - kMost));
  return out;
}

void print(const collect::Description& description) {
  std::printf("%s: %s\n", description.file.c_str(), description.format.c_str());
  if (description.is_proposal) {
    std::printf("No preset fits (%s).\nA proposal, by the names and values of the columns; check it:\n\n",
                description.problem.c_str());
    Table shapes({{"column"}, {"values look like"}, {"different", Table::Align::kRight}, {"proposed as"}});
    for (const auto& shape : description.shapes)
      shapes.add({shape.column, shape.shape, grouped(static_cast<int64_t>(shape.distinct)), shape.proposed});
    shapes.print();
  } else {
    std::printf("preset %s%s%s, kind %s", description.preset.c_str(),
                description.table.empty() ? "" : ", table ", description.table.c_str(),
                std::string(collect::to_string(description.kind)).c_str());
    if (!description.known_by.empty()) std::printf("; known by: %s", joined(description.known_by).c_str());
    std::printf("\n\n");
    Table mapping({{"our column"}, {"the file's"}});
    for (const auto& [name, column] : description.mapping) mapping.add({name, column});
    mapping.print();
    if (!description.unread.empty()) std::printf("not read: %s\n", joined(description.unread).c_str());
  }
  if (!description.rows.empty()) {
    std::printf("\nThe first rows:\n");
    std::vector<Table::Column> columns;
    for (const std::string& heading : description.headings)
      columns.push_back({heading, Table::Align::kLeft, 28});
    Table rows(std::move(columns));
    for (const auto& row : description.rows) rows.add(row);
    rows.print();
  }
  for (const std::string& fault : description.faults) std::printf("to quarantine: %s\n", fault.c_str());
  if (!description.command.empty()) std::printf("\nImport it with:\n  %s\n", description.command.c_str());
}

// In the shop's time zone where the shop is named and there, else in that of --timezone, else in UTC.
Status describe(Session& session, const ImportArguments& arguments, const collect::ImportOptions& options) {
  std::string zone = arguments.timezone.empty() ? "UTC" : arguments.timezone;
  if (!arguments.shop.empty() && store::Workspace::exists(arguments.shop)) {
    COTERIE_ASSIGN_OR_STATUS(const auto workspace,
                             session.open(arguments.shop, store::Workspace::Access::kRead));
    zone = workspace->settings().timezone;
  }
  COTERIE_ASSIGN_OR_STATUS(const auto calendar, base::Calendar::create(zone));
  COTERIE_ASSIGN_OR_STATUS(
      const auto description,
      collect::describe_file(arguments.describe, options, calendar, session.context().clock->now()));
  session.is_json() ? session.print_json(to_json(description)) : print(description);
  return {};
}

Status run_import(Session& session, const ImportArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(const auto options, import_options(arguments));
  std::error_code absent;
  if (!arguments.describe.empty() &&
      (!arguments.files.empty() || std::filesystem::is_regular_file(arguments.shop, absent)))
    return base::failure(
        Code::kInvalidArgument,
        "--describe takes one file, and nothing is imported: coterie import --describe FILE");
  if (!arguments.describe.empty()) return describe(session, arguments, options);
  if (arguments.shop.empty() || arguments.files.empty())
    return base::failure(Code::kInvalidArgument, "name the shop and the files: coterie import SHOP FILE ...");
  COTERIE_ASSIGN_OR_STATUS(const auto inputs, collect::find_inputs(arguments.files));
  const collect::NewShop wanted{arguments.timezone, arguments.currency, session.language()};
  COTERIE_ASSIGN_OR_STATUS(auto workspace, collect::open_or_create(arguments.shop, wanted, options, inputs));
  session.use_language_of(*workspace);
  COTERIE_ASSIGN_OR_STATUS(const auto result, collect::import_inputs(*workspace, inputs, options,
                                                                     arguments.again, session.context()));
  const auto& reports = result.files;
  if (!result.unread.empty()) session.set_exit_code(base::info(Code::kInvalidArgument).exit_code);
  if (!session.is_json()) {
    print(arguments, result, session.language());
    return {};
  }
  json unread = json::array();
  for (const auto& file : result.unread) unread.push_back({{"file", file.file}, {"reason", file.reason}});
  json answer = {{"shop", arguments.shop},
                 {"files", json::array()},
                 {"imported_before", result.known},
                 {"unread", std::move(unread)},
                 {"received", 0},
                 {"accepted", 0},
                 {"duplicate", 0},
                 {"quarantined", 0},
                 {"quarantined_by_rule", json::object()},
                 {"flagged_by_rule", json::object()},
                 {"seconds", 0.0}};
  for (const auto& report : reports) {
    json file = to_json(report);
    for (const char* key : {"received", "accepted", "duplicate", "quarantined"})
      answer[key] = answer[key].get<uint64_t>() + file[key].get<uint64_t>();
    answer["seconds"] = answer["seconds"].get<double>() + report.seconds;
    for (const char* key : {"quarantined_by_rule", "flagged_by_rule"}) {
      for (const auto& [rule, rows] : file[key].items())
        answer[key][rule] = answer[key].value(rule, uint64_t{0}) + rows.get<uint64_t>();
    }
    answer["files"].push_back(std::move(file));
  }
  session.print_json(answer);
  return {};
}

}  // namespace

void add_import_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<ImportArguments>();
  auto* command =
      app.add_subcommand("import", "Bring files of events into a shop; makes the shop when there is none");
  command->add_option("SHOP", arguments->shop, "the workspace folder");
  command->add_option(
      "FILE", arguments->files,
      "files, folders, patterns in quotes, or - for standard input: CSV, TSV, JSON Lines, xlsx, "
      "Parquet; gzip and zstd");
  command->add_option("--describe", arguments->describe, "say what FILE is taken for; nothing is imported");
  command->add_option("--preset", arguments->preset,
                      "what kind of file it is: a name of docs/presets.md, NAME:TABLE, or a .toml");
  command->add_option("--kind", arguments->kind, "what the rows are: events, users, items, texts or links")
      ->check(CLI::IsMember({"events", "users", "items", "texts", "links"}));
  command->add_option("--ts", arguments->ts, "the time of rows that have none, e.g. 2024-01-31");
  command->add_flag("--again", arguments->again,
                    "read files of a folder or pattern although they were imported before");
  command->add_option("--encoding", arguments->encoding,
                      "utf-8, gb18030 or latin1; told by the text otherwise");
  command->add_option("--sheet", arguments->sheet, "of a spreadsheet; its first one otherwise");
  command->add_option("--map", arguments->map,
                      "design name=column of the file, e.g. user_id=CustomerID,ts=Date");
  command->add_option("--behavior", arguments->behavior, "behavior of each value, e.g. pv=view,fav=favorite");
  command->add_option("--repeats", arguments->repeats, "rows equal in all columns: keep or drop")
      ->check(CLI::IsMember({"keep", "drop"}));
  command->add_option("--delimiter", arguments->delimiter,
                      "one character, tab, space (runs of them) or ::; told by the header line otherwise");
  command->add_option("--timezone", arguments->timezone, "of a new shop, e.g. Asia/Shanghai");
  command->add_option("--currency", arguments->currency, "of a new shop, e.g. CNY");
  command->footer(
      "Example:\n  coterie import my.shop orders.csv.gz --preset online-retail\n"
      "  coterie import my.shop UserBehavior.csv --behavior pv=view,fav=favorite --timezone Asia/Shanghai "
      "--currency CNY");
  command->callback([=] { *action = [=](Session& session) { return run_import(session, *arguments); }; });
}

}  // namespace coterie::serve

// coterie quarantine SHOP list|show|export|replay
#include <cstdio>

#include "collect/cleaning.h"
#include "collect/replay.h"
#include "engine/quarantine.h"
#include "serve/cli/session.h"
#include "serve/cli/table.h"

namespace coterie::serve {

using base::Message;
using base::Status;
using nlohmann::json;

namespace {

struct QuarantineArguments {
  std::string shop;
  engine::QuarantineFilter filter;
  int64_t limit = 20;
  std::string out, format;                // export
  std::string preset, columns, behavior;  // replay
};

Status check_rule(const std::string& rule) {
  std::string known;
  for (const auto& info : collect::cleaning_rules()) {
    if (rule.empty() || rule == info.key) return {};
    known += (known.empty() ? "" : ", ") + std::string(info.key);
  }
  return base::failure(base::Code::kNotFound, "no rule '{}'; there are: {}", rule, known);
}

std::string meaning(const json& rule, base::Language language) {
  return std::string(base::text_by_key("cleaning_" + rule.get<std::string>(), language));
}

Status run_list(Session& session, const QuarantineArguments& arguments) {
  COTERIE_RETURN_IF_ERROR(check_rule(arguments.filter.rule));
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const json summary,
                           engine::quarantine_summary(*workspace, arguments.filter, session.context()));
  if (session.is_json()) {
    session.print_json(summary);
    return {};
  }
  const auto language = session.language();
  if (summary["rows"] == 0) std::printf("%s\n", words(Message::cli_quarantine_empty, language).c_str());
  Table table({{words(Message::cli_import, language)},
               {words(Message::cli_file, language), Table::Align::kLeft, 40},
               {words(Message::cli_rule, language)},
               {words(Message::cli_rows, language), Table::Align::kRight},
               {words(Message::cli_meaning, language), Table::Align::kLeft, 80}});
  for (const json& group : summary["groups"])
    table.add({group["import_id"], group["source"], group["rule"], grouped(group["rows"].get<int64_t>()),
               meaning(group["rule"], language)});
  if (summary["rows"] != 0) table.print();
  for (const json& flag : summary["flags"])
    std::printf("%s\n",
                base::format_text(Message::cli_flagged_rule, language, flag["rule"].get<std::string>(),
                                  grouped(flag["rows"].get<int64_t>()))
                    .c_str());
  return {};
}

Status run_show(Session& session, const QuarantineArguments& arguments) {
  COTERIE_RETURN_IF_ERROR(check_rule(arguments.filter.rule));
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const json rows, engine::quarantine_rows(*workspace, arguments.filter,
                                                                    arguments.limit, session.context()));
  if (session.is_json()) {
    session.print_json({{"rows", rows}});
    return {};
  }
  const auto language = session.language();
  for (const json& row : rows) {
    std::printf("%s\n", base::format_text(Message::cli_quarantine_row, language,
                                          row["source"].get<std::string>(), row["line"].get<int64_t>(),
                                          row["rule"].get<std::string>(), row["reason"].get<std::string>())
                            .c_str());
    std::printf("    %s\n", row["raw"].get<std::string>().substr(0, 200).c_str());
  }
  return {};
}

Status run_export(Session& session, const QuarantineArguments& arguments) {
  COTERIE_RETURN_IF_ERROR(check_rule(arguments.filter.rule));
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
  const bool is_jsonl =
      arguments.format.empty() ? arguments.out.ends_with(".jsonl") : arguments.format == "jsonl";
  COTERIE_ASSIGN_OR_STATUS(
      const uint64_t rows,
      engine::export_quarantine(*workspace, arguments.filter,
                                is_jsonl ? engine::QuarantineFormat::kJsonl : engine::QuarantineFormat::kCsv,
                                arguments.out, session.context()));
  if (session.is_json()) {
    session.print_json({{"rows", rows}, {"out", arguments.out}, {"format", is_jsonl ? "jsonl" : "csv"}});
    return {};
  }
  std::printf("%s\n", base::format_text(Message::cli_exported_rows, session.language(),
                                        grouped(static_cast<int64_t>(rows)), arguments.out)
                          .c_str());
  return {};
}

json to_json(const collect::ReplayReport& report) {
  return {{"import_id", report.import_id},
          {"source", report.source},
          {"preset", report.preset},
          {"received", report.received},
          {"accepted", report.accepted},
          {"duplicate", report.duplicate},
          {"quarantined", report.quarantined},
          {"quarantined_by_rule", report.quarantined_by_rule},
          {"flagged_by_rule", report.flagged_by_rule},
          {"not_read", report.not_read}};
}

json to_json(const std::vector<collect::ReplayReport>& reports) {
  json out = {{"imports", json::array()},
              {"received", 0},
              {"accepted", 0},
              {"duplicate", 0},
              {"quarantined", 0},
              {"quarantined_by_rule", json::object()},
              {"flagged_by_rule", json::object()},
              {"not_read", json::object()}};
  for (const auto& report : reports) {
    json one = to_json(report);
    for (const char* key : {"received", "accepted", "duplicate", "quarantined"})
      out[key] = out[key].get<uint64_t>() + one[key].get<uint64_t>();
    for (const char* key : {"quarantined_by_rule", "flagged_by_rule", "not_read"}) {
      for (const auto& [name, rows] : one[key].items())
        out[key][name] = out[key].value(name, uint64_t{0}) + rows.get<uint64_t>();
    }
    out["imports"].push_back(std::move(one));
  }
  return out;
}

void print(const collect::ReplayReport& report, base::Language language) {
  const auto number = [](uint64_t rows) { return grouped(static_cast<int64_t>(rows)); };
  std::printf("%s\n", base::format_text(Message::cli_replayed, language, report.source, report.import_id,
                                        number(report.received), number(report.accepted),
                                        number(report.duplicate), number(report.quarantined))
                          .c_str());
  for (const auto& [rule, rows] : report.quarantined_by_rule)
    std::printf("  %s\n",
                base::format_text(Message::cli_quarantined_rule, language, rule, number(rows)).c_str());
  for (const auto& [reason, rows] : report.not_read)
    std::printf("  %s\n",
                base::format_text(Message::cli_replay_kept, language, number(rows), reason).c_str());
}

Status run_replay(Session& session, const QuarantineArguments& arguments) {
  COTERIE_RETURN_IF_ERROR(check_rule(arguments.filter.rule));
  collect::ReplayOptions options{.rule = arguments.filter.rule,
                                 .source = arguments.filter.source,
                                 .import_id = arguments.filter.import_id,
                                 .preset = arguments.preset};
  COTERIE_ASSIGN_OR_STATUS(options.columns, collect::parse_column_choices(arguments.columns));
  COTERIE_ASSIGN_OR_STATUS(options.behaviors, collect::parse_behavior_choices(arguments.behavior));
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kWrite));
  COTERIE_ASSIGN_OR_STATUS(const auto reports,
                           collect::replay_quarantine(*workspace, options, session.context()));
  if (session.is_json()) {
    session.print_json(to_json(reports));
    return {};
  }
  for (const auto& report : reports) print(report, session.language());
  if (reports.empty()) std::printf("%s\n", words(Message::cli_replay_none, session.language()).c_str());
  return {};
}

using Arguments = std::shared_ptr<QuarantineArguments>;
using Run = Status (*)(Session&, const QuarantineArguments&);

CLI::App* add_part(CLI::App* command, Action* action, const Arguments& arguments, const char* name,
                   const char* description, Run run) {
  auto* part = command->add_subcommand(name, description);
  part->add_option("--rule", arguments->filter.rule, "only rows of this rule");
  part->add_option("--source", arguments->filter.source, "only rows of this file");
  part->add_option("--import", arguments->filter.import_id, "only rows of this import, e.g. 00000001");
  part->callback([=] { *action = [=](Session& session) { return run(session, *arguments); }; });
  return part;
}

}  // namespace

void add_quarantine_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<QuarantineArguments>();
  auto* command = app.add_subcommand("quarantine", "Rows that were not accepted, with file, line and reason");
  command->add_option("SHOP", arguments->shop, "the workspace folder")->required();
  command->require_subcommand(1);
  command->footer("Example:\n  coterie quarantine my.shop list");

  auto* list = add_part(command, action, arguments, "list", "How many rows each rule holds", run_list);
  list->footer("Example:\n  coterie quarantine my.shop list");

  auto* show = add_part(command, action, arguments, "show", "The rows themselves", run_show);
  show->add_option("--limit", arguments->limit, "how many rows")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  show->footer("Example:\n  coterie quarantine my.shop show --rule price --limit 5");

  auto* file =
      add_part(command, action, arguments, "export", "The rows as a file, with all reasons", run_export);
  file->add_option("--out", arguments->out, "the file; .jsonl writes JSON Lines")->required();
  file->add_option("--format", arguments->format, "csv or jsonl")->check(CLI::IsMember({"csv", "jsonl"}));
  file->footer("Example:\n  coterie quarantine my.shop export --rule price --out bad.csv");

  auto* replay = add_part(command, action, arguments, "replay",
                          "Read the rows again, under the present rules or another mapping", run_replay);
  replay->add_option("--preset", arguments->preset, "another preset than the import's");
  replay->add_option("--map", arguments->columns, "goes before the import's, e.g. user_id=CustomerID");
  replay->add_option("--behavior", arguments->behavior, "goes before the import's, e.g. pv=view");
  replay->footer("Example:\n  coterie quarantine my.shop replay --rule behavior --behavior '*=buy'");
}

}  // namespace coterie::serve

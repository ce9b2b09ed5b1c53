// coterie import SHOP FILE...
#include <cstdio>
#include <filesystem>

#include "collect/import.h"
#include "serve/cli/session.h"
#include "serve/cli/table.h"
#include "store/catalog.h"
#include "store/settings.h"

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
  std::string preset, map, behavior, repeats, delimiter, timezone, currency;
};

Result<collect::ImportOptions> import_options(const ImportArguments& arguments) {
  collect::ImportOptions options;
  options.preset = arguments.preset;
  COTERIE_ASSIGN(options.columns, collect::parse_column_choices(arguments.map));
  COTERIE_ASSIGN(options.behaviors, collect::parse_behavior_choices(arguments.behavior));
  if (arguments.repeats == "keep") options.repeats = data::Repeats::kKeep;
  if (arguments.repeats == "drop") options.repeats = data::Repeats::kDrop;
  if (!arguments.delimiter.empty()) {
    const std::string& d = arguments.delimiter;
    if (d != "tab" && d != "\\t" && d.size() != 1)
      return base::error(Code::kInvalidArgument, "--delimiter '{}': one character, or tab", d);
    options.delimiter = d.size() == 1 ? d[0] : '\t';
  }
  return options;
}

// Zone and currency of a shop that holds nothing yet: the person's, else the preset's, else `known`.
Result<store::Settings> new_settings(const Session& session, const ImportArguments& arguments,
                                     const collect::ImportOptions& options, const store::Settings& known) {
  COTERIE_ASSIGN(const auto preset, collect::preset_for_file(arguments.files.front(), options));
  const auto first_said = [](const std::string& a, const std::string& b, const std::string& c) {
    return !a.empty() ? a : !b.empty() ? b : c;
  };
  store::Settings settings{first_said(arguments.timezone, preset.timezone, known.timezone),
                           first_said(arguments.currency, preset.currency, known.currency),
                           session.language(), known.cleaning};
  if (settings.timezone.empty() || settings.currency.empty())
    return base::error(
        Code::kInvalidArgument,
        "a new shop needs its time zone and currency, and preset '{}' does not set them; add for "
        "example --timezone Asia/Shanghai --currency CNY",
        preset.name);
  return settings;
}

// The workspace, made when there is none. One that a failed first import left empty is as good as new.
Result<std::unique_ptr<store::Workspace>> open_or_create(Session& session, const ImportArguments& arguments,
                                                         const collect::ImportOptions& options) {
  if (!store::Workspace::exists(arguments.shop)) {
    COTERIE_ASSIGN(const auto settings, new_settings(session, arguments, options, {}));
    return store::Workspace::create(arguments.shop, settings);
  }
  COTERIE_ASSIGN(auto workspace, session.open(arguments.shop, store::Workspace::Access::kWrite));
  const auto& settings = workspace->settings();
  COTERIE_ASSIGN(const int64_t generation, workspace->catalog().newest_generation());
  if (generation == 0) {
    COTERIE_ASSIGN(const auto anew, new_settings(session, arguments, options, settings));
    COTERIE_CHECK_OK(store::save_settings(anew, workspace->folder() / "coterie.toml"));
    return session.open(arguments.shop, store::Workspace::Access::kWrite);
  }
  if ((!arguments.timezone.empty() && arguments.timezone != settings.timezone) ||
      (!arguments.currency.empty() && arguments.currency != settings.currency))
    return base::error(Code::kFailedPrecondition,
                       "{} has time zone {} and currency {}; they are set when it is made and stay",
                       arguments.shop, settings.timezone, settings.currency);
  return workspace;
}

json to_json(const collect::FileReport& report) {
  json mapping = json::object();
  for (const auto& [name, column] : report.mapping) mapping[name] = column;
  return {{"file", report.file},
          {"preset", report.preset},
          {"preset_detected", report.preset_detected},
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

void print(const ImportArguments& arguments, const std::vector<collect::FileReport>& reports,
           base::Language language) {
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
  table.print();
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
  if (has_bad_rows)
    std::printf("%s\n", base::format_text(Message::cli_see_quarantine, language, arguments.shop).c_str());
}

Status run_import(Session& session, const ImportArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(const auto options, import_options(arguments));
  COTERIE_ASSIGN_OR_STATUS(auto workspace, open_or_create(session, arguments, options));
  const std::vector<std::filesystem::path> files(arguments.files.begin(), arguments.files.end());
  COTERIE_ASSIGN_OR_STATUS(const auto reports,
                           collect::import_files(*workspace, files, options, session.context()));
  if (!session.is_json()) {
    print(arguments, reports, session.language());
    return {};
  }
  json answer = {{"shop", arguments.shop},
                 {"files", json::array()},
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
  command->add_option("SHOP", arguments->shop, "the workspace folder")->required();
  command->add_option("FILE", arguments->files, "CSV or TSV, plain or gzip")->required();
  command->add_option("--preset", arguments->preset,
                      "what kind of file it is: coterie, online-retail, or a .toml");
  command->add_option("--map", arguments->map,
                      "design name=column of the file, e.g. user_id=CustomerID,ts=Date");
  command->add_option("--behavior", arguments->behavior, "behavior of each value, e.g. pv=view,fav=favorite");
  command->add_option("--repeats", arguments->repeats, "rows equal in all columns: keep or drop")
      ->check(CLI::IsMember({"keep", "drop"}));
  command->add_option("--delimiter", arguments->delimiter,
                      "one character or tab; told by the header line otherwise");
  command->add_option("--timezone", arguments->timezone, "of a new shop, e.g. Asia/Shanghai");
  command->add_option("--currency", arguments->currency, "of a new shop, e.g. CNY");
  command->footer(
      "Example:\n  coterie import my.shop orders.csv.gz --preset online-retail\n"
      "  coterie import my.shop UserBehavior.csv --behavior pv=view,fav=favorite --timezone Asia/Shanghai "
      "--currency CNY");
  command->callback([=] { *action = [=](Session& session) { return run_import(session, *arguments); }; });
}

}  // namespace coterie::serve

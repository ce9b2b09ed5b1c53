// coterie run SHOP
#include <chrono>
#include <cstdio>

#include "base/file.h"
#include "engine/run.h"
#include "serve/cli/record_tables.h"
#include "serve/cli/session.h"
#include "serve/report/report.h"

namespace coterie::serve {

using base::Message;
using base::Status;
using nlohmann::json;

namespace {

struct RunArguments {
  std::string shop, as_of;
  engine::RunOptions options;
};

Status run_run(Session& session, RunArguments arguments) {
  const auto begin = std::chrono::steady_clock::now();
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kWrite));
  if (!arguments.as_of.empty()) {
    COTERIE_ASSIGN_OR_STATUS(arguments.options.as_of,
                             base::parse_instant(arguments.as_of, workspace->calendar()));
  }
  arguments.options.draw_report = [&](const json& record) { return report_html(record, session.language()); };
  COTERIE_ASSIGN_OR_STATUS(auto result, engine::run(*workspace, arguments.options, session.context()));
  const std::filesystem::path report = workspace->folder() / engine::kReportName;
  if (result.was_current)
    COTERIE_RETURN_IF_ERROR(base::write_file_durably(report, report_html(result.record, session.language())));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  result.record["seconds"] = seconds;
  result.record["report"] = report.string();
  result.record["was_current"] = result.was_current;
  if (session.is_json()) {
    result.record.erase("details");
    session.print_json(result.record);
    return {};
  }
  if (result.was_current)
    std::printf("%s\n", std::string(base::text(Message::cli_current, session.language())).c_str());
  print_record(result.record, session.language());
  std::printf("\n%s\n",
              base::format_text(Message::cli_report_at, session.language(), report.string()).c_str());
  return {};
}

}  // namespace

void add_run_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<RunArguments>();
  auto* command = app.add_subcommand(
      "run", "Compute features, segments, predictions and recommendations, and write a report");
  command->add_option("SHOP", arguments->shop, "the workspace folder")->required();
  command->add_option(
      "--as-of", arguments->as_of,
      "what may be known: a local date or time; default: the last local midnight in the data");
  command->add_option("--seed", arguments->options.seed, "of random starts and intervals")
      ->capture_default_str();
  command->add_flag("--force", arguments->options.is_forced, "compute again what is current");
  command->footer(
      "Example:\n  coterie run my.shop\n  coterie run my.shop --as-of 2011-11-09 --memory 2GB --json");
  command->callback([=] { *action = [=](Session& session) { return run_run(session, *arguments); }; });
}

}  // namespace coterie::serve

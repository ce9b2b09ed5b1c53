// coterie report SHOP -o FILE
#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "engine/run_record.h"
#include "serve/cli/session.h"
#include "serve/report/report.h"

namespace coterie::serve {

using base::Message;
using base::Status;

namespace {

struct ReportArguments {
  std::string shop;
  std::string output = "report.html";
};

Status run_report(Session& session, const ReportArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const auto record, engine::latest_record(*workspace));
  std::error_code code;
  if (std::filesystem::is_directory(arguments.output, code))
    return base::failure(base::Code::kInvalidArgument, "{} is a folder; name the file to write",
                         arguments.output);
  const std::string html = report_html(record, session.language());
  COTERIE_RETURN_IF_ERROR(base::write_file_durably(arguments.output, html));
  if (session.is_json())
    session.print_json({{"report", arguments.output},
                        {"language", base::to_string(session.language())},
                        {"as_of", record["as_of"]},
                        {"bytes", html.size()}});
  else
    std::printf("%s\n",
                base::format_text(Message::cli_report_at, session.language(), arguments.output).c_str());
  return {};
}

}  // namespace

void add_report_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<ReportArguments>();
  auto* command = app.add_subcommand("report", "Write the newest run as one HTML file that opens offline");
  command->add_option("SHOP", arguments->shop, "the workspace folder")->required();
  command->add_option("-o,--output", arguments->output, "the file to write")->capture_default_str();
  command->footer("Example:\n  coterie report my.shop -o report.html --lang zh");
  command->callback([=] { *action = [=](Session& session) { return run_report(session, *arguments); }; });
}

}  // namespace coterie::serve

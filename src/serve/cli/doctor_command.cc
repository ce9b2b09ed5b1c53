// coterie doctor SHOP
#include "engine/doctor.h"

#include <cstdio>

#include "serve/cli/session.h"
#include "serve/cli/table.h"

namespace coterie::serve {

using base::Message;
using base::Status;
using nlohmann::json;
using Severity = store::Finding::Severity;

namespace {

json to_json(const std::string& shop, const engine::Diagnosis& diagnosis) {
  const auto& inspection = diagnosis.inspection;
  json findings = json::array();
  for (const auto& finding : inspection.findings)
    findings.push_back({{"severity", finding.severity == Severity::kError ? "error" : "warning"},
                        {"check", finding.check},
                        {"where", finding.where},
                        {"what", finding.what},
                        {"advice", finding.advice}});
  return {{"shop", shop},
          {"sound", inspection.is_sound()},
          {"files", inspection.files},
          {"bytes", inspection.bytes},
          {"events", inspection.events},
          {"models", diagnosis.models},
          {"findings", std::move(findings)}};
}

void print(const engine::Diagnosis& diagnosis, base::Language language) {
  const auto& inspection = diagnosis.inspection;
  int64_t errors = 0;
  for (const auto& finding : inspection.findings) {
    const bool is_error = finding.severity == Severity::kError;
    errors += is_error ? 1 : 0;
    std::printf("%s  %s: %s\n    %s: %s\n",
                words(is_error ? Message::cli_doctor_error : Message::cli_doctor_warning, language).c_str(),
                finding.where.c_str(), finding.what.c_str(),
                words(Message::cli_doctor_advice, language).c_str(), finding.advice.c_str());
  }
  const std::string verdict = errors == 0 ? words(Message::cli_doctor_sound, language)
                                          : base::format_text(Message::cli_doctor_unsound, language, errors);
  std::printf("%s\n",
              base::format_text(Message::cli_doctor_summary, language,
                                grouped(static_cast<int64_t>(inspection.files)),
                                static_cast<double>(inspection.bytes) / 1e6,
                                grouped(static_cast<int64_t>(inspection.events)), diagnosis.models, verdict)
                  .c_str());
}

Status run_doctor(Session& session, const std::string& shop) {
  COTERIE_ASSIGN_OR_STATUS(const auto diagnosis, engine::examine(shop, session.context()));
  if (session.is_json())
    session.print_json(to_json(shop, diagnosis));
  else
    print(diagnosis, session.language());
  session.set_exit_code(diagnosis.inspection.is_sound() ? 0 : 1);
  return {};
}

}  // namespace

void add_doctor_command(CLI::App& app, Action* action) {
  auto shop = std::make_shared<std::string>();
  auto* command =
      app.add_subcommand("doctor", "Whether the shop holds what was put into it; exit code 1 if not");
  command->add_option("SHOP", *shop, "the workspace folder")->required();
  command->footer("Example:\n  coterie doctor my.shop");
  command->callback([=] { *action = [=](Session& session) { return run_doctor(session, *shop); }; });
}

}  // namespace coterie::serve

// coterie quarantine SHOP list|show
#include <cstdio>

#include "collect/cleaning.h"
#include "engine/lookup.h"
#include "serve/cli/session.h"
#include "serve/cli/table.h"

namespace coterie::serve {

using base::Message;
using base::Status;
using nlohmann::json;

namespace {

Status run_list(Session& session, const std::string& shop) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const json summary, engine::quarantine_summary(*workspace, session.context()));
  if (session.is_json()) {
    session.print_json(summary);
    return {};
  }
  const auto language = session.language();
  if (summary["rows"] == 0) {
    std::printf("%s\n", words(Message::cli_quarantine_empty, language).c_str());
    return {};
  }
  Table table({{words(Message::cli_rule, language)},
               {words(Message::cli_rows, language), Table::Align::kRight},
               {words(Message::cli_files, language), Table::Align::kRight},
               {words(Message::cli_meaning, language), Table::Align::kLeft, 80}});
  for (const json& rule : summary["rules"])
    table.add({rule["rule"], grouped(rule["rows"].get<int64_t>()), grouped(rule["sources"].get<int64_t>()),
               std::string(base::text_by_key("cleaning_" + rule["rule"].get<std::string>(), language))});
  table.print();
  return {};
}

Status check_rule(const std::string& rule) {
  std::string known;
  for (const auto& info : collect::cleaning_rules()) {
    if (rule == info.key) return {};
    known += (known.empty() ? "" : ", ") + std::string(info.key);
  }
  return base::failure(base::Code::kNotFound, "no rule '{}'; there are: {}", rule, known);
}

Status run_show(Session& session, const std::string& shop, const engine::QuarantineFilter& filter) {
  if (!filter.rule.empty()) COTERIE_RETURN_IF_ERROR(check_rule(filter.rule));
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const json rows, engine::quarantine_rows(*workspace, filter, session.context()));
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

}  // namespace

void add_quarantine_command(CLI::App& app, Action* action) {
  auto shop = std::make_shared<std::string>();
  auto filter = std::make_shared<engine::QuarantineFilter>();
  auto* command = app.add_subcommand("quarantine", "Rows that were not accepted, with file, line and reason");
  command->add_option("SHOP", *shop, "the workspace folder")->required();
  command->require_subcommand(1);
  auto* list = command->add_subcommand("list", "How many rows each rule holds");
  list->footer("Example:\n  coterie quarantine my.shop list");
  list->callback([=] { *action = [=](Session& session) { return run_list(session, *shop); }; });
  auto* show = command->add_subcommand("show", "The rows themselves");
  show->add_option("--rule", filter->rule, "only rows of this rule");
  show->add_option("--source", filter->source, "only rows of this file");
  show->add_option("--limit", filter->limit, "how many rows")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  show->footer("Example:\n  coterie quarantine my.shop show --rule price --limit 5");
  show->callback([=] { *action = [=](Session& session) { return run_show(session, *shop, *filter); }; });
  command->footer("Example:\n  coterie quarantine my.shop list");
}

}  // namespace coterie::serve

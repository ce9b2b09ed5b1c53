// coterie compact SHOP
#include "store/compact.h"

#include <cstdio>

#include "serve/cli/session.h"
#include "serve/cli/table.h"

namespace coterie::serve {

using base::Message;
using base::Status;
using nlohmann::json;

namespace {

Status run_compact(Session& session, const std::string& shop) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(shop, store::Workspace::Access::kWrite));
  COTERIE_ASSIGN_OR_STATUS(const auto done, store::compact(*workspace, {}, session.context()));
  json tables = json::array();
  const auto language = session.language();
  Table table({{words(Message::cli_table, language)},
               {words(Message::cli_rows, language), Table::Align::kRight},
               {words(Message::cli_files_before, language), Table::Align::kRight},
               {words(Message::cli_files_after, language), Table::Align::kRight},
               {words(Message::cli_mb_before, language), Table::Align::kRight},
               {words(Message::cli_mb_after, language), Table::Align::kRight}});
  for (const auto& kind : done) {
    const std::string name(store::folder_name(kind.kind));
    tables.push_back({{"table", name},
                      {"rows", kind.rows},
                      {"files_before", kind.files_before},
                      {"files_after", kind.files_after},
                      {"bytes_before", kind.bytes_before},
                      {"bytes_after", kind.bytes_after}});
    table.add({name, grouped(static_cast<int64_t>(kind.rows)), std::to_string(kind.files_before),
               std::to_string(kind.files_after),
               fmt::format("{:.1f}", static_cast<double>(kind.bytes_before) / 1e6),
               fmt::format("{:.1f}", static_cast<double>(kind.bytes_after) / 1e6)});
  }
  if (session.is_json())
    session.print_json({{"shop", shop}, {"tables", tables}});
  else if (table.empty())
    std::printf("%s\n", words(Message::cli_compact_nothing, language).c_str());
  else
    table.print();
  return {};
}

}  // namespace

void add_compact_command(CLI::App& app, Action* action) {
  auto shop = std::make_shared<std::string>();
  auto* command = app.add_subcommand("compact", "Few large files for many small ones, sorted by member");
  command->add_option("SHOP", *shop, "the workspace folder")->required();
  command->footer("Example:\n  coterie compact my.shop");
  command->callback([=] { *action = [=](Session& session) { return run_compact(session, *shop); }; });
}

}  // namespace coterie::serve

// coterie changes SHOP [--since DATE|RUN]
#include <cstdio>

#include "engine/changes.h"
#include "engine/run_record.h"
#include "serve/cli/session.h"
#include "serve/cli/table.h"
#include "serve/report/changes_words.h"

namespace coterie::serve {

using base::Message;
using base::Status;
using nlohmann::json;

namespace {

struct ChangesArguments {
  std::string shop, since;
};

void print_line(const std::string& text) { std::printf("%s\n", text.c_str()); }

void print_changes(const json& record, const json& changes, base::Language language) {
  const ChangesWords say(record, changes, language);
  print_line(say.since());
  for (const json& method : changes["segments"]) {
    print_line("");
    print_words(say.flow(method));
    if (const std::string moves = say.largest_moves(method); !moves.empty()) print_line(moves);
  }
  print_line("");
  if (const WordTable drift = say.drift(); drift.rows.empty())
    print_line(words(Message::changes_no_drift, language));
  else
    print_words(drift);
  print_line("");
  for (const std::string& sentence : say.behavior()) print_line(sentence);
  for (const std::string& sentence : say.quality()) print_line(sentence);
}

Status run_changes(Session& session, const ChangesArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const json record, engine::latest_record(*workspace));
  json changes = record.value("changes", json());
  if (!arguments.since.empty()) {
    COTERIE_ASSIGN_OR_STATUS(changes, engine::changes_since(*workspace, arguments.since, session.context()));
  }
  if (session.is_json())
    session.print_json({{"as_of", record["as_of"]}, {"changes", changes}});
  else if (changes.is_null())
    print_line(words(Message::changes_none, session.language()));
  else
    print_changes(record, changes, session.language());
  return {};
}

}  // namespace

void add_changes_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<ChangesArguments>();
  auto* command = app.add_subcommand("changes", "What changed: who moved, what drifted, data quality");
  command->add_option("SHOP", arguments->shop, "the workspace folder")->required();
  command->add_option(
      "--since", arguments->since,
      "a local date, or the number of an earlier run; default: what the newest run compared with");
  command->footer("Example:\n  coterie changes my.shop\n  coterie changes my.shop --since 2025-11-01");
  command->callback([=] { *action = [=](Session& session) { return run_changes(session, *arguments); }; });
}

}  // namespace coterie::serve

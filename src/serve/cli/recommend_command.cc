// coterie recommend SHOP list|show, and coterie show SHOP user U
#include <cstdio>

#include "engine/lookup.h"
#include "engine/run_record.h"
#include "serve/cli/record_tables.h"
#include "serve/cli/session.h"
#include "serve/cli/user_tables.h"

namespace coterie::serve {

using base::Status;
using nlohmann::json;

namespace {

struct RecommendArguments {
  std::string shop, user;
};

Status run_list(Session& session, const RecommendArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const json record, engine::latest_record(*workspace));
  if (session.is_json())
    session.print_json({{"as_of", record["as_of"]}, {"recommend", record["recommend"]}});
  else
    print_recommend(record["recommend"], session.language());
  return {};
}

Status run_show(Session& session, const RecommendArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const json lists,
                           engine::user_recommendations(*workspace, arguments.user, session.context()));
  if (session.is_json())
    session.print_json(lists);
  else
    print_recommendations_of_user(lists, session.language());
  return {};
}

Status run_show_user(Session& session, const RecommendArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kLookUp));
  COTERIE_ASSIGN_OR_STATUS(const json profile,
                           engine::user_profile(*workspace, arguments.user, session.context()));
  if (session.is_json())
    session.print_json(profile);
  else
    print_user(profile, session.language());
  return {};
}

}  // namespace

void add_recommend_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<RecommendArguments>();
  auto* command = app.add_subcommand("recommend", "Products for members, and how good each method is");
  command->add_option("SHOP", arguments->shop, "the workspace folder")->required();
  command->require_subcommand(1);
  auto* list = command->add_subcommand("list", "The methods, judged on later purchases");
  list->footer("Example:\n  coterie recommend my.shop list");
  list->callback([=] { *action = [=](Session& session) { return run_list(session, *arguments); }; });
  auto* show = command->add_subcommand("show", "What is recommended to a member, and why");
  show->add_option("USER", arguments->user, "a member's id")->required();
  show->footer("Example:\n  coterie recommend my.shop show 17850");
  show->callback([=] { *action = [=](Session& session) { return run_show(session, *arguments); }; });
  command->footer("Example:\n  coterie recommend my.shop list");
}

void add_show_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<RecommendArguments>();
  auto* command =
      app.add_subcommand("show", "One member: profile, segments, scores, recommendations and why");
  command->add_option("SHOP", arguments->shop, "the workspace folder")->required();
  command->require_subcommand(1);
  auto* user = command->add_subcommand("user", "A member");
  user->add_option("USER", arguments->user, "the member's id")->required();
  user->footer("Example:\n  coterie show my.shop user 17850");
  user->callback([=] { *action = [=](Session& session) { return run_show_user(session, *arguments); }; });
  command->footer("Example:\n  coterie show my.shop user 17850");
}

}  // namespace coterie::serve

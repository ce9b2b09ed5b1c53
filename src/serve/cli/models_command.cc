// coterie models SHOP list|show|compare|publish|rollback
#include <cstdio>

#include "engine/model_versions.h"
#include "registry/registry.h"
#include "serve/cli/record_tables.h"
#include "serve/cli/session.h"
#include "serve/cli/table.h"
#include "serve/report/report.h"

namespace coterie::serve {

using base::Message;
using base::Status;
using nlohmann::json;

namespace {

struct ModelsArguments {
  std::string shop, name;
  int64_t version = 0, first = 0, second = 0;
};

json to_json(const registry::ModelVersion& version) {
  return {{"name", version.name},
          {"version", version.version},
          {"published", registry::to_string(version.published)}};
}

Status run_list(Session& session, const ModelsArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
  registry::Registry registry(*workspace);
  COTERIE_ASSIGN_OR_STATUS(const auto versions, registry.list());
  const auto language = session.language();
  json models = json::array();
  Table table({{words(Message::cli_model, language)},
               {words(Message::cli_version, language), Table::Align::kRight},
               {words(Message::cli_published, language)},
               {words(Message::cli_live, language)},
               {"AUC", Table::Align::kRight}});
  for (const auto& version : versions) {
    json model = to_json(version);
    COTERIE_ASSIGN_OR_STATUS(const auto live, registry.live(version.name));
    const bool is_live = live && live->version == version.version;
    model["live"] = is_live;
    model["metrics"] = version.evidence.value("metrics", json::object());
    const bool has_auc = model["metrics"].contains("auc");
    table.add({version.name, std::to_string(version.version),
               std::string(base::text_by_key(
                   "published_" + std::string(registry::to_string(version.published)), language)),
               is_live ? words(Message::cli_yes, language) : "",
               has_auc ? fmt::format("{:.3f}", model["metrics"]["auc"]["value"].get<double>()) : "–"});
    models.push_back(std::move(model));
  }
  if (session.is_json())
    session.print_json({{"models", models}});
  else
    table.print();
  return {};
}

Status run_show(Session& session, const ModelsArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(
      const auto version,
      registry::Registry(*workspace)
          .find(arguments.name, arguments.version > 0 ? std::optional(arguments.version) : std::nullopt));
  COTERIE_RETURN_IF_ERROR(registry::verify_files(workspace->folder(), version));
  if (session.is_json()) {
    json answer = to_json(version);
    answer["evidence"] = version.evidence;
    session.print_json(answer);
    return {};
  }
  const auto language = session.language();
  const json& evidence = version.evidence;
  std::printf("%s %lld  %s: %s\n", version.name.c_str(), static_cast<long long>(version.version),
              words(Message::cli_published, language).c_str(),
              std::string(base::text_by_key(
                              "published_" + std::string(registry::to_string(version.published)), language))
                  .c_str());
  if (evidence.contains("new")) print_recommend(evidence, language);
  if (evidence.contains("limits"))
    for (const json& limit : evidence["limits"])
      std::printf("  %s\n", limit[std::string(base::to_string(language))].get<std::string>().c_str());
  if (!evidence.contains("metrics")) return {};
  for (const char* part : {"train", "test"})
    std::printf("  %s: %s, %s %s (%s %s)\n", part,
                evidence["split"][part]["as_of"].get<std::string>().c_str(),
                grouped(evidence["split"][part]["users"].get<int64_t>()).c_str(),
                words(Message::cli_users, language).c_str(), words(Message::cli_positive, language).c_str(),
                grouped(evidence["split"][part]["positive"].get<int64_t>()).c_str());
  Table metrics({{words(Message::cli_metric, language)},
                 {words(Message::cli_value, language), Table::Align::kRight},
                 {"95 %"}});
  for (const auto& [name, value] : evidence["metrics"].items())
    metrics.add({name, short_number(value["value"].get<double>()),
                 fmt::format("{:.3f}–{:.3f}", value["low"].get<double>(), value["high"].get<double>())});
  for (const json& baseline : evidence["baselines"])
    metrics.add({fmt::format("AUC − {}", baseline["name"].get<std::string>()),
                 short_number(baseline["difference"]["value"].get<double>()),
                 fmt::format("{:.3f}–{:.3f}", baseline["difference"]["low"].get<double>(),
                             baseline["difference"]["high"].get<double>())});
  metrics.print();
  Table drivers({{words(Message::cli_feature, language)},
                 {words(Message::cli_effect, language), Table::Align::kRight}});
  for (const json& driver : evidence["drivers"])
    drivers.add({driver["column"], fmt::format("{:+.3f}", driver["coef"].get<double>())});
  drivers.print();
  return {};
}

// What is live now.
Status say_live(Session& session, const base::Result<json>& made) {
  if (!made) return made.error();
  const auto language = session.language();
  if (session.is_json()) {
    session.print_json(*made);
    return {};
  }
  const auto was = (*made)["was"].get<int64_t>();
  std::printf("%s\n", base::format_text(
                          Message::cli_made_live, language, (*made)["model"].get<std::string>(),
                          (*made)["version"].get<int64_t>(),
                          base::text_by_key("published_" + (*made)["published"].get<std::string>(), language),
                          was == 0 ? words(Message::cli_live_baseline, language)
                                   : base::format_text(Message::cli_live_version, language, was))
                          .c_str());
  return {};
}

engine::DrawReport report_of(const Session& session) {
  return [&](const json& record) { return report_html(record, session.language()); };
}

Status run_publish(Session& session, const ModelsArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kWrite));
  return say_live(session, engine::publish_version(*workspace, arguments.name, arguments.version,
                                                   report_of(session), session.context()));
}

Status run_rollback(Session& session, const ModelsArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kWrite));
  return say_live(session,
                  engine::rollback_model(*workspace, arguments.name, report_of(session), session.context()));
}

Status run_compare(Session& session, const ModelsArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const json compared,
                           engine::compare_versions(*workspace, arguments.name, arguments.first,
                                                    arguments.second, session.context()));
  if (session.is_json()) {
    session.print_json(compared);
    return {};
  }
  const auto language = session.language();
  const json& test = compared["test"];
  std::printf("%s\n",
              base::format_text(Message::cli_compared, language, arguments.name,
                                grouped(test["users"].get<int64_t>()), test["as_of"].get<std::string>(),
                                grouped(test["positive"].get<int64_t>()))
                  .c_str());
  Table table(
      {{words(Message::cli_metric, language)},
       {base::format_text(Message::cli_live_version, language, arguments.first), Table::Align::kRight},
       {base::format_text(Message::cli_live_version, language, arguments.second), Table::Align::kRight}});
  for (const auto& [name, metric] : compared["versions"][0]["metrics"].items())
    table.add({name, interval_text(metric), interval_text(compared["versions"][1]["metrics"][name])});
  table.print();
  const std::string difference = interval_text(compared["auc_difference"]);
  const std::string verdict =
      compared["better"].is_null()
          ? base::format_text(Message::cli_no_better, language, arguments.second, arguments.first, difference)
          : base::format_text(Message::cli_better, language, compared["better"].get<int64_t>(),
                              arguments.second, arguments.first, difference);
  std::printf("%s\n", verdict.c_str());
  return {};
}

}  // namespace

void add_models_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<ModelsArguments>();
  auto* command = app.add_subcommand("models", "Trained models and their evidence");
  command->add_option("SHOP", arguments->shop, "the workspace folder")->required();
  command->require_subcommand(1);
  auto* list = command->add_subcommand("list", "All versions");
  list->footer("Example:\n  coterie models my.shop list");
  list->callback([=] { *action = [=](Session& session) { return run_list(session, *arguments); }; });
  auto* show = command->add_subcommand("show", "The evidence of a model");
  show->add_option("MODEL", arguments->name, "its name, e.g. purchase")->required();
  show->add_option("--version", arguments->version, "default: the newest");
  show->footer("Example:\n  coterie models my.shop show purchase");
  show->callback([=] { *action = [=](Session& session) { return run_show(session, *arguments); }; });
  auto* compare = command->add_subcommand("compare", "Judge two versions on the same members");
  compare->add_option("MODEL", arguments->name, "purchase or churn")->required();
  compare->add_option("FIRST", arguments->first, "a version")->required();
  compare->add_option("SECOND", arguments->second, "another")->required();
  compare->footer("Example:\n  coterie models my.shop compare purchase 1 2");
  compare->callback([=] { *action = [=](Session& session) { return run_compare(session, *arguments); }; });
  auto* publish = command->add_subcommand("publish", "Let a version score members, from now on");
  publish->add_option("MODEL", arguments->name, "purchase or churn")->required();
  publish->add_option("--version", arguments->version, "which")->required();
  publish->footer("Example:\n  coterie models my.shop publish purchase --version 1");
  publish->callback([=] { *action = [=](Session& session) { return run_publish(session, *arguments); }; });
  auto* rollback = command->add_subcommand("rollback", "Go back to the version that was live before");
  rollback->add_option("MODEL", arguments->name, "purchase or churn")->required();
  rollback->footer("Example:\n  coterie models my.shop rollback purchase");
  rollback->callback([=] { *action = [=](Session& session) { return run_rollback(session, *arguments); }; });
  command->footer("Example:\n  coterie models my.shop list");
}

}  // namespace coterie::serve

// coterie features SHOP list|describe|show
#include <cstdio>

#include "engine/feature_file.h"
#include "profile/feature_catalog.h"
#include "profile/features.h"
#include "serve/cli/session.h"
#include "serve/cli/table.h"

namespace coterie::serve {

using base::Language;
using base::Message;
using base::Status;
using nlohmann::json;

namespace {

struct FeaturesArguments {
  std::string shop, as_of, user, parquet;
  std::vector<std::string> names;
  size_t limit = 20;
};

json describe_json(const profile::FeatureInfo& feature) {
  const auto both = [](auto describe) {
    return json{{"en", describe(Language::kEnglish)}, {"zh", describe(Language::kChinese)}};
  };
  return {{"name", feature.name},
          {"description", both([&](Language l) { return profile::describe(feature, l); })},
          {"unit", both([&](Language l) { return profile::to_string(feature.unit, l); })},
          {"null_policy", both([&](Language l) { return profile::to_string(feature.null_policy, l); })}};
}

// The catalog, whole or the named features.
Status run_describe(Session& session, const FeaturesArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS([[maybe_unused]] auto workspace,
                           session.open(arguments.shop, store::Workspace::Access::kRead));
  for (const std::string& name : arguments.names)
    if (base::text_by_key("feature_" + name, Language::kEnglish).empty())
      return base::failure(base::Code::kNotFound, "no feature '{}'; `coterie features SHOP list` names them",
                           name);
  const auto language = session.language();
  std::vector<profile::FeatureInfo> catalog(std::begin(profile::kFeatureCatalog),
                                            std::end(profile::kFeatureCatalog));
  catalog.insert(catalog.end(), std::begin(profile::kTasteCatalog), std::end(profile::kTasteCatalog));
  json features = json::array();
  Table table({{words(Message::cli_feature, language)},
               {words(Message::cli_meaning, language), Table::Align::kLeft, 76},
               {words(Message::cli_unit, language)},
               {words(Message::cli_missing, language), Table::Align::kLeft, 50}});
  for (const auto& feature : catalog) {
    if (!arguments.names.empty() &&
        std::find(arguments.names.begin(), arguments.names.end(), feature.name) == arguments.names.end())
      continue;
    features.push_back(describe_json(feature));
    table.add({std::string(feature.name), std::string(profile::describe(feature, language)),
               std::string(profile::to_string(feature.unit, language)),
               std::string(profile::to_string(feature.null_policy, language))});
  }
  if (session.is_json())
    session.print_json({{"features", features}});
  else
    table.print();
  return {};
}

Status run_show(Session& session, const FeaturesArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kLookUp));
  profile::AsOfOptions options;
  if (!arguments.user.empty()) options.user_id = arguments.user;
  COTERIE_ASSIGN_OR_STATUS(auto source, profile::AsOf::open(*workspace, session.context(), options));
  COTERIE_ASSIGN_OR_STATUS(base::Timestamp as_of, source->default_as_of());
  if (!arguments.as_of.empty()) {
    COTERIE_ASSIGN_OR_STATUS(as_of, base::parse_instant(arguments.as_of, workspace->calendar()));
  }
  session.context().progress->begin("features", static_cast<uint64_t>(source->range().events), "events");
  // One member's own events say nothing about which categories the shop has.
  profile::TasteVocabulary tastes;
  auto computed = arguments.user.empty() ? profile::compute_features(*source, as_of, {.fit_tastes = &tastes})
                                         : profile::compute_features_of(*source, as_of, arguments.user);
  if (!computed) return computed.error();
  const auto table = std::move(*computed);
  session.context().progress->end(fmt::format("{} members", table.rows()));
  if (!arguments.parquet.empty()) {
    COTERIE_RETURN_IF_ERROR(
        engine::write_feature_file(*workspace, table, arguments.parquet, session.context()));
    if (session.is_json()) {
      session.print_json({{"as_of", source->calendar().to_string(as_of)},
                          {"file", arguments.parquet},
                          {"users", table.rows()}});
      return {};
    }
    std::printf("%s\n", base::format_text(Message::cli_features_shown, session.language(), table.rows(),
                                          table.rows(), source->calendar().to_string(as_of))
                            .c_str());
    return {};
  }
  json names = json::array();
  for (const auto& column : table.columns) names.push_back(column.name);
  json users = json::array();
  for (size_t row = 0; row < table.rows(); ++row) {
    if (!session.is_json() && users.size() == arguments.limit) break;
    json values = json::array();
    for (const auto& column : table.columns)
      values.push_back(column.is_missing(row) ? json() : json(column.values[row]));
    users.push_back({{"user_id", table.users[row]}, {"values", std::move(values)}});
  }
  if (!arguments.user.empty() && users.empty())
    return base::failure(base::Code::kNotFound, "no such user before {}",
                         source->calendar().to_string(as_of));
  if (session.is_json()) {
    session.print_json(
        {{"as_of", source->calendar().to_string(as_of)}, {"features", names}, {"users", users}});
    return {};
  }
  std::vector<Table::Column> columns = {{words(Message::cli_user, session.language())}};
  for (const char* name : {"recency_days", "frequency", "monetary", "frequency_90d", "gap_mean_days",
                           "basket_items", "order_value", "count_view", "count_cart"})
    columns.push_back({name, Table::Align::kRight});
  Table out(columns);
  for (const json& user : users) {
    std::vector<std::string> cells = {user["user_id"]};
    for (size_t c = 1; c < columns.size(); ++c)
      for (size_t j = 0; j < table.columns.size(); ++j)
        if (table.columns[j].name == columns[c].heading)
          cells.push_back(user["values"][j].is_null() ? "–" : short_number(user["values"][j].get<double>()));
    out.add(std::move(cells));
  }
  out.print();
  std::printf("%s\n", base::format_text(Message::cli_features_shown, session.language(), users.size(),
                                        table.rows(), source->calendar().to_string(as_of))
                          .c_str());
  return {};
}

}  // namespace

void add_features_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<FeaturesArguments>();
  auto* command = app.add_subcommand("features", "What is computed about every member, as of any instant");
  command->add_option("SHOP", arguments->shop, "the workspace folder")->required();
  command->require_subcommand(1);
  auto* list = command->add_subcommand("list", "All features: meaning, unit, when they are missing");
  list->footer("Example:\n  coterie features my.shop list --lang zh");
  list->callback([=] { *action = [=](Session& session) { return run_describe(session, *arguments); }; });
  auto* describe = command->add_subcommand("describe", "Some features");
  describe->add_option("FEATURE", arguments->names, "names")->required();
  describe->footer("Example:\n  coterie features my.shop describe recency_days gap_cv");
  describe->callback([=] { *action = [=](Session& session) { return run_describe(session, *arguments); }; });
  auto* show = command->add_subcommand("show", "Values of members; --json prints all of them");
  show->add_option("--as-of", arguments->as_of,
                   "a local date or time; default: the last local midnight in the data");
  show->add_option("--user", arguments->user, "only this member");
  show->add_option("--parquet", arguments->parquet, "write all of them to this file instead");
  show->add_option("--limit", arguments->limit, "how many members in the table")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  show->footer("Example:\n  coterie features my.shop show --as-of 2011-11-09 --json");
  show->callback([=] { *action = [=](Session& session) { return run_show(session, *arguments); }; });
  command->footer("Example:\n  coterie features my.shop list");
}

}  // namespace coterie::serve

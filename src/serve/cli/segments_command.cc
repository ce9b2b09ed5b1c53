// coterie segments SHOP list|show|cluster, and the parts of divide_command.h and rule_segments_command.h
#include <algorithm>
#include <cstdio>

#include "engine/describe.h"
#include "engine/division_documents.h"
#include "engine/lookup.h"
#include "engine/rule_members.h"
#include "engine/rule_segments.h"
#include "engine/run_record.h"
#include "profile/features.h"
#include "profile/tastes.h"
#include "serve/cli/divide_command.h"
#include "serve/cli/division_tables.h"
#include "serve/cli/record_tables.h"
#include "serve/cli/rule_segments_command.h"
#include "serve/cli/session.h"
#include "serve/cli/table.h"
#include "serve/cli/watch_command.h"
#include "understand/segments/clusters.h"

namespace coterie::serve {

using base::Message;
using base::Status;
using nlohmann::json;

namespace {

constexpr std::string_view kTastes = "tastes";  // as a name in --features: every taste column

struct SegmentsArguments {
  std::shared_ptr<std::string> shop = std::make_shared<std::string>();
  std::string segment, as_of, features, init_users;
  int64_t limit = 20;
  size_t k = 5;
  uint64_t seed = 1;
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == ',')
      out.emplace_back();
    else
      out.back() += c;
  }
  if (out.size() == 1 && out[0].empty()) out.clear();
  return out;
}

// Segments of the newest run and of divisions that are kept, when there is one; those that rules define, always.
Status run_list(Session& session, const SegmentsArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const auto rules, engine::rule_segments(*workspace));
  const auto record = engine::latest_record(*workspace);
  if (!record && rules.empty()) return record.error();
  json out = {{"as_of", record ? (*record)["as_of"] : json()},
              {"segments", record ? (*record)["segments"] : json::array()},
              {"divisions", record ? (*record)["divisions"] : json::array()},
              {"rules", json::array()}};
  for (const auto& segment : rules) {
    COTERIE_ASSIGN_OR_STATUS(json one, engine::to_json(segment, *workspace));
    out["rules"].push_back(std::move(one));
  }
  if (session.is_json()) {
    session.print_json(out);
    return {};
  }
  if (record) print_segments(out["segments"], session.language());
  if (!out["divisions"].empty()) {
    std::printf("\n");
    print_kept_divisions(out["divisions"], session.language());
  }
  if (record && !rules.empty()) std::printf("\n");
  if (!rules.empty()) print_rule_segments(out["rules"], session.language());
  return {};
}

// A segment that a rule defines, with some of its members; nothing when no rule does.
base::Result<std::optional<json>> rule_segment(store::Workspace& workspace,
                                               const SegmentsArguments& arguments, Session& session) {
  const auto segment = engine::find_rule_segment(workspace, arguments.segment);
  if (!segment && segment.error().code() == base::Code::kNotFound) return std::nullopt;
  if (!segment) return tl::unexpected(segment.error());
  COTERIE_ASSIGN(json out, engine::to_json(*segment, workspace));
  COTERIE_ASSIGN(const auto rule, engine::rule_of_segment(workspace, segment->name));
  COTERIE_ASSIGN(const auto members,
                 engine::rule_members(workspace, rule, segment->as_of, session.context()));
  out["user_ids"] = json::array();
  for (const size_t row : members.sample(static_cast<size_t>(arguments.limit)))
    out["user_ids"].push_back(members.all_users()[row]);
  return out;
}

// A division that is kept, by its name; false when there is none.
base::Result<bool> show_division(store::Workspace& workspace, const SegmentsArguments& arguments,
                                 Session& session) {
  COTERIE_ASSIGN(const json divisions, engine::kept_divisions(workspace));
  for (const json& division : divisions) {
    if (division["name"] != arguments.segment) continue;
    if (session.is_json())
      session.print_json(division);
    else
      print_division(division, session.language());
    return true;
  }
  return false;
}

Status run_show(Session& session, const SegmentsArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const bool is_division, show_division(*workspace, arguments, session));
  if (is_division) return {};
  COTERIE_ASSIGN_OR_STATUS(const auto by_rule, rule_segment(*workspace, arguments, session));
  json segment;
  if (by_rule) {
    segment = *by_rule;
  } else {
    COTERIE_ASSIGN_OR_STATUS(
        segment, engine::segment_members(*workspace, arguments.segment, arguments.limit, session.context()));
  }
  if (session.is_json()) {
    session.print_json(segment);
    return {};
  }
  if (by_rule)
    print_rule_segments(json::array({segment}), session.language());
  else if (segment.contains("before"))
    print_kept_divisions(json::array({{{"segments", json::array({segment})}}}), session.language());
  else
    print_segments(json::array({segment}), session.language());
  if (segment.contains("persona")) {
    const std::string language(base::to_string(session.language()));
    std::printf("\n%s\n%s\n", segment["persona"]["name"][language].get<std::string>().c_str(),
                segment["persona"]["text"][language].get<std::string>().c_str());
  }
  if (segment.contains("description")) print_description(segment["description"], session.language());
  std::printf("\n");
  for (const json& user : segment["user_ids"]) std::printf("%s\n", user.get<std::string>().c_str());
  return {};
}

// The textbook exercise: standardise, then k-means, over every member.
Status run_cluster(Session& session, const SegmentsArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, store::Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(auto source, profile::AsOf::open(*workspace, session.context()));
  if (auto has_events = source->default_as_of(); !has_events) return has_events.error();
  // Every event counts unless the person draws a line in time.
  base::Timestamp as_of = source->range().last + 1;
  if (!arguments.as_of.empty()) {
    COTERIE_ASSIGN_OR_STATUS(as_of, base::parse_instant(arguments.as_of, workspace->calendar()));
  }
  auto names = split(arguments.features);
  const auto group = std::find(names.begin(), names.end(), kTastes);
  const bool with_tastes = group != names.end();
  profile::TasteVocabulary tastes;
  COTERIE_ASSIGN_OR_STATUS(
      const auto table,
      profile::compute_features(*source, as_of, {.fit_tastes = with_tastes ? &tastes : nullptr}));
  if (with_tastes) {
    if (tastes.empty())
      return base::failure(base::Code::kFailedPrecondition,
                           "no item that members looked at or bought has a category, so there are no tastes; "
                           "import items with item.category, or name other features");
    const auto columns = tastes.column_names();
    names.insert(names.erase(group), columns.begin(), columns.end());
  }
  if (names.empty())
    return base::failure(base::Code::kInvalidArgument,
                         "--features is empty; `coterie features {} list` names them", *arguments.shop);
  understand::ClusterOptions options;
  options.features.assign(names.begin(), names.end());
  options.n_clusters = arguments.k;
  options.use_log = false;
  options.only_buyers = false;
  options.random_state = arguments.seed;
  options.init_users = split(arguments.init_users);
  COTERIE_ASSIGN_OR_STATUS(const auto clustering,
                           understand::compute_clusters(table, options, session.context()));
  const json clusters = engine::clusters_json(clustering);
  if (session.is_json()) {
    json labels = json::array();
    for (size_t i = 0; i < clustering.rows.size(); ++i)
      labels.push_back({table.users[clustering.rows[i]], clustering.labels[i]});
    session.print_json({{"as_of", source->calendar().to_string(as_of)},
                        {"features", names},
                        {"k", clustering.clusters.size()},
                        {"inertia", clustering.inertia},
                        {"silhouette", clustering.silhouette},
                        {"clusters", clusters},
                        {"labels", std::move(labels)}});
    return {};
  }
  std::vector<Table::Column> columns = {
      {std::string(base::text(Message::cli_segment, session.language()))},
      {std::string(base::text(Message::cli_users, session.language())), Table::Align::kRight}};
  for (const std::string& name : names) columns.push_back({name, Table::Align::kRight});
  Table out(columns);
  for (const json& cluster : clusters) {
    std::vector<std::string> cells = {cluster["name"], grouped(cluster["users"].get<int64_t>())};
    for (const std::string& name : names) cells.push_back(short_number(cluster["typical"].value(name, 0.0)));
    out.add(std::move(cells));
  }
  out.print();
  std::printf("%s\n", base::format_text(Message::cli_cluster_quality, session.language(), clustering.inertia,
                                        clustering.silhouette)
                          .c_str());
  return {};
}

}  // namespace

void add_segments_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<SegmentsArguments>();
  auto* command = app.add_subcommand("segments", "Named groups of members");
  command->add_option("SHOP", *arguments->shop, "the workspace folder")->required();
  command->require_subcommand(1);
  auto* list = command->add_subcommand(
      "list", "Segments of the newest run, of divisions that are kept, and those that rules define");
  list->footer("Example:\n  coterie segments my.shop list");
  list->callback([=] { *action = [=](Session& session) { return run_list(session, *arguments); }; });
  auto* show = command->add_subcommand(
      "show", "A segment: its persona or its rule, and some of its members; or a division that is kept");
  show->add_option("SEGMENT", arguments->segment, "its name, e.g. champions")->required();
  show->add_option("--limit", arguments->limit, "how many members")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  show->footer("Example:\n  coterie segments my.shop show at_risk --limit 100");
  show->callback([=] { *action = [=](Session& session) { return run_show(session, *arguments); }; });
  auto* cluster = command->add_subcommand("cluster", "k-means on standardised features of every member");
  cluster->add_option("--features", arguments->features, "names, with commas; \"tastes\" is every taste")
      ->required();
  cluster->add_option("--k", arguments->k, "clusters")->check(CLI::Range(1, 10'000))->capture_default_str();
  cluster->add_option("--init-users", arguments->init_users, "start from these k members, with commas");
  cluster->add_option("--as-of", arguments->as_of, "a local date or time; default: after the last event");
  cluster->add_option("--seed", arguments->seed, "of the starts")->capture_default_str();
  cluster->footer(
      "Example:\n  coterie segments my.shop cluster --features "
      "count_view,count_favorite,count_cart,count_buy --k 5");
  cluster->callback([=] { *action = [=](Session& session) { return run_cluster(session, *arguments); }; });
  add_divide_part(*command, arguments->shop, action);
  add_rule_segment_parts(*command, arguments->shop, action);
  add_watch_part(*command, arguments->shop, action);
  command->footer(
      "Example:\n  coterie segments my.shop list\n"
      "  coterie segments my.shop create vip 'rfm.r >= 4 and sum(buy.line_amount, 90d) > 500'");
}

}  // namespace coterie::serve

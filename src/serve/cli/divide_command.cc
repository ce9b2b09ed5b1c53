#include "serve/cli/divide_command.h"

#include <algorithm>
#include <cstdio>

#include "engine/divisions.h"
#include "engine/export_table.h"
#include "engine/rule_facts.h"
#include "serve/cli/table.h"
#include "serve/cli/table_output.h"

namespace coterie::serve {

using base::Language;
using base::Message;
using base::Status;
using nlohmann::json;
using store::Workspace;

namespace {

struct DivideArguments {
  std::shared_ptr<std::string> shop;
  engine::DivisionWords words;
  std::string as_of;
  size_t n_clusters = 0, k_max = 8, min_users = 10;
  uint64_t seed = 1;
  TableOutput output;
};

std::string decimal(const json& value, int digits) {
  return fmt::format("{:.{}f}", value.get<double>(), digits);
}

std::string in_language(const json& text, Language language) {
  return in_one_line(text[std::string(base::to_string(language))].get<std::string>());
}

void print_segments(const json& record, Language language) {
  Table table({{words(Message::cli_segment, language)},
               {words(Message::division_called, language), Table::Align::kLeft, 60},
               {words(Message::cli_users, language), Table::Align::kRight},
               {words(Message::cli_share, language), Table::Align::kRight},
               {words(Message::cli_stability, language)}});
  for (const json& segment : record["segments"]) {
    std::string stability = "–";
    if (segment.contains("stability")) {
      stability = decimal(segment["stability"], 2);
      if (!segment["is_stable"].get<bool>())
        stability = base::format_text(Message::cli_unstable, language, stability);
    }
    table.add({segment["name"], in_language(segment["label"], language),
               grouped(segment["users"].get<int64_t>()), percent(segment["share"].get<double>()),
               std::move(stability)});
  }
  table.print();
}

void print_choices(const json& clustering, Language language) {
  Table table({{"k", Table::Align::kRight},
               {words(Message::division_silhouette, language), Table::Align::kRight},
               {words(Message::division_calinski_harabasz, language), Table::Align::kRight},
               {words(Message::division_davies_bouldin, language), Table::Align::kRight},
               {words(Message::division_adjusted_rand, language), Table::Align::kRight},
               {words(Message::division_unstable, language), Table::Align::kRight}});
  for (const json& choice : clustering["choices"])
    table.add({grouped(choice["k"].get<int64_t>()), decimal(choice["silhouette"], 3),
               short_number(choice["calinski_harabasz"].get<double>()), decimal(choice["davies_bouldin"], 2),
               decimal(choice["adjusted_rand"], 2), grouped(choice["n_unstable"].get<int64_t>())});
  table.print();
  if (clustering["choices"].size() < 2) return;
  std::string indices;
  for (const json& index : clustering["for_it"])
    indices += (indices.empty() ? "" : words(Message::persona_list, language)) +
               std::string(base::text_by_key("division_" + index.get<std::string>(), language));
  std::printf("%s\n", base::format_text(Message::division_k_chosen, language,
                                        grouped(clustering["k"].get<int64_t>()), indices)
                          .c_str());
}

std::string read_as(const json& fact, Language language) {
  if (fact["kind"] == "constant") return words(Message::division_constant, language);
  if (fact["kind"] == "category")
    return base::format_text(Message::division_category, language, grouped(fact["values"].get<int64_t>()));
  return words(fact["is_log"].get<bool>() ? Message::division_log : Message::division_number, language);
}

void print_facts(const json& clustering, Language language) {
  Table table({{words(Message::division_fact, language)},
               {words(Message::division_read_as, language)},
               {words(Message::division_missing, language), Table::Align::kRight}});
  for (const json& fact : clustering["facts"])
    table.add({in_one_line(fact["quantity"].get<std::string>()), read_as(fact, language),
               grouped(fact["missing"].get<int64_t>())});
  table.print();
}

void print_accuracy(const json& description, Language language) {
  const bool is_hard = description["is_hard_to_describe"].get<bool>();
  std::printf("%s\n", base::format_text(is_hard ? Message::division_hard : Message::division_described,
                                        language, description["depth"].get<int64_t>(),
                                        percent(description["accuracy"].get<double>()),
                                        percent(description["cross_validated"].get<double>()),
                                        percent(description["largest_share"].get<double>()))
                          .c_str());
}

void print_bins(const json& record, Language language) {
  for (size_t f = 0; f < record["by"].size(); ++f) {
    if (record["bins"]["up_to"][f].empty()) continue;
    std::string ends;
    for (const json& end : record["bins"]["up_to"][f])
      ends += (ends.empty() ? "" : words(Message::persona_list, language)) + short_number(end.get<double>());
    std::printf("%s\n", base::format_text(Message::division_bins, language,
                                          in_one_line(record["by"][f].get<std::string>()),
                                          record["bins"]["up_to"][f].size(), ends)
                            .c_str());
  }
}

void print_division(const json& record, Language language) {
  std::string by;
  for (const json& quantity : record["by"]) by += (by.empty() ? "" : ", ") + quantity.get<std::string>();
  std::printf("%s\n\n", base::format_text(Message::division_of, language, record["segments"].size(),
                                          grouped(record["users"].get<int64_t>()), in_one_line(by),
                                          record["as_of"].get<std::string>().substr(0, 10))
                            .c_str());
  print_segments(record, language);
  for (const json& segment : record["segments"]) {
    std::printf("\n%s: %s\n%s\n", segment["name"].get<std::string>().c_str(),
                in_language(segment["label"], language).c_str(),
                in_language(segment["persona"]["text"], language).c_str());
    if (!segment["description"].is_null() || record.contains("description"))
      print_description(segment["description"], language);
  }
  std::printf("\n");
  if (record.contains("clustering")) {
    print_facts(record["clustering"], language);
    std::printf("\n");
    print_choices(record["clustering"], language);
    std::printf("\n");
  }
  if (record.contains("bins")) print_bins(record, language);
  if (record.contains("description")) print_accuracy(record["description"], language);
  for (const json& limit : record["limits"])
    if (limit["code"] != "hard_to_describe") std::printf("%s\n", in_language(limit, language).c_str());
}

Status run_divide(Session& session, const DivideArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(engine::DivisionRequest request, engine::read_division(arguments.words));
  auto& options = request.options;
  if (arguments.n_clusters > 0) options.n_clusters = arguments.n_clusters;
  options.k_max = arguments.k_max;
  options.min_users = arguments.min_users;
  options.random_state = arguments.seed;
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, Workspace::Access::kRead));
  if (arguments.as_of.empty()) {
    COTERIE_ASSIGN_OR_STATUS(request.as_of, engine::default_rule_instant(*workspace, session.context()));
  } else {
    COTERIE_ASSIGN_OR_STATUS(request.as_of, base::parse_instant(arguments.as_of, workspace->calendar()));
  }
  COTERIE_ASSIGN_OR_STATUS(const auto division,
                           engine::compute_division(*workspace, request, session.context()));
  const bool is_delivered = !arguments.output.format.empty() || !arguments.output.file.empty();
  const bool is_to_file = !arguments.output.file.empty();
  if (is_delivered) {
    COTERIE_ASSIGN_OR_STATUS(const auto format, chosen_format(session, arguments.output));
    COTERIE_ASSIGN_OR_STATUS(
        auto table, engine::ExportTable::of_members(*workspace, division.members, session.context()));
    COTERIE_RETURN_IF_ERROR(deliver(session, *workspace, table.query(),
                                    {*format, engine::CsvUse::kSpreadsheet, "members"}, arguments.output));
  }
  if (is_delivered && (!is_to_file || session.is_json())) return {};
  if (session.is_json())
    session.print_json(division.record);
  else
    print_division(division.record, session.language());
  return {};
}

}  // namespace

void print_description(const json& description, Language language) {
  if (description.is_null()) {
    std::printf("%s\n", words(Message::division_rule_none, language).c_str());
    return;
  }
  std::printf(
      "%s\n%s\n",
      base::format_text(Message::division_rule, language, in_one_line(description["rule"].get<std::string>()))
          .c_str(),
      base::format_text(Message::division_rule_quality, language,
                        percent(description["recall"].get<double>()),
                        percent(description["precision"].get<double>()))
          .c_str());
}

void add_divide_part(CLI::App& command, std::shared_ptr<std::string> shop, Action* action) {
  auto arguments = std::make_shared<DivideArguments>();
  arguments->shop = std::move(shop);
  auto* divide = command.add_subcommand(
      "divide", "Divide members by facts: groups of like members, every combination, or shares of a total");
  divide->add_option("--by", arguments->words.by,
                     "quantities of rules, with commas (docs/methods/segmentations.md); rfm has its own");
  const auto names = [](std::span<const std::string_view> all) {
    return std::vector<std::string>(all.begin(), all.end());
  };
  divide->add_option("--method", arguments->words.method, "k_means, cross, abc or rfm")
      ->check(CLI::IsMember(names(understand::division_methods())))
      ->capture_default_str();
  divide->add_option("--categories", arguments->words.categories,
                     "of --by, numbers that are codes and no amounts");
  divide->add_option("--n-clusters", arguments->n_clusters, "groups of k_means; default: those recommended")
      ->check(CLI::Range(2, 10'000));
  divide->add_option("--k-max", arguments->k_max, "most groups that are tried")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  divide->add_option("--outliers", arguments->words.outliers, "keep, flag, or trim: a segment of their own")
      ->check(CLI::IsMember(names(understand::outlier_choices())))
      ->capture_default_str();
  divide->add_option("--min-users", arguments->min_users, "smaller combinations are put together")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  divide->add_option("--bins", arguments->words.bins, "of rfm: quantile, k_means, or fixed by --borders")
      ->check(CLI::IsMember(names(understand::bin_methods())))
      ->capture_default_str();
  divide->add_option("--borders", arguments->words.borders,
                     "of fixed bins: four rising numbers for each fact, as \"30,90,180,365; 2,3,5,10\"");
  divide->add_option("--as-of", arguments->as_of, "a local date or time; default: that of the newest run");
  divide->add_option("--seed", arguments->seed, "of the starts")->capture_default_str();
  add_output_options(*divide, &arguments->output, {"csv", "json", "jsonl", "xlsx", "parquet"});
  divide->footer(
      "Example:\n  coterie segments my.shop divide --by 'feature.recency_days, feature.monetary, "
      "trait.city'\n"
      "  coterie segments my.shop divide --method cross --by 'trait.gender, trait.age' --out members.csv\n"
      "  coterie segments my.shop divide --method abc --by 'sum(buy.line_amount, 365d)'\n"
      "  coterie segments my.shop divide --method rfm --bins k_means");
  divide->callback([=] { *action = [=](Session& session) { return run_divide(session, *arguments); }; });
}

}  // namespace coterie::serve

#include "serve/cli/divide_command.h"

#include <algorithm>
#include <cstdio>

#include "engine/divisions.h"
#include "engine/export_table.h"
#include "engine/kept_divisions.h"
#include "engine/rule_facts.h"
#include "serve/cli/division_tables.h"
#include "serve/cli/table_output.h"
#include "serve/report/report.h"

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
  std::string preset, as_of, name;
  size_t n_clusters = 0;
  bool is_kept = false;
  TableOutput output;
};

// A preset says by what, how and where the borders are; the rest is as a person says.
base::Result<engine::DivisionWords> words_of(const DivideArguments& arguments, Workspace& workspace,
                                             Session& session) {
  engine::DivisionWords out = arguments.words;
  if (arguments.n_clusters > 0) out.n_clusters = arguments.n_clusters;
  if (arguments.preset.empty()) return out;
  COTERIE_ASSIGN(auto preset, engine::division_preset(workspace, arguments.preset, session.context()));
  out.by = std::move(preset.by);
  out.method = std::move(preset.method);
  out.borders = std::move(preset.borders);
  return out;
}

Status run_keep(Session& session, const DivideArguments& arguments) {
  if (!arguments.as_of.empty() || !arguments.output.format.empty() || !arguments.output.file.empty())
    return base::failure(base::Code::kInvalidArgument,
                         "--save keeps the division as of the newest run, without a file; leave out --as-of, "
                         "--format and --out (`coterie segments SHOP export NAME_1` writes a segment)");
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, Workspace::Access::kWrite));
  COTERIE_ASSIGN_OR_STATUS(auto words, words_of(arguments, *workspace, session));
  const engine::NewDivision division{arguments.name, std::move(words), arguments.output.has_force};
  const auto draw = [&](const json& record) { return report_html(record, session.language()); };
  COTERIE_ASSIGN_OR_STATUS(const json record,
                           engine::keep_division(*workspace, division, draw, session.context()));
  if (session.is_json()) {
    session.print_json(record);
    return {};
  }
  print_division(record, session.language());
  std::printf("%s\n", base::format_text(Message::division_kept, session.language(), arguments.name,
                                        record["segments"][0]["name"].get<std::string>())
                          .c_str());
  return {};
}

Status run_divide(Session& session, const DivideArguments& arguments) {
  if (arguments.is_kept) return run_keep(session, arguments);
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const auto words, words_of(arguments, *workspace, session));
  COTERIE_ASSIGN_OR_STATUS(engine::DivisionRequest request, engine::read_division(words));
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

void add_divide_part(CLI::App& command, std::shared_ptr<std::string> shop, Action* action) {
  auto arguments = std::make_shared<DivideArguments>();
  arguments->shop = std::move(shop);
  auto* divide = command.add_subcommand(
      "divide", "Divide members by facts: groups of like members, every combination, or shares of a total");
  const auto names = [](std::span<const std::string_view> all) {
    return std::vector<std::string>(all.begin(), all.end());
  };
  auto* by =
      divide->add_option("--by", arguments->words.by,
                         "quantities of rules, with commas (docs/methods/segmentations.md); rfm has its own");
  auto* method = divide->add_option("--method", arguments->words.method, "k_means, cross, abc or rfm")
                     ->check(CLI::IsMember(names(understand::division_methods())))
                     ->capture_default_str();
  divide->add_option("--categories", arguments->words.categories,
                     "of --by, numbers that are codes and no amounts");
  divide->add_option("--n-clusters", arguments->n_clusters, "groups of k_means; default: those recommended")
      ->check(CLI::Range(2, 10'000));
  divide->add_option("--k-max", arguments->words.k_max, "most groups that are tried")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  divide->add_option("--outliers", arguments->words.outliers, "keep, flag, or trim: a segment of their own")
      ->check(CLI::IsMember(names(understand::outlier_choices())))
      ->capture_default_str();
  divide->add_option("--min-users", arguments->words.min_users, "smaller combinations are put together")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  divide->add_option("--bins", arguments->words.bins, "of rfm: quantile, k_means, or fixed by --borders")
      ->check(CLI::IsMember(names(understand::bin_methods())))
      ->capture_default_str();
  auto* borders = divide->add_option(
      "--borders", arguments->words.borders,
      "of cross and of fixed bins: rising numbers for each fact, as \"30,90,180,365; 2,3,5,10\"");
  divide
      ->add_option("--preset", arguments->preset,
                   "instead of these: habits, channels, price_sensitivity, social")
      ->check(CLI::IsMember(names(engine::division_presets())))
      ->excludes(by)
      ->excludes(method)
      ->excludes(borders);
  divide->add_option("--as-of", arguments->as_of, "a local date or time; default: that of the newest run");
  divide->add_option("--seed", arguments->words.seed, "of the starts")->capture_default_str();
  divide
      ->add_option("--save", arguments->name,
                   "keep it under this name: every run computes it anew, rules may ask for segment.NAME")
      ->each([=](const std::string&) { arguments->is_kept = true; });
  add_output_options(*divide, &arguments->output, {"csv", "json", "jsonl", "xlsx", "parquet"});
  divide->get_option("--force")->description(
      "replace the file, or the division of that name, when it exists");
  divide->footer(
      "Example:\n  coterie segments my.shop divide --by 'feature.recency_days, feature.monetary, "
      "trait.city'\n"
      "  coterie segments my.shop divide --method cross --by 'trait.gender, trait.age' --out members.csv\n"
      "  coterie segments my.shop divide --method abc --by 'sum(buy.line_amount, 365d)'\n"
      "  coterie segments my.shop divide --method rfm --bins k_means\n"
      "  coterie segments my.shop divide --preset price_sensitivity --save price");
  divide->callback([=] { *action = [=](Session& session) { return run_divide(session, *arguments); }; });
}

}  // namespace coterie::serve

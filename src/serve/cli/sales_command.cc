// coterie sales SHOP [--as-of DATE] [--by day|week|month]
#include <cstdio>

#include "engine/sales.h"
#include "serve/cli/session.h"
#include "serve/cli/table.h"
#include "serve/report/sales_words.h"

namespace coterie::serve {

using base::Message;
using base::Status;
using nlohmann::json;

namespace {

constexpr size_t kMostPeriods = 26;
constexpr size_t kMostCohorts = 13;

struct SalesArguments {
  std::string shop, as_of, by = "week";
};

void print_lines(const std::vector<std::string>& lines) {
  for (const std::string& line : lines)
    if (!line.empty()) std::printf("%s\n", line.c_str());
}

// A table with what is said below it, after an empty line; nothing when it has no rows.
void print_table(const WordTable& words, const std::vector<std::string>& below = {}) {
  if (words.rows.empty()) return;
  std::printf("\n");
  print_words(words);
  print_lines(below);
}

void print_sales(const json& sales, base::Language language) {
  const SalesWords say(sales, language);
  print_lines({say.until()});
  print_table(say.periods(kMostPeriods), {say.periods_shown(kMostPeriods)});
  print_table(say.weekdays());
  if (const auto shifts = say.shifts(); !shifts.empty()) {
    std::printf("\n");
    print_lines(shifts);
  }
  print_table(say.cohorts(kMostCohorts), {words(Message::sales_cohort_text, language)});
  print_table(say.second_purchase_shares(), {say.second_purchase()});
  print_table(say.gap_histogram(), {say.gaps()});
  print_table(say.abc(), say.gini());
  print_table(say.funnel());
  if (const auto limits = say.limits(); !limits.empty()) {
    std::printf("\n");
    print_lines(limits);
  }
}

profile::Period period_of(const std::string& by) {
  return by == "day"    ? profile::Period::kDay
         : by == "week" ? profile::Period::kWeek
                        : profile::Period::kMonth;
}

Status run_sales(Session& session, const SalesArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(arguments.shop, store::Workspace::Access::kRead));
  engine::SalesRequest request;
  request.by = period_of(arguments.by);
  if (!arguments.as_of.empty()) {
    COTERIE_ASSIGN_OR_STATUS(request.as_of, base::parse_instant(arguments.as_of, workspace->calendar()));
  }
  COTERIE_ASSIGN_OR_STATUS(const json sales, engine::sales_of(*workspace, request, session.context()));
  if (session.is_json())
    session.print_json(sales);
  else
    print_sales(sales, session.language());
  return {};
}

}  // namespace

void add_sales_command(CLI::App& app, Action* action) {
  auto arguments = std::make_shared<SalesArguments>();
  auto* command =
      app.add_subcommand("sales", "Sales over time, cohorts, second purchases, ABC, the way to a purchase");
  command->add_option("SHOP", arguments->shop, "the workspace folder")->required();
  command->add_option(
      "--as-of", arguments->as_of,
      "a local date: only events before it count; default: the last midnight not after the last event");
  command->add_option("--by", arguments->by, "day, week or month")
      ->check(CLI::IsMember({"day", "week", "month"}))
      ->capture_default_str();
  command->footer("Example:\n  coterie sales my.shop\n  coterie sales my.shop --by month --as-of 2011-11-01");
  command->callback([=] { *action = [=](Session& session) { return run_sales(session, *arguments); }; });
}

}  // namespace coterie::serve

// How clean the data came in: every received row is accepted, a repeat, or in quarantine under a rule.
#include <algorithm>

#include "serve/report/names.h"
#include "serve/report/page.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

constexpr std::string_view kVerdicts[] = {"accepted", "duplicate", "quarantined"};

double rows(const json& counts, std::string_view key) { return number_or(field(counts, key), 0); }

// "999,637 received = 997,752 accepted + 719 duplicate + 1,166 quarantined", and whether that holds.
void equation(const Page& page, const json& quality) {
  const Format& f = page.format;
  const double received = rows(quality, "received");
  double sum = 0;
  for (const auto verdict : kVerdicts) sum += rows(quality, verdict);
  page.html.leaf(
      "p",
      page.say(Message::report_quality_equation, f.count(received), f.count(rows(quality, "accepted")),
               f.count(rows(quality, "duplicate")), f.count(rows(quality, "quarantined"))),
      {{"class", "equation"}});
  page.paragraph(page.say(sum == received ? Message::report_quality_holds : Message::report_quality_broken));
}

void by_rule(const Page& page, const json& quality) {
  const json& rules = field(quality, "quarantined_by_rule");
  if (!rules.is_object() || rules.empty())
    return page.paragraph(page.say(Message::report_quality_no_quarantine));
  std::vector<std::pair<std::string, double>> sorted;
  for (const auto& [rule, count] : rules.items()) sorted.emplace_back(rule, number_or(count, 0));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  HtmlTable table(page.html, page.say(Message::report_quality_by_rule),
                  {{page.say(Message::cli_rule)},
                   {page.say(Message::cli_meaning), HtmlTable::Kind::kText},
                   {page.say(Message::cli_rows), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_share_of_received), HtmlTable::Kind::kNumber}});
  const double received = rows(quality, "received");
  for (const auto& [rule, count] : sorted)
    table.row({rule, rule_meaning(page, rule), page.format.count(count),
               received > 0 ? page.format.percent(count / received, 2) : "–"});
}

void by_import(const Page& page, const json& quality) {
  const json& imports = field(quality, "imports");
  if (!imports.is_array() || imports.empty()) return;
  HtmlTable table(page.html, page.say(Message::report_quality_by_import),
                  {{page.say(Message::report_source)},
                   {page.say(Message::cli_preset)},
                   {page.say(Message::report_received_at)},
                   {page.say(Message::cli_received), HtmlTable::Kind::kNumber},
                   {page.say(Message::cli_accepted), HtmlTable::Kind::kNumber},
                   {page.say(Message::cli_duplicate), HtmlTable::Kind::kNumber},
                   {page.say(Message::cli_quarantined), HtmlTable::Kind::kNumber}});
  for (const json& import : imports) {
    const std::string received_at = text_of(field(import, "received_at"));
    std::vector<HtmlTable::Cell> cells = {text_of(field(import, "source")),
                                          text_of(field(import, "preset")),
                                          {page.format.date(received_at), received_at}};
    cells.push_back(page.format.count(rows(import, "received")));
    for (const auto verdict : kVerdicts) cells.push_back(page.format.count(rows(import, verdict)));
    table.row(cells);
  }
}

}  // namespace

void quality_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "quality"}});
  page.heading("h2", Message::report_quality);
  const json& quality = field(page.record, {"details", "quality"});
  if (rows(quality, "received") == 0) return page.paragraph(page.say(Message::report_quality_none));
  equation(page, quality);
  by_rule(page, quality);
  by_import(page, quality);
}

}  // namespace coterie::serve

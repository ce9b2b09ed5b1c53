// Divisions that are kept: members divided by facts that somebody of the shop chose.
#include <fmt/format.h>

#include <algorithm>

#include "serve/report/names.h"
#include "serve/report/page.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

std::string in_words(const Page& page, const json& text) {
  return text_of(field(text, base::to_string(page.language)));
}

std::string facts(const Page& page, const json& division) {
  std::string out;
  const json& words = field(division, "by_words");
  if (!words.is_array()) return out;
  for (const json& fact : words)
    out.append(out.empty() ? "" : page.list_comma()).append(in_words(page, fact));
  return out;
}

std::string members_before(const Page& page, const json& segment) {
  const auto before = number(field(segment, "before"));
  return before ? page.format.count(*before) : page.say(Message::division_new);
}

void segment_row(const Page& page, HtmlTable& table, const json& segment, double widest, bool has_stability) {
  const double share = number_or(field(segment, "share"), 0);
  const auto row = table.open_row();
  {
    const auto head = page.html.element("th", {{"scope", "row"}});
    page.html.text(in_words(page, field(segment, "label")));
    page.html.leaf("small", text_of(field(segment, "name")));
  }
  table.cell(1, page.format.count(number_or(field(segment, "users"), 0)));
  table.cell(2, members_before(page, segment));
  table.bar_cell({page.format.percent(share), fmt::format("{}", share)},
                 widest > 0 ? 60 * share / widest : 0);
  if (has_stability) table.cell(4, stability_text(page, segment));
}

void segments_table(const Page& page, const json& division) {
  const auto method = text_of(field(division, "method"));
  const bool has_stability = method == "k_means";
  const json& segments = field(division, "segments");
  double widest = 0;
  for (const json& segment : segments) widest = std::max(widest, number_or(field(segment, "share"), 0));
  std::vector<HtmlTable::Column> columns = {
      {page.say(Message::cli_segment)},
      {page.say(Message::report_members), HtmlTable::Kind::kNumber},
      {page.say(Message::report_division_before), HtmlTable::Kind::kNumber},
      {page.say(Message::cli_share)}};
  if (has_stability) columns.push_back({page.say(Message::cli_stability), HtmlTable::Kind::kNumber});
  HtmlTable table(page.html,
                  page.say(Message::report_division_by, text_of(field(division, "name")),
                           page.say_key("division_method_" + method), facts(page, division),
                           text_of(field(division, "as_of")).substr(0, 10)),
                  columns);
  for (const json& segment : segments) segment_row(page, table, segment, widest, has_stability);
}

// What each segment is, for who wants to write it.
void rules_list(const Page& page, const json& segments) {
  const auto details = page.html.element("details");
  page.html.leaf("summary", page.say(Message::report_division_rules));
  const auto list = page.html.element("dl");
  for (const json& segment : segments) {
    const std::string rule = text_of(field(segment, {"description", "rule"}));
    if (rule.empty()) continue;
    page.html.leaf("dt", in_words(page, field(segment, "label")));
    const auto meaning = page.html.element("dd");
    page.html.leaf("code", rule);
  }
}

void division_part(const Page& page, const json& division) {
  page.html.leaf("h3", text_of(field(division, "name")));
  const json& segments = field(division, "segments");
  if (!segments.is_array()) return;
  segments_table(page, division);
  const json& limits = field(division, "limits");
  if (limits.is_array())
    for (const json& limit : limits) page.note(limit_text(page, limit));
  rules_list(page, segments);
}

}  // namespace

void divisions_section(const Page& page) {
  const json& divisions = field(page.record, "divisions");
  if (!divisions.is_array() || divisions.empty()) return;
  const auto section = page.html.element("section", {{"id", "divisions"}});
  page.heading("h2", Message::report_divisions);
  page.paragraph(page.say(Message::report_divisions_text));
  for (const json& division : divisions) division_part(page, division);
}

}  // namespace coterie::serve

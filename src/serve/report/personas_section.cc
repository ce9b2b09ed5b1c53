// Personas: every segment in facts, and how far its members are from everybody.
#include <algorithm>
#include <vector>

#include "serve/report/names.h"
#include "serve/report/page.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

constexpr size_t kMostDifferences = 6;

void differences_table(const Page& page, const std::string& name, const json& differences) {
  const auto details = page.html.element("details");
  page.html.leaf("summary", page.say(Message::report_personas_apart));
  HtmlTable table(page.html, page.say(Message::report_personas_table, name),
                  {{page.say(Message::cli_feature)},
                   {page.say(Message::report_personas_theirs), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_personas_everybody), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_personas_difference), HtmlTable::Kind::kNumber}});
  for (size_t i = 0; i < std::min(differences.size(), kMostDifferences); ++i) {
    const json& entry = differences[i];
    const std::string feature = text_of(field(entry, "feature"));
    const auto typical = [&](std::string_view whose) {
      const auto median = number(field(entry, {whose, "median"}));
      return median ? feature_value(page, feature, *median) : "–";
    };
    table.row({feature_name(page, feature), typical("segment"), typical("everybody"),
               page.format.measured_difference(
                   {number_or(field(entry, "difference"), 0), number_or(field(entry, "low"), 0),
                    number_or(field(entry, "high"), 0)},
                   2)});
  }
}

// The rule of the tree that describes its method's segments.
void rule_details(const Page& page, const json& description) {
  const auto details = page.html.element("details");
  page.html.leaf("summary", page.say(Message::report_personas_rule));
  page.html.leaf("code", text_of(field(description, "rule")));
  page.note(page.say(Message::division_rule_quality,
                     page.format.percent(number_or(field(description, "recall"), 0)),
                     page.format.percent(number_or(field(description, "precision"), 0))));
}

void persona_card(const Page& page, const json& segment) {
  const json& persona = field(segment, "persona");
  const char* language = page.language == base::Language::kChinese ? "zh" : "en";
  const auto article = page.html.element("article", {{"class", "persona"}});
  const std::string name = text_of(field(persona, {"name", language}));
  page.html.leaf("h3", name);
  if (field(segment, "is_stable") == false)
    page.note(fmt::format("{}: {}", page.say(Message::cli_stability), stability_text(page, segment)));
  page.paragraph(text_of(field(persona, {"text", language})));
  const json& differences = field(persona, "differences");
  if (differences.is_array() && !differences.empty()) differences_table(page, name, differences);
  if (const json& description = field(segment, "description"); description.is_object())
    rule_details(page, description);
}

}  // namespace

void personas_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "personas"}});
  page.heading("h2", Message::report_personas);
  std::vector<const json*> segments;
  const json& all = field(page.record, "segments");
  if (all.is_array())
    for (const json& segment : all)
      if (field(segment, "persona").is_object()) segments.push_back(&segment);
  if (segments.empty()) return page.paragraph(page.say(Message::report_personas_none));
  page.paragraph(page.say(Message::report_personas_text));
  for (const json* segment : segments) persona_card(page, *segment);
}

}  // namespace coterie::serve

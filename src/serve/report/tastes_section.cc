// Taste segments: members who care about the same categories.
#include <fmt/format.h>

#include "serve/report/names.h"
#include "serve/report/page.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

constexpr std::string_view kPrefix = "taste:";  // of the features (profile/tastes.h)
constexpr size_t kMostCategories = 3;

std::string category_name(const Page& page, const std::string& feature) {
  const std::string category = feature.starts_with(kPrefix) ? feature.substr(kPrefix.size()) : feature;
  return category == "other" ? page.say(Message::taste_other) : category;
}

// "Tea 31% (median)": the shares of interest of what the segment wants more than everybody.
std::string favourites(const Page& page, const json& segment) {
  std::string out;
  size_t named = 0;
  const json& differences = field(segment, "differences");
  if (!differences.is_array()) return "–";
  for (const json& entry : differences) {
    const std::string feature = text_of(field(entry, "feature"));
    if (number_or(field(entry, "difference"), 0) <= 0 || named == kMostCategories) continue;
    if (named++ > 0) out += page.list_comma();
    out += category_name(page, feature);
    if (const auto share = number(field(segment, {"typical", feature})))
      out += fmt::format(" {}", page.format.percent(*share, 0));
  }
  return out.empty() ? "–" : out;
}

}  // namespace

void tastes_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "tastes"}});
  page.heading("h2", Message::report_tastes);
  const auto segments = segments_of(page.record, "tastes");
  if (segments.empty()) {
    const json& limits = field(page.record, {"details", "tastes", "limits"});
    return page.paragraph(limits.is_array() && !limits.empty() ? limit_text(page, limits[0])
                                                               : page.say(Message::report_tastes_none));
  }
  page.paragraph(page.say(Message::report_tastes_text));
  HtmlTable table(page.html, page.say(Message::report_tastes_table),
                  {{page.say(Message::cli_segment)},
                   {page.say(Message::report_members), HtmlTable::Kind::kNumber},
                   {page.say(Message::cli_share), HtmlTable::Kind::kNumber},
                   {page.say(Message::cli_stability), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_tastes_favourites), HtmlTable::Kind::kText}});
  for (const json* segment : segments)
    table.row({segment_label(page, *segment), page.format.count(number_or(field(*segment, "users"), 0)),
               page.format.percent(number_or(field(*segment, "share"), 0)), stability_text(page, *segment),
               favourites(page, *segment)});
  page.note(stability_note(page));
  if (const std::string note = description_note(page, "tastes"); !note.empty()) page.note(note);
}

}  // namespace coterie::serve

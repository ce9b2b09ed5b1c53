// RFM: the 5×5 map of recency and value, and what is typical of each named segment.
#include <fmt/format.h>

#include <algorithm>

#include "serve/report/names.h"
#include "serve/report/page.h"
#include "serve/report/segment_table.h"
#include "understand/segments/rfm.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

constexpr int kScores = 5;

double cell(const json& grid, int recency, int value) {
  if (!grid.is_array() || grid.size() < static_cast<size_t>(recency)) return 0;
  const json& row = grid[static_cast<size_t>(recency - 1)];
  if (!row.is_array() || row.size() < static_cast<size_t>(value)) return 0;
  return number_or(row[static_cast<size_t>(value - 1)], 0);
}

double fullest(const json& grid) {
  double most = 0;
  for (int recency = 1; recency <= kScores; ++recency)
    for (int value = 1; value <= kScores; ++value) most = std::max(most, cell(grid, recency, value));
  return most;
}

// A score's heading: the ends say which end they are.
void score_heading(const Page& page, int score, std::string_view scope, Message low, Message high) {
  const auto head = page.html.element("th", {{"scope", std::string(scope)}});
  page.html.text(std::to_string(score));
  if (score == 1 || score == kScores) page.html.leaf("small", page.say(score == 1 ? low : high));
}

// A table, not a drawing: it wraps on a phone, and a screen reader walks it.
void heat_map(const Page& page, const json& grid) {
  HtmlWriter& html = page.html;
  const double most = fullest(grid);
  const auto box = html.element("div", {{"class", "table-box"}});
  const auto table = html.element("table", {{"class", "heat"}});
  {
    const auto caption = html.element("caption");
    html.leaf("span", page.say(Message::report_rfm_map_caption));
  }
  {
    const auto head = html.element("thead");
    const auto row = html.element("tr");
    html.leaf("th", page.say(Message::report_rfm_corner), {{"scope", "col"}, {"class", "corner"}});
    for (int value = 1; value <= kScores; ++value)
      score_heading(page, value, "col", Message::report_value_low, Message::report_value_high);
  }
  const auto body = html.element("tbody");
  for (int recency = kScores; recency >= 1; --recency) {
    const auto row = html.element("tr");
    score_heading(page, recency, "row", Message::report_recency_low, Message::report_recency_high);
    for (int value = 1; value <= kScores; ++value) {
      const double members = cell(grid, recency, value);
      const int shade = members > 0 ? 1 + static_cast<int>((kShades - 1) * members / most) : 0;
      const auto td = html.element("td", {{"class", fmt::format("heat-{}", shade)}});
      html.leaf("b", page.format.count(members));
      html.leaf("small", segment_name(page, understand::rfm_segment(static_cast<uint8_t>(recency),
                                                                    static_cast<uint8_t>(value))));
    }
  }
}

}  // namespace

void segments_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "segments"}});
  page.heading("h2", Message::report_segments);
  const auto segments = segments_of(page.record, "rfm");
  const json& grid = field(page.record, {"details", "rfm_grid"});
  if (segments.empty()) return page.paragraph(page.say(Message::report_segments_none));
  page.paragraph(page.say(Message::report_rfm_text));
  if (fullest(grid) > 0) {
    heat_map(page, grid);
    page.note(page.say(Message::report_rfm_ties));
  }
  segment_table(page, page.say(Message::report_rfm_table), segments);
  page.note(page.say(Message::report_typical_note));
  if (const std::string note = description_note(page, "rfm"); !note.empty()) page.note(note);
}

}  // namespace coterie::serve

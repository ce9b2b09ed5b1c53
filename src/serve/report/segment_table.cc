#include "serve/report/segment_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "serve/report/names.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

void segment_row(const Page& page, HtmlTable& table, const json& segment, double widest) {
  HtmlWriter& html = page.html;
  const double share = number_or(field(segment, "share"), 0);
  const std::string name = text_of(field(segment, "name"));
  const auto row = table.open_row();
  {
    const auto head = html.element("th", {{"scope", "row"}});
    html.text(segment_label(page, segment));
    if (const std::string hint = page.say_key("report_hint_" + name); !hint.empty()) html.leaf("small", hint);
  }
  table.cell(1, page.format.count(number_or(field(segment, "users"), 0)));
  table.bar_cell({page.format.percent(share), fmt::format("{}", share)},
                 widest > 0 ? 60 * share / widest : 0);
  size_t column = 3;
  for (const std::string_view feature : {"recency_days", "frequency", "monetary"}) {
    const auto value = number(field(segment, {"typical", feature}));
    table.cell(column++, value ? feature_value(page, feature, *value) : "–");
  }
}

}  // namespace

void segment_table(const Page& page, const std::string& title, const std::vector<const json*>& segments) {
  double widest = 0;
  for (const json* segment : segments) widest = std::max(widest, number_or(field(*segment, "share"), 0));
  HtmlTable table(page.html, title,
                  {{page.say(Message::cli_segment)},
                   {page.say(Message::report_members), HtmlTable::Kind::kNumber},
                   {page.say(Message::cli_share)},
                   {page.say(Message::name_recency_days), HtmlTable::Kind::kNumber},
                   {page.say(Message::name_frequency), HtmlTable::Kind::kNumber},
                   {page.say(Message::name_monetary), HtmlTable::Kind::kNumber}});
  for (const json* segment : segments) segment_row(page, table, *segment, widest);
}

}  // namespace coterie::serve

#include "serve/report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace coterie::serve {

namespace {

constexpr std::string_view kInline[] = {"bdi", "b", "a", "span"};
constexpr std::string_view kMinusSign = "\xE2\x88\x92";    // U+2212, as Format writes it
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// The caption tells a screen reader what the box is that one can scroll with the keyboard.
Attributes box_attributes(std::string_view caption) {
  return {{"class", "table-box"}, {"role", "group"}, {"tabindex", "0"}, {"aria-label", std::string(caption)}};
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      case '\t':
      case '\n': out += c; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
          out += kReplacement;
        else
          out += c;
    }
  }
  return out;
}

std::string number_in(std::string_view text) {
  const size_t first = text.find_first_of("0123456789");
  if (first == std::string_view::npos) return "";
  const std::string_view before = text.substr(0, first);
  const bool is_negative = before.find(kMinusSign) != std::string_view::npos || before.ends_with('-');
  std::string out = is_negative ? "-" : "";
  for (size_t at = first; at < text.size(); ++at) {
    const char c = text[at];
    const bool goes_on = at + 1 < text.size() && text[at + 1] >= '0' && text[at + 1] <= '9';
    if ((c >= '0' && c <= '9') || (c == '.' && goes_on))
      out += c;
    else if (c != ',' || !goes_on)
      break;
  }
  return out;
}

void HtmlWriter::open(std::string_view tag, const Attributes& attributes) {
  out_ += '<';
  out_ += tag;
  for (const auto& [name, value] : attributes) {
    out_ += ' ';
    out_ += name;
    out_ += "=\"";
    out_ += escape_html(value);
    out_ += '"';
  }
}

void HtmlWriter::close(std::string_view tag) {
  out_ += "</";
  out_ += tag;
  // A line break is a space, which would show between words.
  const bool is_inline = std::find(std::begin(kInline), std::end(kInline), tag) != std::end(kInline);
  out_ += is_inline ? ">" : ">\n";
}

HtmlWriter::Element HtmlWriter::element(std::string_view tag, const Attributes& attributes) {
  open(tag, attributes);
  out_ += '>';
  return Element(*this, tag);
}

void HtmlWriter::leaf(std::string_view tag, std::string_view text, const Attributes& attributes) {
  const auto scope = element(tag, attributes);
  this->text(text);
}

void HtmlWriter::empty(std::string_view tag, const Attributes& attributes) {
  open(tag, attributes);
  out_ += "/>";
}

void HtmlWriter::data(std::string_view css_class, const nlohmann::json& value) {
  const auto scope = element("script", {{"type", "application/json"}, {"class", std::string(css_class)}});
  // As ASCII, so that line separators are escaped as well.
  for (const char c : value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)) {
    const bool is_markup = c == '<' || c == '>' || c == '&';
    out_ += is_markup ? fmt::format("\\u{:04x}", static_cast<int>(c)) : std::string(1, c);
  }
}

HtmlTable::HtmlTable(HtmlWriter& html, std::string_view caption, const std::vector<Column>& columns)
    : html_(html),
      columns_(columns),
      box_(html.element("div", box_attributes(caption))),
      table_(html.element("table", {{"class", "data"}})),
      body_(head_then_body(caption)) {}

HtmlWriter::Element HtmlTable::head_then_body(std::string_view caption) {
  {
    const auto scope = html_.element("caption");
    html_.leaf("span", caption);  // stays in view while the table scrolls
  }
  {
    const auto head = html_.element("thead");
    const auto row = html_.element("tr");
    for (size_t i = 0; i < columns_.size(); ++i) {
      Attributes attributes = column_attributes(i);
      attributes.emplace_back("scope", "col");
      html_.leaf("th", columns_[i].heading, attributes);
    }
  }
  return html_.element("tbody");
}

Attributes HtmlTable::column_attributes(size_t column) const {
  if (column >= columns_.size()) return {};
  switch (columns_[column].kind) {
    case Kind::kWords: return {};
    case Kind::kNumber: return {{"class", "number"}};
    case Kind::kText: return {{"class", "text"}};
    case Kind::kCentred: return {{"class", "centred"}};
  }
  return {};
}

Attributes HtmlTable::cell_attributes(size_t column, const Cell& cell) const {
  Attributes attributes = column_attributes(column);
  const bool is_number = column < columns_.size() && columns_[column].kind == Kind::kNumber;
  std::string key = cell.key.empty() && is_number ? number_in(cell.text) : cell.key;
  if (!key.empty()) attributes.emplace_back("data-value", std::move(key));
  return attributes;
}

HtmlWriter::Element HtmlTable::open_row(std::string_view row_class) {
  return html_.element("tr",
                       row_class.empty() ? Attributes{} : Attributes{{"class", std::string(row_class)}});
}

void HtmlTable::head_cell(const Cell& cell) {
  Attributes attributes = {{"scope", "row"}};
  if (!cell.key.empty()) attributes.emplace_back("data-value", cell.key);
  html_.leaf("th", cell.text, attributes);
}

void HtmlTable::cell(size_t column, const Cell& cell) {
  html_.leaf("td", cell.text, cell_attributes(column, cell));
}

void HtmlTable::bar_cell(const Cell& cell, double width) {
  const auto td = html_.element("td", {{"class", "bar-cell"}, {"data-value", cell.key}});
  html_.leaf("span", cell.text);
  html_.leaf("i", "", {{"class", "bar"}, {"style", fmt::format("width:{:.1f}%", width)}});
}

void HtmlTable::row(const std::vector<Cell>& cells, std::string_view row_class) {
  const auto scope = open_row(row_class);
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i == 0)
      head_cell(cells[i]);
    else
      cell(i, cells[i]);
  }
}

}  // namespace coterie::serve

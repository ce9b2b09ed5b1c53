#include "serve/report/html.h"

#include <algorithm>
#include <iterator>

namespace coterie::serve {

namespace {

constexpr std::string_view kInline[] = {"bdi", "b", "a", "span"};
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// The caption tells a screen reader what the box is that one can scroll with the keyboard.
Attributes box_attributes(std::string_view caption) {
  return {
      {"class", "table-box"}, {"role", "region"}, {"tabindex", "0"}, {"aria-label", std::string(caption)}};
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

HtmlTable::HtmlTable(HtmlWriter& html, std::string_view caption, const std::vector<Column>& columns)
    : html_(html),
      columns_(columns),
      box_(html.element("div", box_attributes(caption))),
      table_(html.element("table")),
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
      Attributes attributes = cell_attributes(i);
      attributes.emplace_back("scope", "col");
      html_.leaf("th", columns_[i].heading, attributes);
    }
  }
  return html_.element("tbody");
}

Attributes HtmlTable::cell_attributes(size_t column) const {
  if (column >= columns_.size()) return {};
  switch (columns_[column].kind) {
    case Kind::kWords: return {};
    case Kind::kNumber: return {{"class", "number"}};
    case Kind::kText: return {{"class", "text"}};
    case Kind::kCentred: return {{"class", "centred"}};
  }
  return {};
}

HtmlWriter::Element HtmlTable::open_row(std::string_view row_class) {
  return html_.element("tr",
                       row_class.empty() ? Attributes{} : Attributes{{"class", std::string(row_class)}});
}

void HtmlTable::head_cell(std::string_view text) { html_.leaf("th", text, {{"scope", "row"}}); }

void HtmlTable::row(const std::vector<std::string>& cells, std::string_view row_class) {
  const auto scope = open_row(row_class);
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i == 0)
      head_cell(cells[i]);
    else
      html_.leaf("td", cells[i], cell_attributes(i));
  }
}

}  // namespace coterie::serve

// Writing HTML and SVG: every value is escaped and every tag is closed by construction.
//
// An Element lives as long as its tag is open, so the nesting of C++ scopes is the nesting of the page:
//
//   {
//     const auto row = html.element("tr");
//     html.leaf("td", item_name);          // escaped
//   }                                      // </tr>
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coterie::serve {

/// Text that is safe between tags and inside a quoted attribute. Control characters, which HTML forbids and
/// which can hide what a name says, become U+FFFD.
std::string escape_html(std::string_view text);

/// The number that a text shows first, as a machine reads it: "-1234.5" of "−£1,234.50 a day"; "" without one.
std::string number_in(std::string_view text);

/// Names are literals of ours; values are escaped.
using Attributes = std::vector<std::pair<std::string_view, std::string>>;

/// Not thread safe; one page, one writer.
class HtmlWriter {
 public:
  /// Closes its tag when it goes out of scope.
  class Element {
   public:
    Element(HtmlWriter& writer, std::string_view tag) : writer_(writer), tag_(tag) {}
    ~Element() { writer_.close(tag_); }
    Element(const Element&) = delete;
    Element& operator=(const Element&) = delete;

   private:
    HtmlWriter& writer_;
    std::string_view tag_;  ///< a literal
  };

  /// <tag ...> now, </tag> at the end of the scope.
  [[nodiscard]] Element element(std::string_view tag, const Attributes& attributes = {});

  /// <tag ...>text</tag>.
  void leaf(std::string_view tag, std::string_view text, const Attributes& attributes = {});

  /// A tag without content: <meta>, or <line/> inside an SVG.
  void empty(std::string_view tag, const Attributes& attributes = {});

  void text(std::string_view text) { out_ += escape_html(text); }

  /// Data for report.js: a script element that no browser runs, of that class. Nothing in it can end the element
  /// or be taken for a tag, whatever a shop's names are.
  void data(std::string_view css_class, const nlohmann::json& value);

  /// Text of ours that needs no escaping: the doctype, the style sheet and the scripts.
  void verbatim(std::string_view html) { out_ += html; }

  std::string take() { return std::move(out_); }

 private:
  friend class Element;
  void open(std::string_view tag, const Attributes& attributes);
  void close(std::string_view tag);

  std::string out_;
};

/// A table in a box that scrolls by itself, so that a narrow screen shows the page and not the table's width.
/// The first cell of a row is its heading. report.js makes it sortable and downloadable by the key of each cell.
class HtmlTable {
 public:
  enum class Kind {
    kWords,   ///< a few words
    kNumber,  ///< set to the right, with digits of one width
    kText,    ///< a sentence, which wants room
    kCentred,
  };
  struct Column {
    std::string heading;
    Kind kind = Kind::kWords;
  };

  struct Cell {
    // NOLINTBEGIN(google-explicit-constructor): a row is a list of texts, of which some have a key.
    Cell(std::string words) : text(std::move(words)) {}
    Cell(const char* words) : text(words) {}
    // NOLINTEND(google-explicit-constructor)
    Cell(std::string words, std::string sorted_by) : text(std::move(words)), key(std::move(sorted_by)) {}

    std::string text;
    /// An ISO date, a number; "" = the number in the text, in a column of numbers.
    std::string key = {};
  };

  /// Opens the table with its caption and headings.
  HtmlTable(HtmlWriter& html, std::string_view caption, const std::vector<Column>& columns);

  void row(const std::vector<Cell>& cells, std::string_view row_class = "");

  /// A row that adds the others up and stays below them.
  void total_row(const std::vector<Cell>& cells) { row(cells, "total"); }

  /// Rows with more than text in them: a row is open until the returned element ends; its cells follow.
  [[nodiscard]] HtmlWriter::Element open_row(std::string_view row_class = "");
  void head_cell(const Cell& cell);
  void cell(size_t column, const Cell& cell);
  /// A number with a bar of that width, in percent of the cell.
  void bar_cell(const Cell& cell, double width);
  /// The attributes of a cell in that column.
  Attributes cell_attributes(size_t column, const Cell& cell) const;

 private:
  HtmlWriter::Element head_then_body(std::string_view caption);
  Attributes column_attributes(size_t column) const;

  HtmlWriter& html_;
  std::vector<Column> columns_;
  HtmlWriter::Element box_;
  HtmlWriter::Element table_;
  HtmlWriter::Element body_;
};

}  // namespace coterie::serve

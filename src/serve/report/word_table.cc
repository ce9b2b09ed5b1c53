#include "serve/report/word_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace coterie::serve {

namespace {

constexpr double kLongestBar = 60;  // % of the cell

std::vector<HtmlTable::Column> columns_of(const WordTable& words) {
  std::vector<HtmlTable::Column> columns;
  for (size_t c = 0; c < words.headings.size(); ++c)
    columns.push_back(
        {words.headings[c], words.numbers[c] ? HtmlTable::Kind::kNumber : HtmlTable::Kind::kWords});
  return columns;
}

double value_of(const std::string& cell) { return std::strtod(number_in(cell).c_str(), nullptr); }

}  // namespace

void write_table(const Page& page, std::string_view caption, const WordTable& words, LastRow last_row) {
  HtmlTable table(page.html, caption, columns_of(words));
  for (size_t r = 0; r < words.rows.size(); ++r) {
    const std::vector<HtmlTable::Cell> cells(words.rows[r].begin(), words.rows[r].end());
    if (last_row == LastRow::kTotal && r + 1 == words.rows.size())
      table.total_row(cells);
    else
      table.row(cells);
  }
}

void write_bar_table(const Page& page, std::string_view caption, const WordTable& words, size_t bar_column) {
  double largest = 0;
  for (const auto& row : words.rows) largest = std::max(largest, value_of(row[bar_column]));
  std::vector<HtmlTable::Column> columns = columns_of(words);
  columns[bar_column].kind = HtmlTable::Kind::kWords;
  HtmlTable table(page.html, caption, columns);
  for (const auto& row : words.rows) {
    const auto open = table.open_row();
    table.head_cell(row[0]);
    for (size_t c = 1; c < row.size(); ++c) {
      if (c == bar_column)
        table.bar_cell({row[c], number_in(row[c])},
                       largest > 0 ? kLongestBar * value_of(row[c]) / largest : 0);
      else
        table.cell(c, row[c]);
    }
  }
}

}  // namespace coterie::serve

// Tables for people on standard output: aligned by display width, so Chinese and English line up alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"

namespace coterie::serve {

struct WordTable;

class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string heading;
    Align align = Align::kLeft;
    size_t max_width = 60;  ///< longer cells are cut with an ellipsis
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  std::string to_string() const;
  void print() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Prints a table that the report shares (serve/report/changes_words.h).
void print_words(const WordTable& words);

/// Columns that `text` (UTF-8) takes in a terminal; East Asian wide characters take two.
size_t display_width(std::string_view text);

/// A cell in one line: nothing in it that a terminal would obey.
std::string in_one_line(std::string_view text);

/// A message as a string, for headings and cells.
std::string words(base::Message message, base::Language language);

/// "1,234,567".
std::string grouped(int64_t value);

/// A number with few digits that people can compare: "0.123", "12.3", "1,234".
std::string short_number(double value);

/// "12.3 %".
std::string percent(double share);

}  // namespace coterie::serve

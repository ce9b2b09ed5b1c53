#include "serve/cli/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "serve/report/changes_words.h"

namespace coterie::serve {

namespace {

// One UTF-8 character: its length in bytes and its width in columns.
struct Glyph {
  size_t bytes;
  size_t width;
};

bool is_wide(uint32_t c) {
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe4f) || (c >= 0xff00 && c <= 0xff60) ||
         (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

Glyph glyph_at(std::string_view text, size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  const size_t bytes = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
  if (at + bytes > text.size() || bytes == 1) return {1, 1};
  uint32_t c = byte & (0xffu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) c = (c << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3f);
  return {bytes, is_wide(c) ? size_t{2} : size_t{1}};
}

std::string cut(const std::string& text, size_t max_width) {
  if (display_width(text) <= max_width) return text;
  std::string out;
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const Glyph glyph = glyph_at(text, at);
    if (width + glyph.width + 1 > max_width) break;
    out += text.substr(at, glyph.bytes);
    width += glyph.width;
    at += glyph.bytes;
  }
  return out + "…";
}

}  // namespace

void print_words(const WordTable& words) {
  std::vector<Table::Column> columns;
  for (size_t c = 0; c < words.headings.size(); ++c)
    columns.push_back({words.headings[c], words.numbers[c] ? Table::Align::kRight : Table::Align::kLeft});
  Table table(columns);
  for (const auto& row : words.rows) table.add(row);
  table.print();
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const Glyph glyph = glyph_at(text, at);
    width += glyph.width;
    at += glyph.bytes;
  }
  return width;
}

std::string Table::to_string() const {
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : columns_) lines[0].push_back(column.heading);
  for (const auto& row : rows_) {
    lines.emplace_back();
    for (size_t i = 0; i < columns_.size(); ++i)
      lines.back().push_back(cut(i < row.size() ? row[i] : "", columns_[i].max_width));
  }
  std::vector<size_t> widths(columns_.size(), 0);
  for (const auto& line : lines)
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      const std::string pad(widths[i] - display_width(line[i]), ' ');
      text += i == 0 ? "" : "  ";
      text += columns_[i].align == Align::kRight ? pad + line[i] : line[i] + pad;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  return out;
}

void Table::print() const { std::fputs(to_string().c_str(), stdout); }

std::string in_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string words(base::Message message, base::Language language) {
  return std::string(base::text(message, language));
}

std::string grouped(int64_t value) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return (value < 0 ? "-" : "") + digits;
}

std::string short_number(double value) {
  const double size = std::abs(value);
  if (size >= 1000) return grouped(std::llround(value));
  if (size >= 100 || value == std::floor(value)) return fmt::format("{:.0f}", value);
  if (size >= 10) return fmt::format("{:.1f}", value);
  return fmt::format("{:.{}f}", value, size >= 1 ? 2 : 3);
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

}  // namespace coterie::serve

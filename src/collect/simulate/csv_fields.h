// Fields of a line of CSV (RFC 4180), appended.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace coterie::collect::simulate {

inline void append_number(uint64_t value, std::string& out) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

inline void append_two_digits(uint32_t value, std::string& out) {
  out.push_back(static_cast<char>('0' + value / 10));
  out.push_back(static_cast<char>('0' + value % 10));
}

/// "u12".
inline void append_id(char kind, uint32_t number, std::string& out) {
  out.push_back(kind);
  append_number(number, out);
}

/// "2025-11-20T08:05:00+08:00".
inline void append_time(std::string_view date, uint32_t second, std::string& out) {
  out.append(date).push_back('T');
  append_two_digits(second / 3600, out);
  out.push_back(':');
  append_two_digits(second / 60 % 60, out);
  out.push_back(':');
  append_two_digits(second % 60, out);
  out.append("+08:00");
}

/// "o12-3": the third order of u12; nothing where `number` is 0.
inline void append_own_id(char kind, uint32_t user, uint32_t number, std::string& out) {
  if (number == 0) return;
  append_id(kind, user, out);
  out.push_back('-');
  append_number(number, out);
}

/// Quoted where it must be. No line breaks.
inline void append_text(std::string_view text, std::string& out) {
  if (text.find_first_of(",\"") == std::string_view::npos) {
    out.append(text);
    return;
  }
  out.push_back('"');
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace coterie::collect::simulate

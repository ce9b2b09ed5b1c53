// Letters and digits of ASCII, whatever the locale: ids, codes and names of columns. Other bytes stay as they are.
#pragma once

#include <string>
#include <string_view>

namespace coterie::base {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A to Z as a to z.
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

}  // namespace coterie::base

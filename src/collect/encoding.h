// Is this text? NUL bytes and invalid UTF-8, and a form of any bytes that a person can read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace coterie::collect {

struct TextFlaws {
  bool has_nul = false;
  bool invalid_utf8 = false;  ///< also overlong forms, surrogates and beyond U+10FFFF (RFC 3629)
};

using base::utf8_length;

/// Pure. Eight bytes a step while they are ASCII.
TextFlaws find_flaws(std::string_view text);

/// Valid UTF-8 of at most about `limit` bytes: NUL and bytes that are not UTF-8 become \x00, \xE9.
std::string readable(std::string_view bytes, size_t limit);

/// Without spaces, tabs and line ends at both sides.
inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  while (!text.empty() && kSpace.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  while (!text.empty() && kSpace.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  return text;
}

}  // namespace coterie::collect

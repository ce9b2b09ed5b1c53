// What a row without an id is hashed over: its texts, each after its length; numbers as little-endian bytes. What is
// hashed is stored, so this never changes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie::collect {

inline void append_number(std::string& out, uint64_t number) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(number >> (8 * i));
  out.append(bytes, sizeof bytes);
}

inline void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size());
  out.append(text);
}

}  // namespace coterie::collect

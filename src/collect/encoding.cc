#include "collect/encoding.h"

#include <fmt/core.h>

#include <cstdint>
#include <cstring>

namespace coterie::collect {

namespace {

// True when all eight bytes are ASCII and none is NUL.
bool plain_eight(const char* bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHigh = 0x8080808080808080;
  uint64_t word = 0;
  std::memcpy(&word, bytes, 8);
  return (((word - kOnes) | word) & kHigh) == 0;
}

}  // namespace

TextFlaws find_flaws(std::string_view text) {
  TextFlaws flaws;
  size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= 8 && plain_eight(text.data() + at)) {
      at += 8;
      continue;
    }
    const size_t length = utf8_length(text.substr(at));
    if (length == 0) flaws.invalid_utf8 = true;
    if (text[at] == '\0') flaws.has_nul = true;
    at += length == 0 ? 1 : length;
  }
  return flaws;
}

std::string readable(std::string_view bytes, size_t limit) {
  std::string out;
  out.reserve(std::min(bytes.size(), limit));
  for (size_t at = 0; at < bytes.size() && out.size() < limit;) {
    const size_t length = utf8_length(bytes.substr(at));
    if (length == 0 || bytes[at] == '\0') {
      out += fmt::format("\\x{:02X}", static_cast<unsigned char>(bytes[at++]));
    } else {
      out.append(bytes.substr(at, length));
      at += length;
    }
  }
  return out;
}

}  // namespace coterie::collect

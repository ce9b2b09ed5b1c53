#include "collect/encoding.h"

#include <gtest/gtest.h>

namespace coterie::collect {
namespace {

// UTF-8 by its definition: encode every code point that may be encoded.
std::string encode(uint32_t c) {
  std::string out;
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) {
    out = {static_cast<char>(0xC0 | c >> 6)};
  } else if (c < 0x10000) {
    out = {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63))};
  } else {
    out = {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
           static_cast<char>(0x80 | (c >> 6 & 63))};
  }
  return out + static_cast<char>(0x80 | (c & 63));
}

TEST(FindFlaws, AcceptsEveryCodePointAndNoSurrogate) {
  for (uint32_t c = 1; c <= 0x110000; ++c) {
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    ASSERT_EQ(find_flaws("1234567" + encode(c)).invalid_utf8, surrogate || c == 0x110000) << c;
  }
}

TEST(FindFlaws, RefusesOverlongCutAndStrayBytes) {
  for (const std::string_view bad : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\x80",
                                     "\xE4\xBD", "ab\xE4\xBD z", "\xF5\x80\x80\x80", "\xFF"})
    EXPECT_TRUE(find_flaws(bad).invalid_utf8) << readable(bad, 100);
}

TEST(FindFlaws, FindsANulAtEveryPlace) {
  for (size_t at = 0; at < 40; ++at) {
    std::string text(40, 'x');
    EXPECT_FALSE(find_flaws(text).has_nul);
    text[at] = '\0';
    EXPECT_TRUE(find_flaws(text).has_nul);
    EXPECT_FALSE(find_flaws(text).invalid_utf8);
  }
}

TEST(Readable, EscapesWhatIsNoTextAndCutsBetweenCharacters) {
  EXPECT_EQ(readable(std::string_view("a\0\xE9z\xC3\xA9", 6), 100), "a\\x00\\xE9z\xC3\xA9");
  EXPECT_EQ(readable("ab\xC3\xA9\xC3\xA9", 3), "ab\xC3\xA9");
}

}  // namespace
}  // namespace coterie::collect

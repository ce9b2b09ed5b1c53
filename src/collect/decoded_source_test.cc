#include "collect/decoded_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iconv.h>

#include "base/random.h"
#include "collect/encoding.h"
#include "collect/formats_testing.h"
#include "collect/text_reader.h"

namespace coterie::collect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The whole text, in reads of `piece` bytes from a source that hands out `source_piece`.
std::string decoded(const std::string& bytes, const std::string& encoding = "", size_t piece = 1000,
                    size_t source_piece = 1 << 20, std::string* found = nullptr) {
  StringSource source(bytes, source_piece);
  auto text = DecodedSource::open(source, encoding);
  EXPECT_TRUE(text.has_value());
  std::string out;
  std::vector<char> buffer(piece);
  for (size_t got = 1; got > 0;) {
    got = *(*text)->read(buffer);
    out.append(buffer.data(), got);
  }
  if (found != nullptr) *found = (*text)->encoding();
  return out;
}

std::string gb18030(const std::string& text) {
  iconv_t encoder = ::iconv_open("GB18030", "UTF-8");
  std::string in = text, out(text.size() * 4, '\0');
  char* from = in.data();
  char* to = out.data();
  size_t left = in.size(), room = out.size();
  EXPECT_NE(::iconv(encoder, &from, &left, &to, &room), static_cast<size_t>(-1));
  ::iconv_close(encoder);
  out.resize(out.size() - room);
  return out;
}

// Rows of Chinese, ASCII, rare characters (four bytes in GB18030) and empty fields.
std::string chinese_rows(size_t rows) {
  constexpr std::string_view kWords[] = {"商品", "好评", "a|b", "一二三",     "😀",
                                         "ü",    "12",   "",    "颜色很好看", "㐂"};
  base::Random random(5);
  std::string text = "user_id,item_id,note\n";
  for (size_t i = 0; i < rows; ++i)
    text += fmt::format("u{},{},{}{}\n", i, kWords[random.below(10)], kWords[random.below(10)],
                        kWords[random.below(10)]);
  return text;
}

TEST(DecodedSource, TellsUtf8FromGb18030) {
  const std::string text = chinese_rows(3000);
  std::string encoding;
  EXPECT_EQ(decoded(text, "", 1000, 1 << 20, &encoding), text);
  EXPECT_EQ(encoding, "");
  EXPECT_EQ(decoded(gb18030(text), "", 1000, 1 << 20, &encoding), text);
  EXPECT_EQ(encoding, "GB18030");
}

TEST(DecodedSource, GivesTheSameTextInPiecesOfAnySize) {
  const std::string ascii = std::string(70'000, 'x') + "\n";
  for (const std::string& text : {chinese_rows(300), ascii + chinese_rows(300)}) {
    for (const size_t piece : {1, 2, 3, 7, 4096}) {
      for (const size_t source_piece : {1, 3, 1000}) {
        ASSERT_EQ(decoded(text, "", piece, source_piece), text) << piece << " " << source_piece;
        ASSERT_EQ(decoded(gb18030(text), "", piece, source_piece), text) << piece << " " << source_piece;
      }
    }
  }
}

TEST(DecodedSource, DecidesAtTheFirstTextBeyondAsciiHoweverLate) {
  const std::string text = std::string(3 << 20, 'a') + "\n红色的裙子\n";
  EXPECT_EQ(decoded(gb18030(text)), text);
  EXPECT_EQ(decoded(text), text);
}

TEST(DecodedSource, AFewBadRowsDoNotChangeTheEncoding) {
  const std::string good = chinese_rows(500);
  std::string encoding;
  decoded(good + "u1,\xE9t\xE9,\xC4\xE3\n", "", 1000, 1 << 20, &encoding);
  EXPECT_EQ(encoding, "");
  decoded(gb18030(good) + "u1,\xFF\xFF,x\n", "", 1000, 1 << 20, &encoding);
  EXPECT_EQ(encoding, "GB18030");
}

TEST(DecodedSource, DoesNotTakeWesternAccentsForChinese) {
  std::string encoding;
  const std::string latin =
      "name,city\nJos\xE9 Mar\xEDn,M\xE1stoles\nFran\xE7ois,N\xEEmes\nJ\xFCrgen,K\xF6ln\n";
  EXPECT_EQ(decoded(latin, "", 1000, 1 << 20, &encoding), latin);
  EXPECT_EQ(encoding, "");
}

TEST(DecodedSource, TakesTheEncodingThatIsGiven) {
  EXPECT_EQ(decoded("\xC4\xE3", "GBK"), "你");
  EXPECT_EQ(decoded("\xC4\xE3", "gb18030"), "你");
  EXPECT_EQ(decoded("\xC4\xE3", "utf-8"), "\xC4\xE3");
  std::string encoding;
  EXPECT_EQ(decoded("caf\xE9 \xC4\xE3", "Latin1", 1000, 1 << 20, &encoding), "café Äã");
  EXPECT_EQ(encoding, "Latin-1");
  StringSource source("x");
  EXPECT_THAT(DecodedSource::open(source, "big5").error().message(), HasSubstr("the encoding big5"));
}

TEST(DecodedSource, BytesThatAreNoGb18030SpoilTheirRowOnly) {
  // A lone lead byte before a line end, a byte that begins nothing, and half a character at the end.
  const std::string good = gb18030("好的商品质量很好,颜色也很好看\n");
  std::string bytes = "a,b\n";
  for (int i = 0; i < 20; ++i) bytes += good;
  bytes += "x,\xC4\n" + good + "\xFF,y\n" + good + "z,\xC4";
  StringSource source(bytes, 7);
  auto text = *DecodedSource::open(source, "");
  auto reader = *TextReader::open(*text, {});
  const auto seen = read_all(*reader);
  ASSERT_EQ(seen.size(), 25u);
  for (size_t i = 0; i < seen.size(); ++i) {
    const bool bad = i == 20 || i == 22 || i == 24;
    EXPECT_EQ(seen[i].defects, bad ? kNotUtf8 : 0) << i;
    EXPECT_EQ(seen[i].line, i + 2);
  }
  EXPECT_EQ(reader->format(), "CSV (comma, GB18030)");
}

TEST(DecodedSource, ReadsWhatWasPeekedAgain) {
  StringSource source("abcdef", 2);
  auto text = *DecodedSource::open(source, "");
  EXPECT_EQ(*text->peek(3), "abc");
  EXPECT_EQ(*text->peek(100), "abcdef");
  std::vector<char> buffer(10);
  EXPECT_EQ(*text->read(buffer), 6u);
  EXPECT_EQ(*text->read(buffer), 0u);
}

}  // namespace
}  // namespace coterie::collect

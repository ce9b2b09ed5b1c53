#include "collect/text_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "collect/collect_testing.h"
#include "collect/encoding.h"
#include "collect/match_mask.h"

namespace coterie::collect {
namespace {

using base::Random;
using testing::ElementsAre;
using testing::HasSubstr;

// A record with its views copied.
struct Row {
  uint64_t line = 0;
  uint64_t byte_offset = 0;
  std::string raw;
  std::vector<std::string> fields;
  int defects = 0;
  friend bool operator==(const Row&, const Row&) = default;
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  out << "line " << row.line << " byte " << row.byte_offset << " defects " << row.defects << " raw '"
      << row.raw << "'";
  for (const std::string& field : row.fields) out << " [" << field << "]";
  return out;
}

std::vector<Row> read_all(const std::string& text, const ReaderOptions& options, size_t piece = 1 << 20) {
  StringSource source(text, piece);
  auto reader = TextReader::open(source, options);
  EXPECT_TRUE(reader.has_value()) << reader.error().message();
  std::vector<Row> rows;
  if (!reader) return rows;
  Record record;
  while (*(*reader)->next(record)) {
    rows.push_back({record.line, record.byte_offset, std::string(record.raw),
                    std::vector<std::string>(record.fields.begin(), record.fields.end()), record.defects});
    EXPECT_LE(rows.size(), text.size());
    if (rows.size() > text.size()) break;
  }
  return rows;
}

std::string open_error(const std::string& text, const ReaderOptions& options = {}) {
  StringSource source(text);
  auto reader = TextReader::open(source, options);
  return reader ? "" : reader.error().message();
}

// The same language, read one character at a time from the whole text: slow and plain.
class PlainReader {
 public:
  PlainReader(std::string_view text, const ReaderOptions& options, size_t columns)
      : text_(text), options_(options), columns_(columns) {}

  std::vector<Row> read(size_t from, uint64_t line) {
    at_ = from;
    line_ = line;
    while (skip_blank()) read_record();
    return rows_;
  }

 private:
  enum class End { kRecord, kBadQuote, kTooLong };

  bool skip_blank() {
    for (;;) {
      if (at_ == text_.size()) return false;
      const std::string_view rest = text_.substr(at_);
      const size_t blank = rest.starts_with("\n") || rest == "\r" ? 1 : rest.starts_with("\r\n") ? 2 : 0;
      if (blank == 0) return true;
      at_ += blank;
      ++line_;
    }
  }

  void read_record() {
    fields_.assign(1, "");
    size_t lines = 0;
    size_t end = at_;
    End outcome = walk(end, lines);
    if (outcome == End::kRecord && lines > 0 && fields_.size() != columns_) outcome = End::kBadQuote;
    if (outcome != End::kRecord) return read_bad_line(outcome == End::kBadQuote ? kBadQuote : kTooLong);
    give(std::string(text_.substr(at_, end - at_)), fields_.size() == columns_ ? 0 : kFieldCount);
    at_ = std::min(end + 1, text_.size());
    line_ += lines + 1;
  }

  // Sets `end` to the line end after the record.
  End walk(size_t& end, size_t& lines) {
    enum class In { kStart, kPlain, kQuoted, kClosed, kReturn } state = In::kStart;
    size_t open = 0;
    size_t lines_before = 0;
    for (size_t i = at_;; ++i) {
      if (i - at_ > options_.max_record_bytes) return End::kTooLong;
      if (i == text_.size() && state == In::kQuoted) return End::kBadQuote;
      if (i == text_.size() || (text_[i] == '\n' && state != In::kQuoted)) {
        if (state == In::kPlain && fields_.back().ends_with('\r')) fields_.back().pop_back();
        end = i;
        return End::kRecord;
      }
      const char c = text_[i];
      if (state == In::kQuoted) {
        const bool doubled = text_.substr(i).starts_with("\"\"") && i + 1 - at_ <= options_.max_record_bytes;
        if (doubled) ++i;
        if (c == '"' && !doubled) {
          state = In::kClosed;
          continue;
        }
        if (i - open > options_.max_quoted_bytes) return End::kBadQuote;
        if (c == '\n' && ++lines - lines_before > options_.max_quoted_lines) return End::kBadQuote;
        fields_.back().push_back(c);
      } else if (c == options_.delimiter[0] && state != In::kReturn) {
        fields_.emplace_back();
        state = In::kStart;
      } else if (state == In::kStart && c == '"') {
        state = In::kQuoted;
        open = i;
        lines_before = lines;
      } else if (state == In::kClosed && c == '\r') {
        state = In::kReturn;
      } else if (state == In::kClosed || state == In::kReturn) {
        return End::kBadQuote;
      } else {
        state = In::kPlain;
        fields_.back().push_back(c);
      }
    }
  }

  void read_bad_line(int defect) {
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::string raw(text_.substr(at_, end - at_));
    if (raw.size() > options_.max_record_bytes) {
      rows_.push_back({line_, at_, raw.substr(0, options_.max_record_bytes), {}, kTooLong});
    } else {
      give(raw, defect);
    }
    at_ = std::min(end + 1, text_.size());
    ++line_;
  }

  void give(std::string raw, int defects) {
    if (raw.ends_with('\r')) raw.pop_back();
    const TextFlaws flaws = find_flaws(raw);
    defects |= (flaws.has_nul ? kNulByte : 0) | (flaws.invalid_utf8 ? kNotUtf8 : 0);
    rows_.push_back({line_, at_, raw, defects == 0 ? fields_ : std::vector<std::string>(), defects});
  }

  std::string_view text_;
  ReaderOptions options_;
  size_t columns_;
  size_t at_ = 0;
  uint64_t line_ = 1;
  std::vector<std::string> fields_;
  std::vector<Row> rows_;
};

std::string random_text(Random& random) {
  constexpr std::string_view kPieces[] = {"a",    "b",      ",",    ",", "\"",   "\"",
                                          "\n",   "\r\n",   "\r",   ";", "\"\"", ",\"",
                                          "\",",  "\"\n",   "\n\"", "é", "xyz",  std::string_view("\0", 1),
                                          "\xFF", "q,w,e\n"};
  std::string text;
  const size_t pieces = random.below(60);
  const uint64_t kinds = random.chance(0.7) ? std::size(kPieces) - 3 : std::size(kPieces);
  for (size_t i = 0; i < pieces; ++i) text += kPieces[random.below(kinds)];
  return text;
}

ReaderOptions random_options(Random& random) {
  ReaderOptions options;
  options.delimiter = ",";
  options.max_record_bytes = random.chance(0.5) ? 5 + random.below(40) : 1000;
  options.max_quoted_bytes = random.chance(0.5) ? 1 + random.below(20) : 1000;
  options.max_quoted_lines = random.chance(0.5) ? random.below(3) : 100;
  return options;
}

TEST(TextReader, EqualsThePlainReaderForAnyBlockSize) {
  constexpr size_t kBlocks[] = {1, 2, 3, 7, 16, 63, 64, 65, 1 << 16};
  for (uint64_t seed = 0; seed < 20'000; ++seed) {
    Random random(seed);
    const std::string text = "x,y,z\n" + random_text(random);
    ReaderOptions options = random_options(random);
    const std::vector<Row> expected = PlainReader(text, options, 3).read(6, 2);
    options.block_bytes = kBlocks[seed % std::size(kBlocks)];
    ASSERT_EQ(read_all(text, options), expected) << "seed " << seed << " block " << options.block_bytes;
    options.block_bytes = 1 << 16;
    ASSERT_EQ(read_all(text, options, 1 + random.below(9)), expected) << "seed " << seed;
  }
}

TEST(TextReader, LosesNoByteOfTheText) {
  for (uint64_t seed = 10'000; seed < 11'000; ++seed) {
    Random random(seed);
    const std::string text = "x,y,z\n" + random_text(random);
    ReaderOptions options;
    options.delimiter = ",";
    std::string rebuilt(text.size(), '\n');
    rebuilt.replace(0, 5, "x,y,z");
    for (const Row& row : read_all(text, options)) rebuilt.replace(row.byte_offset, row.raw.size(), row.raw);
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\r') continue;  // it may belong to a line end, which raw does not hold
      ASSERT_EQ(rebuilt[i], text[i]) << "seed " << seed << " byte " << i;
    }
  }
}

TEST(TextReader, TellsTheDelimiterFromTheHeaderLine) {
  for (const auto& [text, delimiter] : {std::pair("a,b;c,d\n", ','), std::pair("a\tb\tc,d\n", '\t'),
                                        std::pair("a;b;c\n", ';'), std::pair("a|b|\"c,d,e,f\"\n", '|')}) {
    StringSource source(text);
    EXPECT_EQ((*TextReader::open(source, {}))->delimiter(), std::string(1, delimiter)) << text;
  }
}

TEST(TextReader, TellsTheDelimiterOfALongFirstLineFromItsStart) {
  ReaderOptions options{.header = {"a", "b"}, .max_record_bytes = 8};
  for (const size_t block : {size_t{1}, size_t{64}}) {
    options.block_bytes = block;
    StringSource source("a,bcdefgh|||\n1,2\n");
    EXPECT_EQ((*TextReader::open(source, options))->delimiter(), ",");
  }
}

TEST(TextReader, ReadsQuotesLineEndsAndTheByteOrderMark) {
  const auto rows = read_all("\xEF\xBB\xBF\"a b\",c\r\n\"x, \"\"y\"\"\r\nz\",1\r\n\r\n5\" nail,\n,end", {});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0].fields, ElementsAre("x, \"y\"\r\nz", "1"));
  EXPECT_EQ(rows[0].line, 2u);
  EXPECT_EQ(rows[0].byte_offset, 12u);
  EXPECT_THAT(rows[1].fields, ElementsAre("5\" nail", ""));
  EXPECT_EQ(rows[1].line, 5u);
  EXPECT_THAT(rows[2].fields, ElementsAre("", "end"));
}

TEST(TextReader, AnUnterminatedQuoteCostsOneLine) {
  std::string text = "a,b\n1,\"open\n";
  for (int i = 0; i < 1000; ++i) text += "2,plain\n";
  const auto rows = read_all(text, {});
  ASSERT_EQ(rows.size(), 1001u);
  EXPECT_EQ(rows[0].defects, kBadQuote);
  EXPECT_EQ(rows[0].raw, "1,\"open");
  EXPECT_THAT(rows[1].fields, ElementsAre("2", "plain"));
  EXPECT_EQ(rows[1000].line, 1002u);
}

TEST(TextReader, AQuoteThatSwallowsARowGivesItBack) {
  // The quote of line 2 is closed by the one of line 3: the record would have the wrong number of fields.
  const auto rows = read_all("a,b\n1,\"open\n2,\"x\",\n3,y\n", {});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].defects, kBadQuote);
  EXPECT_EQ(rows[1].defects, kFieldCount);
  EXPECT_THAT(rows[2].fields, ElementsAre("3", "y"));
}

TEST(TextReader, SkipsATenMegabyteLineAndGoesOn) {
  const std::string head = "a,b\n1,";
  const std::string text = head + std::string(10 << 20, 'x') + "\n2,y\n";
  const auto rows = read_all(text, {});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].defects, kTooLong);
  EXPECT_EQ(rows[0].raw.size(), kKeptRawBytes);
  EXPECT_EQ(rows[1].line, 3u);
  EXPECT_EQ(rows[1].byte_offset, text.size() - 4);
}

TEST(TextReader, LinesThatDifferOnlyBehindTheCutHaveDifferentHashes) {
  const auto cut = [](char last, size_t block) {
    ReaderOptions options;
    options.max_record_bytes = 100'000;
    options.block_bytes = block;
    StringSource source("a,b\n" + std::string(300'000, 'x') + last);
    auto reader = *TextReader::open(source, options);
    Record record;
    EXPECT_TRUE(*reader->next(record));
    return record.cut;
  };
  EXPECT_EQ(cut('y', 1 << 20), cut('y', 1000));
  EXPECT_FALSE(cut('y', 1 << 20) == cut('z', 1 << 20));
}

TEST(TextReader, NulAndInvalidUtf8AreDefectsOfOneRecord) {
  const auto rows = read_all(std::string("a,b\n1,\0x\n2,\xE9t\xE9\n3,y\n4\n", 21), {});
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].defects, kNulByte);
  EXPECT_EQ(rows[1].defects, kNotUtf8);
  EXPECT_EQ(rows[2].defects, 0);
  EXPECT_EQ(rows[3].defects, kFieldCount);
}

TEST(TextReader, RefusesAHeaderThatCannotBeRead) {
  EXPECT_THAT(open_error(""), HasSubstr("test.csv is empty"));
  EXPECT_THAT(open_error("\n\r\n\n"), HasSubstr("test.csv is empty"));
  EXPECT_THAT(open_error("\xFF\xFE"
                         "a"),
              HasSubstr("UTF-16"));
  EXPECT_THAT(open_error("a,\"b\n1,2\n"), HasSubstr("line 1: the header line cannot be read"));
  EXPECT_THAT(open_error("a,\xFF\n1,2\n"), HasSubstr("not valid UTF-8"));
  EXPECT_THAT(open_error("  \na b\n", {.delimiter = "space"}),
              HasSubstr("line 1: the header line holds spaces only"));
}

TEST(MatchMask, VectorAndPortableFormsAgree) {
  Random random(7);
  char bytes[64];
  for (int round = 0; round < 2000; ++round) {
    for (char& byte : bytes) byte = "ab,\"\n\xFF\0;"[random.below(8)];
    ASSERT_EQ(match_mask(bytes, ',', '\n', '"'), match_mask_portable(bytes, ',', '\n', '"'));
  }
}

}  // namespace
}  // namespace coterie::collect

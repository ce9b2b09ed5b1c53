#include "collect/json_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "collect/formats_testing.h"

namespace coterie::collect {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;

struct Read {
  std::vector<std::string> header;
  std::vector<SeenRecord> seen;
  std::string format;
  base::Status failed;
  std::vector<std::string> rows() const { return rows_of(seen); }
};

Read read(const std::string& text, const std::vector<std::string>& columns = {},
          const ReaderOptions& options = {}, size_t piece = 1 << 20) {
  StringSource source(text, piece);
  auto reader = JsonReader::open(source, options);
  Read out;
  if (!reader) {
    out.failed = reader.error();
    return out;
  }
  if (!columns.empty()) out.failed = (*reader)->select(columns);
  if (!out.failed.ok()) return out;
  out.header = (*reader)->header();
  out.seen = read_all(**reader, &out.failed);
  out.format = (*reader)->format();
  return out;
}

TEST(JsonReader, FindsThePathsOfItsColumns) {
  const Read got = read(
      "{\"event\":\"buy\",\"properties\":{\"order_id\":7,\"tags\":[1, 2]},\"empty\":{}}\n"
      "{\"context\":{\"campaign\":{\"name\":\"x\"}},\"event\":null,\"a.b\":true}\n");
  EXPECT_THAT(got.header, ElementsAre("event", "properties.order_id", "properties.tags", "empty",
                                      "context.campaign.name", "a.b"));
  EXPECT_THAT(got.rows(), ElementsAre("buy|7|[1,2]|{}||", "||||x|true"));
}

TEST(JsonReader, KeepsValuesAsTheyAreWritten) {
  const Read got = read(
      R"({"big": 12345678901234567890123, "price": 0.10, "e": -1.5E+300, "t": true, "f": false, "n": null,)"
      R"( "s": "a \"b\" \u00e9 \ud83d\ude00 \/ \n", "o": { "x" : [ 1 , "a b" , {} ] } })",
      {"big", "price", "e", "t", "f", "n", "s", "o", "o.x", "absent.path"});
  EXPECT_THAT(got.rows(), ElementsAre("12345678901234567890123|0.10|-1.5E+300|true|false||a \"b\" é 😀 / \n|"
                                      "{\"x\":[1,\"a b\",{}]}|[1,\"a b\",{}]|"));
}

TEST(JsonReader, TakesPathsThatTheStartDoesNotHold) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "{\"a\":1}\n";
  const Read got = read(text + "{\"a\":2,\"late\":{\"x\":5}}\n", {"late.x", "a"});
  EXPECT_EQ(got.rows().front(), "|1");
  EXPECT_EQ(got.rows().back(), "5|2");
}

TEST(JsonReader, OfAKeyThatComesTwiceTheLastCounts) {
  EXPECT_THAT(read(R"({"a":1,"a":2,"b":{"c":1},"b":{"c":3}})", {"a", "b.c"}).rows(), ElementsAre("2|3"));
  EXPECT_THAT(read(R"({"a":1,"a":null})", {"a"}).rows(), ElementsAre(""));
}

TEST(JsonReader, ReadsEscapedAndDottedKeys) {
  EXPECT_THAT(read(R"({"\u0061":{"b c":1},"x.y":{"z":2}})", {"a.b c", "x.y.z"}).rows(), ElementsAre("1|2"));
}

TEST(JsonReader, ALineThatIsNoObjectIsOneBadRecord) {
  const std::vector<std::string> bad = {"[1,2]",
                                        "\"text\"",
                                        "12",
                                        "{\"a\":1} {\"a\":2}",
                                        "{\"a\":1}x",
                                        "{\"a\":1,}",
                                        "{\"a\":01}",
                                        "{\"a\":1.}",
                                        "{\"a\":tru}",
                                        "{\"a\":nul}",
                                        "{\"a\":1",
                                        "{\"a\" 1}",
                                        "{\"a\":\"x}",
                                        "{\"b\":\"c\":}}",
                                        "{\"a\":\"\\x\"}",
                                        "{a:1}",
                                        "{\"a\":NaN}",
                                        "{\"a\":[1,2}}",
                                        "{\"b\":[1 2]}",
                                        "{\"b\":\"\\ud800\"}",
                                        "{\"b\":{\"c\":01}}",
                                        "{\"a\":\"tab\there\"}",
                                        "plain text"};
  for (const std::string& line : bad) {
    const Read got = read("{\"a\":0}\n" + line + "\n{\"a\":9}\n", {"a"});
    ASSERT_EQ(got.seen.size(), 3u) << line;
    EXPECT_EQ(got.seen[1].defects, kNotJson) << line;
    EXPECT_EQ(got.seen[1].words, "is not one JSON object");
    EXPECT_EQ(got.seen[1].raw, line);
    EXPECT_EQ(got.seen[1].line, 2u);
    EXPECT_EQ(got.seen[1].byte_offset, 8u);
    EXPECT_EQ(got.seen[2].fields, std::vector<std::string>{"9"});
  }
}

TEST(JsonReader, NamesBytesThatAreNoText) {
  const Read got = read("{\"a\":1}\n{\"a\":\"\xFF\"}\n{\"a\":\"" + std::string(1, '\0') +
                        "\"}\n{\"a\":\"\\u0000\"}\n{\"a\":2}\n{\"\\u0000\":3}\n");
  ASSERT_EQ(got.seen.size(), 6u);
  EXPECT_EQ(got.seen[1].defects, kNotUtf8);
  EXPECT_EQ(got.seen[1].words, "is not valid UTF-8");
  EXPECT_EQ(got.seen[2].defects, kNulByte | kNotJson);
  EXPECT_EQ(got.seen[3].defects, kNulByte);
  EXPECT_EQ(got.seen[4].defects, 0);
  EXPECT_EQ(got.seen[5].defects, kNulByte);
}

std::string nested(size_t levels, const std::string& open, const std::string& close) {
  std::string out = "{\"a\":";
  for (size_t i = 0; i < levels; ++i) out += open;
  out += "1";
  for (size_t i = 0; i < levels; ++i) out += close;
  return out + "}";
}

TEST(JsonReader, SaysWhyAFileOfDeepRecordsHoldsNone) {
  StringSource source(nested(500, "[", "]"));
  const auto reader = JsonReader::open(source, {});
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().message(), HasSubstr("more than 128 levels deep"));
}

TEST(JsonReader, RefusesARecordThatIsNestedTooDeep) {
  for (const auto& [open, close] : {std::pair("[", "]"), std::pair("{\"a\":", "}")}) {
    const Read got =
        read("{\"b\":1}\n" + nested(500, open, close) + "\n" + nested(100'000, open, close) + "\n" +
                 nested(kMaxJsonDepth - 1, open, close) + "\n" + nested(kMaxJsonDepth, open, close) + "\n",
             {"b", "a"});
    ASSERT_EQ(got.seen.size(), 5u);
    EXPECT_EQ(got.seen[1].words, "objects and arrays within each other more than 128 levels deep");
    EXPECT_EQ(got.seen[2].defects, kNotJson);
    EXPECT_EQ(got.seen[3].defects, 0);
    EXPECT_EQ(got.seen[4].defects, kNotJson);
  }
}

TEST(JsonReader, ARecordThatIsTooLongCostsOneRecord) {
  const std::string longest = "{\"a\":\"" + std::string(3 << 20, 'x') + "\"}";
  for (const auto& [before, between, after] : {std::tuple("", "\n", "\n"), std::tuple("[", ",", "]")}) {
    const Read got =
        read(before + std::string("{\"a\":1}") + between + longest + between + "{\"a\":2}" + after);
    ASSERT_EQ(got.seen.size(), 3u) << before;
    EXPECT_EQ(got.seen[1].defects, kTooLong);
    EXPECT_EQ(got.seen[1].raw, longest.substr(0, kKeptRawBytes));
    EXPECT_THAT(got.rows(), ElementsAre("1", "2"));
  }
}

TEST(JsonReader, RecordsThatDifferOnlyBehindTheCutHaveDifferentHashes) {
  const auto cut = [](char last, const char* after, size_t piece) {
    StringSource source(std::string(*after == ']' ? "[" : "") + "{\"a\":1},\n{\"a\":\"" +
                            std::string(300'000, 'x') + last + "\"}" + after,
                        piece);
    auto reader = *JsonReader::open(source, {.max_record_bytes = 100'000, .block_bytes = piece});
    Record record;
    EXPECT_TRUE(*reader->next(record) && *reader->next(record));
    EXPECT_EQ(record.defects, kTooLong);
    return record.cut;
  };
  EXPECT_EQ(cut('y', "]", 1 << 20), cut('y', "]", 1000));
  EXPECT_FALSE(cut('y', "]", 1 << 20) == cut('z', "]", 1 << 20));
}

TEST(JsonReader, ExplodesAnArrayIntoOneRecordForEachElement) {
  const std::string text =
      R"({"order":1,"properties":{"products":[{"id":"a","price":1},{"id":"b"},"c"]},"after":"x"})"
      "\n"
      R"({"order":2,"properties":{"products":[]}})"
      "\n"
      R"({"order":3})"
      "\n"
      R"({"order":4,"properties":{"products":{"id":"d"}}})"
      "\n";
  const Read found = read(text, {}, {.explode = "properties.products"});
  EXPECT_THAT(found.header, ElementsAre("order", "properties.products[].id", "properties.products[].price",
                                        "properties.products[]", "after"));
  const std::vector<std::string> columns = {"order", "properties.products[].id",
                                            "properties.products[].price", "after"};
  for (const std::string option : {"", "properties.products"}) {
    const Read got = read(text, columns, {.explode = option});
    EXPECT_THAT(got.rows(), ElementsAre("1|a|1|x", "1|b||x", "1|||x", "2|||", "3|||", "4|d||"));
    EXPECT_EQ(got.seen[0].line, 1u);
    EXPECT_EQ(got.seen[2].line, 1u);
    EXPECT_EQ(got.seen[1].raw, R"({"order":1,"properties":{"products":[{"id":"b"}]},"after":"x"})");
    EXPECT_EQ(got.seen[2].raw, R"({"order":1,"properties":{"products":["c"]},"after":"x"})");
    EXPECT_EQ(got.seen[5].raw, R"({"order":4,"properties":{"products":{"id":"d"}}})");
    EXPECT_EQ(got.seen[3].line, 2u);
    EXPECT_EQ(got.format, "JSON Lines (one row per element of properties.products)");
  }
}

TEST(JsonReader, TheRawTextOfAnElementReadsAsThatElement) {
  const std::vector<std::string> columns = {"o", "p[].a", "p[].b", "p[]"};
  const Read got = read(
      "{ \"o\" : 1, \"p\" : [ {\"a\": [ 1 ] } , 7 , {} , \"x]\" , null , {\"b\":{\"c\":2} } ] }\n", columns);
  ASSERT_EQ(got.seen.size(), 6u);
  for (const SeenRecord& record : got.seen) {
    const Read again = read(record.raw + "\n", columns);
    ASSERT_EQ(again.seen.size(), 1u) << record.raw;
    EXPECT_EQ(again.seen[0].fields, record.fields) << record.raw;
  }
}

TEST(JsonReader, AWholeAroundTheExplodedArrayHoldsTheElementAlone) {
  const std::vector<std::string> columns = {"a", "a.p[].n", "a.p", "b"};
  const std::string line = R"({"a":{"p":[{"n":1}, {"n":2}],"q":[3]},"b":{"c":4}})";
  const Read got = read(line, columns);
  EXPECT_THAT(got.rows(), ElementsAre(R"({"p":[{"n":1}],"q":[3]}|1|[{"n":1}]|{"c":4})",
                                      R"({"p":[{"n":2}],"q":[3]}|2|[{"n":2}]|{"c":4})"));
  EXPECT_THAT(read(got.seen[1].raw, columns).rows(), ElementsAre(got.rows()[1]));
  EXPECT_THAT(read(R"({"a":{"p":[1,2]},"a":5})", {"a", "a.p[]"}).rows(), ElementsAre("5|1", "5|2"));
}

TEST(JsonReader, ExplodesOneArrayOnly) {
  EXPECT_THAT(read("{\"a\":1}\n", {"x[].a", "y[].b"}).failed.message(), HasSubstr("only one array"));
  EXPECT_THAT(read("{\"a\":1}\n", {"x[].y[].b"}).failed.message(), HasSubstr("is no path"));
  EXPECT_THAT(read("{\"a\":1}\n", {"[].a"}).failed.message(), HasSubstr("is no path"));
  EXPECT_EQ(read("{\"a\":1}\n", {""}).failed.code(), Code::kInvalidArgument);
}

TEST(JsonReader, ReadsAnArrayWhoseObjectsStandOnManyLines) {
  const Read got = read("\n[\n  {\n    \"a\": \"x}{\",\n    \"b\": [{}, {}]\n  },\n  {\"a\": \"\\\"\"}\n]\n");
  EXPECT_EQ(got.format, "JSON array");
  ASSERT_EQ(got.seen.size(), 2u);
  EXPECT_THAT(got.rows(), ElementsAre("x}{|[{},{}]", "\"|"));
  EXPECT_EQ(got.seen[0].line, 3u);
  EXPECT_EQ(got.seen[1].line, 7u);
}

TEST(JsonReader, SaysOfAnArrayThatEndsEarlyThatItIsCut) {
  EXPECT_EQ(read("[{\"a\":1},\n{\"a\":2}\n").failed.code(), Code::kDataLoss);
  const base::Status failed = read("[{\"a\":1},\n{\"a\":2},{\"a\":").failed;
  EXPECT_EQ(failed.code(), Code::kDataLoss);
  EXPECT_THAT(failed.message(), HasSubstr("the object that begins on line 2 does not end"));
}

TEST(JsonReader, AMissingQuoteInAnArrayCostsItsLine) {
  const Read got = read("[\n{\"a\":1},\n{\"a\":\"x},\n{\"a\":3}\n]");
  EXPECT_EQ(got.failed.code(), Code::kDataLoss);
  const Read closed = read("[\n{\"a\":1},\n{\"a\":\"x\n},\n7,\n{\"a\":3}\n]");
  ASSERT_EQ(closed.seen.size(), 4u);
  EXPECT_EQ(closed.seen[1].defects, kNotJson);
  EXPECT_EQ(closed.seen[2].raw, "7");
  EXPECT_THAT(closed.rows(), ElementsAre("1", "3"));
}

TEST(JsonReader, AFirstLineThatIsCutLeavesTheFileLines) {
  const Read got = read("{\"a\":\n{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(got.format, "JSON Lines");
  EXPECT_EQ(got.seen[0].defects, kNotJson);
  EXPECT_THAT(got.rows(), ElementsAre("1", "2"));
}

TEST(JsonReader, GivesTheSameRecordsInPiecesOfAnySize) {
  base::Random random(11);
  constexpr std::string_view kPieces[] = {
      "{\"a\":1}", "{\"b\":{\"c\":\"x\\\"}\"}}", "\n", "\n", ",", "[", "]", "{", "}", "\"", "\\", "x", " ",
      "\r\n"};
  for (int round = 0; round < 3000; ++round) {
    std::string text = random.chance(0.5) ? "[{\"a\":0}," : "{\"a\":0}\n";
    for (uint64_t i = random.below(30); i > 0; --i) text += kPieces[random.below(std::size(kPieces))];
    const Read whole = read(text, {"a", "b.c"}, {.max_record_bytes = 20});
    const Read pieces =
        read(text, {"a", "b.c"}, {.max_record_bytes = 20, .block_bytes = 1 + random.below(9)}, 3);
    ASSERT_EQ(whole.rows(), pieces.rows()) << text;
    ASSERT_EQ(whole.failed.message(), pieces.failed.message()) << text;
    ASSERT_EQ(whole.seen.size(), pieces.seen.size()) << text;
    for (size_t i = 0; i < whole.seen.size(); ++i) {
      ASSERT_EQ(whole.seen[i].raw, pieces.seen[i].raw) << text;
      ASSERT_EQ(whole.seen[i].line, pieces.seen[i].line) << text;
      ASSERT_EQ(text.substr(whole.seen[i].byte_offset, whole.seen[i].raw.size()), whole.seen[i].raw) << text;
    }
  }
}

TEST(JsonReader, KeepsTheHeaderWithinItsLimit) {
  std::string text = "{";
  for (size_t i = 0; i < kMaxSampledColumns + 5; ++i)
    text += fmt::format("{}\"k{}\":{}", i == 0 ? "" : ",", i, i);
  const Read got = read(text + "}\n");
  EXPECT_EQ(got.header.size(), kMaxSampledColumns);
  EXPECT_EQ(got.format, "JSON Lines (more than 10000 paths)");
  EXPECT_THAT(read(text + "}\n", {"k10004", "k0"}).rows(), ElementsAre("10004|0"));
}

}  // namespace
}  // namespace coterie::collect

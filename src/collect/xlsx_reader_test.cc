#include "collect/xlsx_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "collect/formats_testing.h"

namespace coterie::collect {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;

using Entries = std::vector<std::pair<std::string, std::string>>;

base::Result<std::unique_ptr<XlsxReader>> open(const Entries& entries, const ReaderOptions& options = {}) {
  const TemporaryFolder folder;
  return XlsxReader::open(write_zip(folder.path() / "book.xlsx", entries), options);
}

std::vector<std::string> rows(const Entries& entries, const ReaderOptions& options = {}) {
  auto reader = open(entries, options);
  EXPECT_TRUE(reader.has_value()) << reader.error().message();
  return reader ? rows_of(read_all(**reader)) : std::vector<std::string>();
}

std::string error(const Entries& entries, const ReaderOptions& options = {}) {
  auto reader = open(entries, options);
  if (!reader) return reader.error().message();
  base::Status failed;
  read_all(**reader, &failed);
  return failed.message();
}

// A sheet of one row of cells below the header a, b, c.
std::string below_header(const std::string& cells) {
  return text_row(1, {"a", "b", "c"}) + "<row r=\"2\">" + cells + "</row>";
}

TEST(XlsxReader, ReadsEveryKindOfCell) {
  const std::string shared =
      "<si><t>shared</t></si><si><r><t>two </t></r><r><t>runs</t></r><rPh><t>no</t></rPh></si>";
  EXPECT_THAT(
      rows(workbook(
          {{"S", below_header("<c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"B2\" t=\"s\"><v>1</v></c>"
                              "<c r=\"C2\" t=\"inlineStr\"><is><t>in &lt;line&gt; _x0041_</t></is></c>")}},
          shared)),
      ElementsAre("shared|two runs|in <line> A"));
  EXPECT_THAT(rows(workbook(
                  {{"S", below_header("<c t=\"b\"><v>1</v></c><c t=\"b\"><v>0</v></c><c><v>0.10</v></c>")}})),
              ElementsAre("true|false|0.10"));
  EXPECT_THAT(
      rows(workbook({{"S", below_header("<c><v>44.990000000000002</v></c><c><v>12345678901234567890</v></c>"
                                        "<c><v>1.3812345678E+10</v></c>")}})),
      ElementsAre("44.99|12345678901234567890|13812345678"));
}

TEST(XlsxReader, TakesTheSavedValueOfAFormulaOrNothing) {
  EXPECT_THAT(rows(workbook({{"S", below_header("<c><f>1+1</f><v>2</v></c><c><f>NOW()</f></c>"
                                                "<c t=\"str\"><f>A1</f><v>text</v></c>")}})),
              ElementsAre("2||text"));
}

TEST(XlsxReader, AnErrorIsAMissingValueThatTheRawTextShows) {
  auto reader = *open(workbook({{"S", below_header("<c t=\"e\"><v>#N/A</v></c><c><v>7</v></c>")}}));
  const auto seen = read_all(*reader);
  EXPECT_THAT(rows_of(seen), ElementsAre("|7|"));
  EXPECT_EQ(seen[0].raw, R"({"a":"#N/A","b":"7"})");
}

TEST(XlsxReader, MergedCellsHoldTheirValueInTheFirst) {
  EXPECT_THAT(rows(workbook({{"S", text_row(1, {"a", "b", "c"}) + text_row(2, {"x", "", "1"}) +
                                       text_row(3, {"", "", "2"}) +
                                       "</sheetData><mergeCells><mergeCell ref=\"A2:B3\"/>"
                                       "</mergeCells><sheetData>"}})),
              ElementsAre("x||1", "||2"));
}

TEST(XlsxReader, TurnsSerialNumbersIntoDatesByTheirFormat) {
  const std::string styles =
      "<numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd hh:mm\"/></numFmts>"
      "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
      "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/></cellXfs>";
  const std::string cells = below_header(
      "<c s=\"0\"><v>45352</v></c><c s=\"1\"><v>45352</v></c>"
      "<c s=\"2\"><v>45352.39583333333</v></c>");
  EXPECT_THAT(rows(workbook({{"S", cells}}, "", styles)),
              ElementsAre("45352|2024-03-01|2024-03-01 09:30:00"));
  EXPECT_THAT(rows(workbook({{"S", cells}}, "", styles, "date1904=\"1\"")),
              ElementsAre("45352|2028-03-02|2028-03-02 09:30:00"));
}

TEST(XlsxReader, ReadsTheFirstVisibleSheetThatHoldsSomething) {
  const auto entries = workbook({{"~Hidden", text_row(1, {"h"})},
                                 {"Empty", ""},
                                 {"Orders", below_header("<c><v>1</v></c>")},
                                 {"Notes", text_row(1, {"note", "x"}) + text_row(2, {"n", "m"})},
                                 {"Blank", "<row r=\"1\"/>"}});
  auto reader = *open(entries);
  EXPECT_EQ(reader->format(), "xlsx (sheet Orders; not read: Notes)");
  EXPECT_THAT(rows(entries), ElementsAre("1||"));
  EXPECT_THAT(rows(entries, {.sheet = "Notes"}), ElementsAre("n|m"));
  EXPECT_THAT(error(entries, {.sheet = "Absent"}),
              HasSubstr("has no sheet Absent; it has Hidden, Empty, Orders, Notes, Blank"));
  EXPECT_THAT(error(workbook({{"Empty", ""}})), HasSubstr("no visible sheet holds anything"));
}

TEST(XlsxReader, KeepsTheSheetsRowNumbersAndSkipsBlankRows) {
  auto reader =
      *open(workbook({{"S", "<row r=\"2\"/>" + text_row(3, {"", "a", "", "b"}) + text_row(5, {"", "1"}) +
                                "<row r=\"6\"><c s=\"1\"/></row>" + text_row(9, {"", "2", "x", "y"})}}));
  EXPECT_THAT(reader->header(), ElementsAre("a", "C", "b"));
  const auto seen = read_all(*reader);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].line, 5u);
  EXPECT_EQ(seen[1].line, 9u);
  EXPECT_EQ(seen[1].raw, R"({"a":"2","C":"x","b":"y"})");
}

TEST(XlsxReader, AValueOutsideTheHeaderIsADefect) {
  auto reader =
      *open(workbook({{"S", text_row(1, {"a", "b"}) + text_row(2, {"1", "2", "3"}) + text_row(3, {"1"})}}));
  const auto seen = read_all(*reader);
  EXPECT_EQ(seen[0].words, "a value outside the columns that the header names");
  EXPECT_EQ(seen[0].raw, R"({"a":"1","b":"2","C":"3"})");
  EXPECT_EQ(seen[1].defects, 0);
}

TEST(XlsxReader, TakesNamesForASheetWithoutAHeader) {
  EXPECT_THAT(rows(workbook({{"S", text_row(1, {"u1", "i1"}) + text_row(2, {"u2", "i2"})}}),
                   {.header = {"user", "item"}}),
              ElementsAre("u1|i1", "u2|i2"));
}

TEST(XlsxReader, ReadsElementsWithPrefixesAndNoReferences) {
  auto entries = workbook({{"S", ""}});
  entries[0].second =
      "<x:worksheet xmlns:x=\"u\"><x:sheetData><x:row><x:c t=\"str\"><x:v>a</x:v></x:c><x:c "
      "t=\"str\"><x:v>b</x:v></x:c></x:row>"
      "<x:row><x:c><x:v>1</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>";
  EXPECT_THAT(rows(entries), ElementsAre("1|2"));
}

TEST(XlsxReader, RefusesWhatIsDamaged) {
  auto entries = workbook({{"S", below_header("<c><v>1</v></c>")}});
  const auto with = [&](size_t i, const std::string& content) {
    Entries changed = entries;
    changed[i].second = content;
    return changed;
  };
  EXPECT_THAT(error(with(0, "<worksheet><sheetData>" + below_header("<c><v>1</v></c>"))),
              HasSubstr("damaged XML"));
  EXPECT_THAT(error(with(0, "<!DOCTYPE a [<!ENTITY b \"c\">]><worksheet/>")), HasSubstr("it has a DOCTYPE"));
  EXPECT_THAT(error(workbook({{"S", below_header("<c t=\"s\"><v>5</v></c>")}})),
              HasSubstr("out of the sheet's bounds"));
  EXPECT_THAT(error(workbook({{"S", below_header("<c r=\"ZZZZ1\"><v>5</v></c>")}})), HasSubstr("bounds"));
  EXPECT_THAT(error(workbook({{"S", text_row(2, {"a", "b"}) + text_row(1, {"c", "d"})}})),
              HasSubstr("bounds"));
  entries.erase(entries.begin());
  EXPECT_THAT(error(entries), HasSubstr("it lacks xl/worksheets/sheet1.xml"));
}

TEST(XlsxReader, ABombIsOneBadRowOrAnErrorInFlatMemory) {
  const std::string huge(40 << 20, 'x');
  auto reader =
      *open(workbook({{"S", text_row(1, {"a", "b"}) + text_row(2, {huge}) + text_row(3, {"1", "2"})}}));
  const auto seen = read_all(*reader);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].defects, kTooLong);
  EXPECT_THAT(rows_of(seen), ElementsAre("1|2"));
  EXPECT_THAT(error(workbook({{"S", text_row(1, {"a", "b"}) + "<row r=\"" + huge + "\"/>"}})),
              HasSubstr("a tag of more than"));
}

TEST(XlsxReader, ARowWhoseOnlyCellIsTooLongIsABadRow) {
  const auto seen =
      read_all(**open(workbook({{"S", text_row(1, {"a", "b"}) + text_row(2, {std::string(40, 'x')}) +
                                          text_row(3, {"1", "2"})}}),
                      {.max_record_bytes = 32}));
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].line, 2u);
  EXPECT_EQ(seen[0].defects, kTooLong);
}

TEST(XlsxReader, ElementsWithinEachOtherHaveALimit) {
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "<a>";
  EXPECT_THAT(error(workbook({{"S", deep}})), HasSubstr("elements too deep within each other"));
}

TEST(XlsxReader, APartBesideTheSheetsHasALimit) {
  const std::string blank(size_t{65} << 20, ' ');
  EXPECT_THAT(error(workbook({{"S", below_header("")}}, "", blank)),
              HasSubstr("styles.xml: more than 64 MiB"));
}

TEST(XlsxReader, AFlippedByteIsFoundOrChangesNothing) {
  const TemporaryFolder folder;
  std::string sheet = text_row(1, {"a", "b"});
  for (size_t i = 2; i < 30; ++i) sheet += text_row(i, {fmt::format("u{}", i * 7919), "x"});
  const auto path = write_zip(folder.path() / "good.xlsx", workbook({{"S", sheet}}));
  std::string bytes(std::filesystem::file_size(path), '\0');
  std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const auto rows_in = [](const std::string& content, base::Status& failed) {
    auto reader = XlsxReader::from_bytes(content, "flipped", {});
    if (!reader) failed = reader.error();
    return reader ? rows_of(read_all(**reader, &failed)) : std::vector<std::string>();
  };
  base::Status failed;
  const auto expected = rows_in(bytes, failed);
  ASSERT_TRUE(failed.ok());
  size_t found = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    base::Status status;
    const auto got = rows_in(flipped, status);
    if (status.ok())
      ASSERT_EQ(got, expected) << "byte " << at;
    else
      ++found;
  }
  EXPECT_GT(found, bytes.size() / 2);
}

TEST(XlsxReader, ATitleAboveTheHeaderIsToBeDeleted) {
  const TemporaryFolder folder;
  const std::string sheet =
      text_row(1, {"Orders of January"}) + text_row(3, {"a", "b"}) + text_row(4, {"1", "2"});
  const auto reader = XlsxReader::open(write_zip(folder.path() / "t.xlsx", workbook({{"S", sheet}})), {});
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().message(), HasSubstr("sheet S, row 1: only one column"));
}

}  // namespace
}  // namespace coterie::collect

#include "collect/parquet_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/formats_testing.h"
#include "collect/import_file.h"
#include "store/duckdb.h"

namespace coterie::collect {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::filesystem::path write(const TemporaryFolder& folder, const std::string& select,
                            const std::string& options = "", const std::string& name = "table.parquet") {
  auto connection =
      *store::Connection::open({.allowed_folders = {folder.path()}, .temp_folder = folder.path() / "t"});
  const auto path = folder.path() / name;
  auto done = connection->execute("COPY (" + select + ") TO " + store::sql_quoted(path.string()) +
                                  " (FORMAT parquet" + options + ")");
  EXPECT_TRUE(done.has_value()) << done.error().message();
  return path;
}

std::vector<std::string> rows(const std::filesystem::path& path) {
  auto reader = ParquetReader::open(path, {});
  EXPECT_TRUE(reader.has_value()) << reader.error().message();
  return reader ? rows_of(read_all(**reader)) : std::vector<std::string>();
}

std::string value(const std::string& expression) {
  const TemporaryFolder folder;
  return rows(write(folder, "SELECT " + expression + " AS v, 1 AS one")).at(0);
}

TEST(ParquetReader, WritesEveryTypeAsExactText) {
  EXPECT_EQ(value("9223372036854775807::BIGINT"), "9223372036854775807|1");
  EXPECT_EQ(value("18446744073709551615::UBIGINT"), "18446744073709551615|1");
  EXPECT_EQ(value("(-128)::TINYINT"), "-128|1");
  EXPECT_EQ(value("12345678901234567890.1230::DECIMAL(30,4)"), "12345678901234567890.1230|1");
  EXPECT_EQ(value("0.1::DOUBLE"), "0.1|1");
  EXPECT_EQ(value("17850::DOUBLE"), "17850|1");
  EXPECT_EQ(value("0.1::FLOAT"), "0.1|1");
  EXPECT_EQ(value("'nan'::DOUBLE"), "|1");
  EXPECT_EQ(value("true"), "true|1");
  EXPECT_EQ(value("DATE '2024-02-29'"), "2024-02-29|1");
  EXPECT_EQ(value("TIMESTAMP '2024-03-01 09:30:00'"), "2024-03-01 09:30:00|1");
  EXPECT_EQ(value("TIMESTAMP '2024-03-01 09:30:00.123456'"), "2024-03-01 09:30:00.123456|1");
  EXPECT_EQ(value("TIMESTAMP_NS '2024-03-01 09:30:00.123456789'"), "2024-03-01 09:30:00.123456|1");
  EXPECT_EQ(value("TIMESTAMPTZ '2024-03-01 09:30:00+08'"), "2024-03-01 01:30:00+00:00|1");
  EXPECT_EQ(value("'红色'"), "红色|1");
  EXPECT_EQ(value("''"), "|1");
  EXPECT_EQ(value("NULL::INTEGER"), "|1");
  EXPECT_EQ(value("'plain'::BLOB"), "plain|1");
  EXPECT_EQ(value("'\\xFF\\x00'::BLOB"), "0xFF00|1");
  EXPECT_EQ(value("[1, 2]"), "[1,2]|1");
  EXPECT_EQ(value("{'a': 1, 'b': [{'c': 'x'}]}"), "{\"a\":1,\"b\":[{\"c\":\"x\"}]}|1");
  EXPECT_EQ(value("MAP {'k': 1.5}"), "{\"k\":1.5}|1");
  EXPECT_EQ(value("UUID '11111111-2222-3333-4444-555555555555'"), "11111111-2222-3333-4444-555555555555|1");
}

TEST(ParquetReader, GivesRowsInTheirOrderWithTheirNumbers) {
  const TemporaryFolder folder;
  const auto path =
      write(folder, "SELECT i, 'u' || i AS user_id FROM range(100000) t(i)", ", ROW_GROUP_SIZE 5000");
  auto reader = *ParquetReader::open(path, {});
  const auto seen = read_all(*reader);
  ASSERT_EQ(seen.size(), 100'000u);
  for (size_t i = 0; i < seen.size(); ++i) {
    ASSERT_EQ(seen[i].line, i + 1);
    ASSERT_EQ(seen[i].fields[0], std::to_string(i));
  }
  EXPECT_EQ(seen[7].raw, R"({"i":"7","user_id":"u7"})");
  EXPECT_EQ(reader->total_bytes(), 100'000u);
}

TEST(ParquetReader, KeepsTheWholeRowAsRawTextWhateverIsSelected) {
  const TemporaryFolder folder;
  auto reader = *ParquetReader::open(write(folder, "SELECT 1 AS a, NULL::INT AS b, 'x\"y' AS c"), {});
  ASSERT_TRUE(reader->select({"c", "a"}).ok());
  const auto seen = read_all(*reader);
  EXPECT_EQ(seen[0].raw, R"({"a":"1","c":"x\"y"})");
  EXPECT_THAT(rows_of(seen), ElementsAre("x\"y|1"));
}

TEST(ParquetReader, ReadsAFewOrAllOfTenThousandColumns) {
  const TemporaryFolder folder;
  std::string list;
  for (int i = 0; i < 10'000; ++i) list += fmt::format("{}r + {} AS c{}", i == 0 ? "" : ", ", i, i);
  const auto path = write(folder, "SELECT " + list + " FROM range(2) t(r)");
  auto few = *ParquetReader::open(path, {});
  EXPECT_EQ(few->header().size(), 10'000u);
  ASSERT_TRUE(few->select({"c9999", "c0"}).ok());
  const auto seen = read_all(*few);
  EXPECT_THAT(rows_of(seen), ElementsAre("9999|0", "10000|1"));
  EXPECT_EQ(seen[1].raw, R"({"c0":"1","c9999":"10000"})");
  auto all = *ParquetReader::open(path, {});
  const auto whole = read_all(*all);
  ASSERT_EQ(whole.size(), 2u);
  EXPECT_EQ(whole[1].fields.at(9'999), "10000");
}

TEST(ParquetReader, AnImportReadsTheMappedColumnsOnly) {
  const TemporaryFolder folder;
  std::string list = "'u' AS user_id, '2024-01-01' AS ts, 'buy' AS behavior";
  for (int i = 0; i < 100; ++i) list += fmt::format(", {} AS c{}", i, i);
  auto file = FileImport::open(write(folder, "SELECT " + list), {});
  ASSERT_TRUE(file.has_value()) << file.error().message();
  EXPECT_THAT(file->plan().header, ElementsAre("user_id", "ts", "behavior"));
  EXPECT_EQ(file->plan().mapping().unused.size(), 100u);
}

TEST(ParquetReader, ARowWithANulOrTooMuchTextIsABadRecord) {
  const TemporaryFolder folder;
  const auto path =
      write(folder, "SELECT * FROM (VALUES (1, 'a' || chr(0)), (2, repeat('x', 2000000)), (3, 'c')) t(i, s)");
  auto reader = *ParquetReader::open(path, {});
  const auto seen = read_all(*reader);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].defects, kNulByte);
  EXPECT_EQ(seen[1].defects, kTooLong);
  EXPECT_EQ(seen[1].raw.size(), kKeptRawBytes);
  EXPECT_EQ(seen[2].defects, 0);
}

TEST(ParquetReader, ReadsOddNamesOfFilesAndColumns) {
  const TemporaryFolder folder;
  const auto path =
      write(folder, "SELECT 1 AS \"a\"\"b\", 2 AS \"file_row_number\", 3 AS \"select\"", "", "plain.parquet");
  for (const std::string name : {"a[1].parquet", "it's *.parquet", "year=2024.parquet", "q?.parquet"}) {
    std::filesystem::copy_file(path, folder.path() / name);
    auto reader = ParquetReader::open(folder.path() / name, {});
    ASSERT_TRUE(reader.has_value()) << reader.error().message();
    EXPECT_THAT((*reader)->header(), ElementsAre("a\"b", "file_row_number", "select"));
    EXPECT_THAT(rows_of(read_all(**reader)), ElementsAre("1|2|3")) << name;
  }
}

TEST(ParquetReader, NamesADamagedFile) {
  const TemporaryFolder folder;
  const auto path = write(folder, "SELECT i, 'u' || hash(i) AS user_id FROM range(20000) t(i)");
  std::string bytes(std::filesystem::file_size(path), '\0');
  std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const auto outcome = [&](const std::string& content) -> base::Status {
    auto reader = ParquetReader::open(folder.write("bad.parquet", content), {});
    if (!reader) return reader.error();
    base::Status failed;
    read_all(**reader, &failed);
    return failed;
  };
  EXPECT_TRUE(outcome(bytes).ok());
  for (const std::string& bad :
       {bytes.substr(0, bytes.size() / 2), std::string("PAR1"), "PAR1" + std::string(100, 'x') + "PAR1",
        bytes.substr(0, 1000) + std::string(500, '\xFF') + bytes.substr(1500)}) {
    const base::Status status = outcome(bad);
    EXPECT_EQ(status.code(), Code::kDataLoss) << status.message();
    EXPECT_THAT(status.message(), HasSubstr("bad.parquet: damaged Parquet file"));
  }
}

TEST(ParquetReader, RefusesAFileWithoutRows) {
  const TemporaryFolder folder;
  EXPECT_THAT(ParquetReader::open(write(folder, "SELECT 1 AS a WHERE false"), {}).error().message(),
              HasSubstr("without rows"));
}

TEST(ParquetReader, ItsErrorsHoldNoValue) {
  const TemporaryFolder folder;
  const auto path = write(folder, "SELECT 'caf' || 'e' || i AS user_id, i FROM range(3) t(i)",
                          ", COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1");
  std::string bytes(std::filesystem::file_size(path), '\0');
  std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  size_t changed = 0;
  for (size_t at = bytes.find("cafe"); at != std::string::npos; at = bytes.find("cafe", at + 1), ++changed)
    bytes[at + 3] = '\xE9';
  ASSERT_GT(changed, 0u);
  auto reader = ParquetReader::open(folder.write("bad.parquet", bytes), {});
  base::Status failed = reader ? base::Status() : reader.error();
  if (reader) read_all(**reader, &failed);
  EXPECT_EQ(failed.code(), Code::kDataLoss);
  EXPECT_THAT(failed.message(), HasSubstr("no valid UTF-8"));
  EXPECT_THAT(failed.message(), Not(HasSubstr("caf")));
}

TEST(ParquetReader, KeepsTheNamesOfTheFile) {
  const TemporaryFolder folder;
  const auto path = write(folder, "SELECT 1 AS \"Quantity\", {'a': {'b': 2}, 'c': [3]} AS s, 4 AS xuantity");
  std::string bytes(std::filesystem::file_size(path), '\0');
  std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  for (size_t at = bytes.find("xuantity"); at != std::string::npos; at = bytes.find("xuantity"))
    bytes[at] = 'q';
  const auto reader = ParquetReader::open(folder.write("q.parquet", bytes), {});
  ASSERT_TRUE(reader.has_value()) << reader.error().message();
  EXPECT_THAT((*reader)->header(), ElementsAre("Quantity", "s", "quantity"));
  EXPECT_THAT(rows_of(read_all(**reader)), ElementsAre("1|{\"a\":{\"b\":2},\"c\":[3]}|4"));
}

}  // namespace
}  // namespace coterie::collect

#include "collect/stored_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/formats_testing.h"
#include "collect/json_reader.h"

namespace coterie::collect {
namespace {

using testing::ElementsAre;

StoredRecords::Pages pages(std::vector<StoredRow> rows) {
  return [rows = std::move(rows)]() mutable -> base::Result<std::vector<StoredRow>> {
    return std::exchange(rows, {});
  };
}

TEST(StoredRecords, ReadsRowsOfDelimitedTextEachAlone) {
  StoredRecords records("f", {.delimiter = ",", .header = {"a", "b"}},
                        pages({{7, 90, "1,\"open"}, {8, 99, "2,x"}, {12, 130, "3"}}));
  const auto seen = read_all(records);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].defects, kBadQuote);
  EXPECT_EQ(seen[0].line, 7u);
  EXPECT_EQ(seen[1].fields, (std::vector<std::string>{"2", "x"}));
  EXPECT_EQ(seen[1].byte_offset, 99u);
  EXPECT_EQ(seen[2].words, "1 fields where the header has 2");
}

TEST(StoredRecords, ReadsRowsOfFilesWithOtherDelimiters) {
  StoredRecords records("f", {.delimiter = "::", .header = {"id", "name"}}, pages({{1, 0, "1::a \"b\" c"}}));
  ASSERT_TRUE(records.select({"name"}).ok());
  EXPECT_THAT(rows_of(read_all(records)), ElementsAre("a \"b\" c"));
}

TEST(StoredRecords, ReadsObjectsAgain) {
  StoredRecords records("f", {},
                        pages({{1, 0, R"({"user_id":"u1","o":{"price":0.10}})"}, {2, 0, "{\"user_id\":"}}));
  ASSERT_TRUE(records.select({"user_id", "o.price"}).ok());
  const auto seen = read_all(records);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].fields, (std::vector<std::string>{"u1", "0.10"}));
  EXPECT_EQ(seen[1].defects, kNotJson);
  EXPECT_EQ(seen[1].raw, "{\"user_id\":");
}

TEST(StoredRecords, ReadsOneElementOfAnExplodedArray) {
  const std::vector<std::string> columns = {"order", "p[].id"};
  StringSource source(R"({"order":1,"p":[{"id":"a"},{"id":"b"}]})");
  auto reader = *JsonReader::open(source, {});
  ASSERT_TRUE(reader->select(columns).ok());
  std::vector<StoredRow> rows;
  for (const SeenRecord& record : read_all(*reader))
    rows.push_back({record.line, record.byte_offset, record.raw});
  StoredRecords again("f", {.explode = "p"}, pages(rows));
  ASSERT_TRUE(again.select(columns).ok());
  EXPECT_THAT(rows_of(read_all(again)), ElementsAre("1|a", "1|b"));
}

}  // namespace
}  // namespace coterie::collect

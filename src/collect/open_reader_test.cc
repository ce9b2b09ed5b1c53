// The same little table in every format gives the same records; what cannot be read is refused in words.
#include "collect/open_reader.h"

#include <gmock/gmock.h>
#include <iconv.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "collect/formats_testing.h"
#include "store/duckdb.h"

namespace coterie::collect {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kHeader = {"user_id", "item_id", "behavior_type", "price", "ts", "note"};
const std::vector<std::vector<std::string>> kTable = {
    {"u1", "12345678901234567890", "buy", "0.10", "2024-03-01 09:30:00", "红色, \"大\""},
    {"u2", "00017", "view", "", "2024-03-01 10:00:00", ""},
    {"用户3", "i9", "buy", "12.5", "2024-02-29 23:59:59", "two\nlines"},
};

std::string csv(const std::string& delimiter) {
  std::string out;
  const auto line = [&](const std::vector<std::string>& fields) {
    for (size_t i = 0; i < fields.size(); ++i) {
      std::string quoted = "\"";
      for (const char c : fields[i]) quoted.append(c == '"' ? "\"\"" : std::string(1, c));
      out.append(i == 0 ? "" : delimiter).append(quoted + "\"");
    }
    out += "\n";
  };
  line(kHeader);
  for (const auto& row : kTable) line(row);
  return out;
}

std::string json_object(const std::vector<std::string>& row, bool pretty) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (size_t i = 0; i < row.size(); ++i) {
    object[kHeader[i]] = nullptr;
    if (!row[i].empty()) object[kHeader[i]] = row[i];
  }
  return object.dump(pretty ? 2 : -1);
}

std::string json(const char* before, const char* between, const char* after, bool pretty) {
  std::string out = before;
  for (size_t i = 0; i < kTable.size(); ++i)
    out.append(i == 0 ? "" : between).append(json_object(kTable[i], pretty));
  return out + after;
}

std::string in_encoding(const std::string& text, const char* encoding) {
  iconv_t decoder = ::iconv_open(encoding, "UTF-8");
  std::string in = text, out(text.size() * 4, '\0');
  char* from = in.data();
  char* to = out.data();
  size_t left = in.size(), room = out.size();
  EXPECT_NE(::iconv(decoder, &from, &left, &to, &room), static_cast<size_t>(-1));
  ::iconv_close(decoder);
  out.resize(out.size() - room);
  return out;
}

std::filesystem::path write_parquet(const TemporaryFolder& folder, const std::string& name,
                                    const std::string& select, const std::string& options = "") {
  auto connection =
      *store::Connection::open({.allowed_folders = {folder.path()}, .temp_folder = folder.path() / "t"});
  const auto path = folder.path() / name;
  auto done = connection->execute("COPY (" + select + ") TO " + store::sql_quoted(path.string()) +
                                  " (FORMAT parquet" + options + ")");
  EXPECT_TRUE(done.has_value()) << done.error().message();
  return path;
}

std::string table_as_values() {
  std::string values;
  for (const auto& row : kTable) {
    values += values.empty() ? "(" : ", (";
    for (size_t i = 0; i < row.size(); ++i)
      values += (i == 0 ? "" : ", ") + (row[i].empty() ? "NULL" : store::sql_quoted(row[i]));
    values += ")";
  }
  std::string columns;
  for (const std::string& name : kHeader) columns += (columns.empty() ? "" : ", ") + name;
  return "SELECT * FROM (VALUES " + values + ") t(" + columns + ")";
}

std::filesystem::path write_xlsx(const TemporaryFolder& folder, const std::string& name) {
  std::string rows = text_row(1, kHeader);
  for (size_t i = 0; i < kTable.size(); ++i) rows += text_row(i + 2, kTable[i]);
  return write_zip(folder.path() / name, workbook({{"Orders", rows}}));
}

// Every way in which the table can come.
std::vector<std::filesystem::path> all_forms(const TemporaryFolder& folder) {
  const std::string lines = json("", "\n", "\n", false);
  return {
      folder.write("comma.csv", csv(",")),
      folder.write("tab.txt", csv("\t")),
      folder.write("semicolon.dat", csv(";")),
      folder.write("pipe", csv("|")),
      folder.write("bom.csv", "\xEF\xBB\xBF" + csv(",")),
      folder.write("gb.csv", in_encoding(csv(","), "GB18030")),
      folder.write("gzip.csv", gzipped(csv(","))),
      folder.write("zstd.csv", zstd_packed(csv(","))),
      folder.write("members.gz", gzipped(csv(",").substr(0, 50)) + gzipped(csv(",").substr(50))),
      folder.write("frames.zst", zstd_packed(csv(",").substr(0, 50)) + zstd_packed(csv(",").substr(50))),
      folder.write("lines.json", lines),
      folder.write("lines.csv", "\xEF\xBB\xBF" + lines),
      folder.write("gb.jsonl", in_encoding(lines, "GB18030")),
      folder.write("lines.json.gz", gzipped(lines)),
      folder.write("array.json", json("[", ",", "]", false)),
      folder.write("pretty.json", json("[\n  ", ",\n  ", "\n]\n", true)),
      folder.write("objects.json", json("", "\n", "\n", true)),
      write_zip(folder.path() / "one.zip", {{"data/", ""}, {"data/a.csv", csv(",")}, {"__MACOSX/._a", "x"}}),
      write_xlsx(folder, "book.csv"),
      write_parquet(folder, "table.bin", table_as_values()),
  };
}

TEST(OpenReader, GivesTheSameRecordsWhateverTheFormat) {
  const TemporaryFolder folder;
  for (const auto& path : all_forms(folder)) {
    auto reader = open_reader(path, {});
    ASSERT_TRUE(reader.has_value()) << path << ": " << reader.error().message();
    EXPECT_EQ((*reader)->name(), path.filename().string());
    EXPECT_EQ((*reader)->header(), kHeader) << path;
    const auto seen = read_all(**reader);
    ASSERT_EQ(seen.size(), kTable.size()) << path << " " << (*reader)->format();
    for (size_t i = 0; i < kTable.size(); ++i) {
      EXPECT_EQ(seen[i].defects, 0) << path << ": " << seen[i].words;
      EXPECT_EQ(seen[i].fields, kTable[i]) << path << " " << (*reader)->format();
      EXPECT_FALSE(seen[i].raw.empty());
    }
    EXPECT_EQ((*reader)->consumed_bytes(), (*reader)->total_bytes()) << path;
    EXPECT_GT((*reader)->total_bytes(), 0u);
  }
}

TEST(OpenReader, GivesTheSelectedColumnsWhateverTheFormat) {
  const TemporaryFolder folder;
  for (const auto& path : all_forms(folder)) {
    auto reader = *open_reader(path, {});
    ASSERT_TRUE(reader->select({"ts", "user_id", "ts"}).ok());
    EXPECT_THAT(reader->header(), ElementsAre("ts", "user_id", "ts"));
    EXPECT_THAT(rows_of(read_all(*reader)), ElementsAre("2024-03-01 09:30:00|u1|2024-03-01 09:30:00",
                                                        "2024-03-01 10:00:00|u2|2024-03-01 10:00:00",
                                                        "2024-02-29 23:59:59|用户3|2024-02-29 23:59:59"))
        << path;
  }
}

TEST(OpenReader, NamesAMissingColumnOfATable) {
  const TemporaryFolder folder;
  for (const auto& path : {folder.write("a.csv", csv(",")), write_xlsx(folder, "a.xlsx"),
                           write_parquet(folder, "a.parquet", table_as_values())}) {
    const base::Status status = (*open_reader(path, {}))->select({"user_id", "absent"});
    EXPECT_EQ(status.code(), Code::kNotFound);
    EXPECT_THAT(status.message(), HasSubstr("has no column absent; it has user_id, item_id"));
  }
}

TEST(OpenReader, SaysHowTheFileWasRead) {
  const TemporaryFolder folder;
  const auto format = [](const std::filesystem::path& path) {
    auto reader = *open_reader(path, {});
    read_all(*reader);
    return reader->format();
  };
  EXPECT_EQ(format(folder.write("a", csv(","))), "CSV (comma)");
  EXPECT_EQ(format(folder.write("b", in_encoding(csv("\t"), "GB18030"))), "CSV (tab, GB18030)");
  EXPECT_EQ(format(folder.write("c", json("", "\n", "\n", false))), "JSON Lines");
  EXPECT_EQ(format(folder.write("d", json("[", ",", "]", true))), "JSON array");
  EXPECT_EQ(format(folder.write("e", json("", "\n", "", true))), "JSON objects");
  EXPECT_EQ(format(write_xlsx(folder, "f")), "xlsx (sheet Orders)");
  EXPECT_EQ(format(write_parquet(folder, "g", table_as_values())), "Parquet");
}

TEST(OpenReader, ReadsAPipe) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(path, std::ios::binary) << zstd_packed(csv(",")); });
  auto reader = *open_reader(path, {});
  EXPECT_EQ(read_all(*reader).size(), kTable.size());
  writer.join();
}

TEST(OpenReader, ReadsFilesWithoutAHeaderLine) {
  const TemporaryFolder folder;
  const auto rows = [&](const std::string& text, ReaderOptions options) {
    auto reader = open_reader(folder.write("x", text), options);
    EXPECT_TRUE(reader.has_value()) << reader.error().message();
    return rows_of(read_all(**reader));
  };
  // cdnow, MovieLens 1M, MovieLens 100K and yoochoose.
  EXPECT_THAT(rows(" 00001 19970101  1   11.77\n 00002 19970112  1   12.00\r\n",
                   {.delimiter = "space", .header = {"user", "day", "quantity", "amount"}}),
              ElementsAre("00001|19970101|1|11.77", "00002|19970112|1|12.00"));
  EXPECT_THAT(rows("1::Toy \"Story\" (1995)::A|B\n2::x::\n",
                   {.delimiter = "::", .header = {"id", "title", "genres"}}),
              ElementsAre("1|Toy \"Story\" (1995)|A|B", "2|x|"));
  EXPECT_THAT(rows("196\t242\t3\t881250949\n", {.header = {"user", "item", "rating", "ts"}}),
              ElementsAre("196|242|3|881250949"));
  EXPECT_THAT(
      rows("1,2014-04-07T10:51:09.277Z,214536502,0\n", {.header = {"session", "ts", "item", "category"}}),
      ElementsAre("1|2014-04-07T10:51:09.277Z|214536502|0"));
}

TEST(OpenReader, ALineOfAnotherLengthIsOneBadRow) {
  StringSource source("1::a\n2::b::c\n3::d\n");
  auto reader = *open_reader(source, {.delimiter = "::", .header = {"id", "name"}});
  const auto seen = read_all(*reader);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[1].words, "3 fields where the header has 2");
  EXPECT_EQ(seen[1].line, 2u);
  EXPECT_EQ(reader->format(), "CSV ('::', no header line)");
}

TEST(OpenReader, TakesABracketedNameForAColumnAndNotForJson) {
  StringSource source("[user_id],[item_id]\n1,2\n");
  auto reader = *open_reader(source, {});
  EXPECT_THAT(reader->header(), ElementsAre("[user_id]", "[item_id]"));
}

TEST(OpenReader, RefusesInWordsWhatItCannotRead) {
  const TemporaryFolder folder;
  const auto message = [](const std::filesystem::path& path, const ReaderOptions& options = {}) {
    auto reader = open_reader(path, options);
    return reader ? "opened" : reader.error().message();
  };
  EXPECT_THAT(message(folder.path() / "absent"), HasSubstr("cannot open"));
  EXPECT_THAT(message(folder.path()), HasSubstr("is a folder; name the files in it"));
  EXPECT_THAT(message(folder.write("a", "")), HasSubstr("is empty"));
  EXPECT_THAT(message(folder.write("b", "\xD0\xCF\x11\xE0\xA1\xB1")), HasSubstr("old spreadsheet (.xls)"));
  EXPECT_THAT(message(folder.write("c", "user_id\nu1\n")), HasSubstr("only one column"));
  EXPECT_THAT(message(folder.write("d", "\xFF\xFEu\0s\0")), HasSubstr("UTF-16"));
  EXPECT_THAT(message(folder.write("e", "a,b\n1,2\n"), {.encoding = "koi8-r"}),
              HasSubstr("the encoding koi8-r"));
  EXPECT_THAT(message(folder.write("f", "a,b\n1,2\n"), {.delimiter = "abc"}), HasSubstr("'::' or 'space'"));
  EXPECT_THAT(message(folder.write("g", gzipped("PAR1...."))), HasSubstr("decompress it first"));
  EXPECT_THAT(message(folder.write("h", "{\"a\": tru}\n{\n")), HasSubstr("no JSON object that can be read"));
  EXPECT_THAT(message(write_zip(folder.path() / "i", {{"a.csv", "a,b\n"}, {"b.csv", "a,b\n"}})),
              HasSubstr("a zip archive of 2 files (a.csv, b.csv)"));
  EXPECT_THAT(message(write_zip(folder.path() / "j", {{"mimetype", "x"}, {"content.xml", "<a/>"}})),
              HasSubstr("(.ods); save it as .xlsx or CSV"));
  EXPECT_THAT(message(folder.write("m", "[\"a\", \"b\"]")), HasSubstr("no JSON object that can be read"));
  EXPECT_THAT(message(folder.write("k", "PK\x03\x04 cut")), HasSubstr("damaged zip"));
  EXPECT_THAT(message(folder.write("l.zst", "\x01\x02\x03")), HasSubstr("damaged zstd"));
}

// A parser of `text` behind `bytes` of zeros, without holding them.
class Zeros final : public TextSource {
 public:
  explicit Zeros(uint64_t bytes) : left_(bytes) {}
  const std::string& name() const override { return name_; }
  base::Result<size_t> read(std::span<char> buffer) override {
    const auto size = static_cast<size_t>(std::min<uint64_t>(buffer.size(), left_));
    std::memset(buffer.data(), 0, size);
    left_ -= size;
    return size;
  }

 private:
  std::string name_ = "zeros";
  uint64_t left_;
};

std::string zstd_bomb(uint64_t bytes) {
  ZSTD_CCtx* context = ::ZSTD_createCCtx();
  Zeros zeros(bytes);
  std::string out = zstd_packed("a,b\n1,"), in(1 << 20, '\0'), room(1 << 20, '\0');
  for (bool more = true; more;) {
    const size_t got = *zeros.read(in);
    more = got > 0;
    ZSTD_inBuffer from{in.data(), got, 0};
    size_t left = 1;
    while (from.pos < from.size || (!more && left > 0)) {
      ZSTD_outBuffer to{room.data(), room.size(), 0};
      left = ::ZSTD_compressStream2(context, &to, &from, more ? ZSTD_e_continue : ZSTD_e_end);
      out.append(room.data(), to.pos);
    }
  }
  ::ZSTD_freeCCtx(context);
  return out;
}

std::string gzip_bomb(size_t megabytes) {
  const std::string zeros(1 << 20, '\0');
  const std::string member = gzipped(zeros, 9);
  std::string out = gzipped("a,b\n1,");
  for (size_t i = 0; i < megabytes; ++i) out += member;
  return out;
}

size_t peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) << 10;
  }
  return 0;
}

// The address sanitizer keeps this much of what was freed.
#ifdef __SANITIZE_ADDRESS__
constexpr size_t kFreedAndKept = 256u << 20;
#else
constexpr size_t kFreedAndKept = 0;
#endif

TEST(OpenReader, AGigabyteOfZerosIsOneBadRecordInFlatMemory) {
  const TemporaryFolder folder;
  const auto gzip = folder.write("bomb.csv.gz", gzip_bomb(1024));
  const auto zstd = folder.write("bomb.csv.zst", zstd_bomb(uint64_t{1} << 30));
  EXPECT_LT(std::filesystem::file_size(gzip), 2u << 20);
  EXPECT_LT(std::filesystem::file_size(zstd), 2u << 20);
  const size_t before = peak_memory_bytes();
  for (const auto& path : {gzip, zstd}) {
    auto reader = *open_reader(path, {});
    const auto seen = read_all(*reader);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].line, 2u);
    EXPECT_EQ(seen[0].defects, kTooLong);
    EXPECT_EQ(seen[0].raw.size(), kKeptRawBytes);
  }
  EXPECT_LT(peak_memory_bytes() - before, (64u << 20) + kFreedAndKept);
}

TEST(OpenReader, SaysWhatAFileIsThatIsNoTable) {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& content) {
    auto reader = open_reader(folder.write("file", content), {});
    return reader ? std::string("read") : reader.error().message();
  };
  EXPECT_THAT(refusal(gzipped(gzipped("a,b\n1,2\n"))), HasSubstr("a compressed file within another"));
  EXPECT_THAT(refusal(" \n\t\n"), HasSubstr("is empty"));
  EXPECT_THAT(refusal("PARE and more"), HasSubstr("an encrypted Parquet file"));
  EXPECT_THAT(refusal(std::string("ARROW1\0\0", 8)), HasSubstr("write it as Parquet"));
}

TEST(OpenReader, JsonWithOtherQuotesIsNotShownAsATable) {
  const TemporaryFolder folder;
  const std::string line = "{'user':'zhang','phone':'x'}\n";
  const auto reader = open_reader(folder.write("a.jsonl", line), {});
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().message(), HasSubstr("begins like JSON but is none"));
  EXPECT_THAT(reader.error().message(), Not(HasSubstr("zhang")));
  EXPECT_TRUE(open_reader(folder.write("b.csv", "{id},b\n1,2\n"), {.delimiter = ","}).has_value());
}

}  // namespace
}  // namespace coterie::collect

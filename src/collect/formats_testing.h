// What the tests of the readers share: files of every format made on the spot, and records with their views
// copied.
#pragma once

#include <gtest/gtest.h>
#include <zip.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collect/collect_testing.h"
#include "collect/open_reader.h"

namespace coterie::collect {

/// A record that keeps what it shows.
struct SeenRecord {
  uint64_t line = 0;
  uint64_t byte_offset = 0;
  std::string raw;
  std::vector<std::string> fields;
  int defects = 0;
  std::string words;  // describe_defects
};

inline std::vector<SeenRecord> read_all(RecordReader& reader, base::Status* failed = nullptr) {
  std::vector<SeenRecord> seen;
  Record record;
  for (;;) {
    auto found = reader.next(record);
    if (!found && failed != nullptr) *failed = found.error();
    if (!found && failed == nullptr) ADD_FAILURE() << found.error().message();
    if (!found || !*found) return seen;
    seen.push_back({record.line, record.byte_offset, std::string(record.raw),
                    std::vector<std::string>(record.fields.begin(), record.fields.end()), record.defects,
                    record.defects == 0 ? "" : reader.describe_defects(record)});
  }
}

/// Every field of every readable record, "|" between fields.
inline std::vector<std::string> rows_of(const std::vector<SeenRecord>& seen) {
  std::vector<std::string> rows;
  for (const SeenRecord& record : seen) {
    std::string row;
    for (size_t i = 0; i < record.fields.size(); ++i) row.append(i == 0 ? "" : "|").append(record.fields[i]);
    if (record.defects == 0) rows.push_back(row);
  }
  return rows;
}

inline std::string gzipped(std::string_view text, int level = 6) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// One frame, with a checksum.
inline std::string zstd_packed(std::string_view text) {
  ZSTD_CCtx* context = ::ZSTD_createCCtx();
  ::ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string out(::ZSTD_compressBound(text.size()), '\0');
  out.resize(::ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size()));
  ::ZSTD_freeCCtx(context);
  return out;
}

/// A zip archive of `entries`, name → content.
inline std::filesystem::path write_zip(const std::filesystem::path& path,
                                       const std::vector<std::pair<std::string, std::string>>& entries) {
  int code = 0;
  zip_t* zip = ::zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  EXPECT_NE(zip, nullptr);
  for (const auto& [name, content] : entries)
    ::zip_file_add(zip, name.c_str(), ::zip_source_buffer(zip, content.data(), content.size(), 0),
                   ZIP_FL_OVERWRITE);
  EXPECT_EQ(::zip_close(zip), 0);
  return path;
}

/// Entries of a workbook: `sheets` are names and the XML within <sheetData>, `shared` within <sst>, `styles`
/// within <styleSheet>. A name that begins with "~" is hidden.
inline std::vector<std::pair<std::string, std::string>> workbook(
    const std::vector<std::pair<std::string, std::string>>& sheets, const std::string& shared = "",
    const std::string& styles = "", const std::string& properties = "") {
  std::string list, relations;
  std::vector<std::pair<std::string, std::string>> entries;
  for (size_t i = 0; i < sheets.size(); ++i) {
    const bool hidden = sheets[i].first.starts_with("~");
    list +=
        fmt::format(R"(<sheet name="{}" sheetId="{}" r:id="rId{}"{}/>)",
                    sheets[i].first.substr(hidden ? 1 : 0), i + 1, i + 1, hidden ? R"( state="hidden")" : "");
    relations += fmt::format(
        R"(<Relationship Id="rId{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{}.xml"/>)",
        i + 1, i + 1);
    entries.emplace_back(fmt::format("xl/worksheets/sheet{}.xml", i + 1),
                         "<worksheet><sheetData>" + sheets[i].second + "</sheetData></worksheet>");
  }
  entries.emplace_back("xl/workbook.xml", "<workbook xmlns:r=\"r\"><workbookPr " + properties + "/><sheets>" +
                                              list + "</sheets></workbook>");
  entries.emplace_back("xl/_rels/workbook.xml.rels", "<Relationships>" + relations + "</Relationships>");
  if (!shared.empty()) entries.emplace_back("xl/sharedStrings.xml", "<sst>" + shared + "</sst>");
  if (!styles.empty()) entries.emplace_back("xl/styles.xml", "<styleSheet>" + styles + "</styleSheet>");
  return entries;
}

/// A row of texts, each inline.
inline std::string text_row(size_t number, const std::vector<std::string>& values) {
  std::string out = fmt::format("<row r=\"{}\">", number);
  for (size_t i = 0; i < values.size(); ++i) {
    const char letter = static_cast<char>('A' + i);
    if (!values[i].empty())
      out += fmt::format(R"(<c r="{}{}" t="inlineStr"><is><t>{}</t></is></c>)", letter, number, values[i]);
  }
  return out + "</row>";
}

}  // namespace coterie::collect

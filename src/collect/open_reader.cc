#include "collect/open_reader.h"

#include <utility>

#include "collect/decoded_source.h"
#include "collect/encoding.h"
#include "collect/file_source.h"
#include "collect/json_reader.h"
#include "collect/list_lines.h"
#include "collect/parquet_reader.h"
#include "collect/text_reader.h"
#include "collect/xlsx_reader.h"
#include "collect/zip_source.h"

namespace coterie::collect {

namespace {

using base::Code;

constexpr size_t kHeadBytes = 4096;

// "{" before a key, "[" before a value or the end: not the bracket of a column's name.
bool begins_like_json(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  head = trimmed(head);
  if (head.empty() || (head.front() != '{' && head.front() != '[')) return false;
  const std::string_view inside = trimmed(head.substr(1));
  const std::string_view expected = head.front() == '{' ? "\"}" : "{[]\"";
  return inside.empty() || expected.find(inside.front()) != std::string_view::npos;
}

base::Status check_columns(const TextReader& reader, const ReaderOptions& options) {
  if (reader.header().size() > 1 || !options.header.empty()) return {};
  return base::failure(
      Code::kInvalidArgument,
      "{}, line 1: only one column, read with a {} as delimiter; give the right one, for example "
      "--delimiter ';' or --delimiter space (comma, tab, semicolon and pipe are tried by themselves)",
      reader.name(), delimiter_name(reader.delimiter()));
}

base::Result<std::unique_ptr<RecordReader>> open_text(std::unique_ptr<DecodedSource> text,
                                                      const ReaderOptions& options) {
  COTERIE_ASSIGN(const std::string_view head, text->peek(kHeadBytes));
  for (const auto& [magic, what] :
       {std::pair("PAR1", "a Parquet file"), std::pair("PK\x03\x04", "an archive")}) {
    if (head.starts_with(magic))
      return base::error(Code::kInvalidArgument,
                         "{} holds {} within another compression; decompress it first", text->name(), what);
  }
  const bool has_text_options = !options.delimiter.empty() || !options.header.empty();
  if (!has_text_options && begins_like_json(head)) return JsonReader::open(std::move(text), options);
  if (options.header.empty())
    if (const auto lists = how_to_read_lists(head, options.delimiter, text->name()))
      return base::error(Code::kInvalidArgument, "{}", *lists);
  COTERIE_ASSIGN(auto reader, TextReader::open(std::move(text), options));
  COTERIE_CHECK_OK(check_columns(*reader, options));
  return reader;
}

}  // namespace

base::Result<std::unique_ptr<RecordReader>> open_reader(const std::filesystem::path& path,
                                                        const ReaderOptions& options) {
  COTERIE_ASSIGN(const Container container, recognise(path));
  if (container == Container::kParquet) return ParquetReader::open(path, options);
  std::unique_ptr<TextSource> file;
  if (container == Container::kZip) {
    COTERIE_ASSIGN(auto archive, ZipArchive::open(path));
    const std::vector<std::string> files = files_in(*archive);
    if (is_workbook(*archive) || files.size() != 1) return XlsxReader::open(path, options);
    COTERIE_ASSIGN(file, ZipSource::open(std::move(archive), files.front(), path.filename().string()));
  } else {
    COTERIE_ASSIGN(file, open_file(path));
  }
  COTERIE_ASSIGN(auto text, DecodedSource::open(std::move(file), options.encoding));
  return open_text(std::move(text), options);
}

base::Result<std::unique_ptr<RecordReader>> open_reader(TextSource& source, const ReaderOptions& options) {
  COTERIE_ASSIGN(auto text, DecodedSource::open(source, options.encoding));
  return open_text(std::move(text), options);
}

}  // namespace coterie::collect

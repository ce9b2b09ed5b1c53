// Delimited text. Promises: nothing of a file is lost between its records, their lines and bytes are the
// file's, what is read does not depend on the sizes in which bytes come, and what was read and is written
// again reads the same.
#include "collect/open_reader.h"
#include "collect/text_reader.h"
#include "fuzzing.h"

namespace coterie::fuzzing {
namespace {

using collect::ReaderOptions;

// How a person may have it read; the input's size chooses.
ReaderOptions options_for(size_t size) {
  ReaderOptions options;
  options.max_record_bytes = 1 << 16;
  options.block_bytes = 1 << 12;
  switch (size % 6) {
    case 1: options.delimiter = "::"; break;
    case 2: options.delimiter = "space"; break;
    case 3: options.delimiter = ";"; break;
    case 4:
    case 5:
      options.max_record_bytes = 40;
      options.max_quoted_bytes = 12;
      options.max_quoted_lines = 2;
      break;
    default: break;
  }
  if (size % 2 == 1) options.header = {"a", "b", "c"};
  return options;
}

Reading read_text(std::string_view text, ReaderOptions options, size_t block, size_t piece) {
  options.block_bytes = block;
  PieceSource source(text, piece);
  return read_all(collect::TextReader::open(source, options));
}

bool is_blank(std::string_view text) { return text.find_first_not_of("\r\n") == std::string_view::npos; }

// Records lie one after the other, and only line ends stand between them.
void check_places(std::string_view text, const Reading& reading) {
  uint64_t line = 1;
  size_t counted = 0, end = 0;
  bool is_first = true;
  for (const SeenRecord& record : reading.records) {
    require(record.byte_offset >= end && record.byte_offset < text.size(),
            "records lie in the file, in order");
    line += static_cast<uint64_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                             text.begin() + static_cast<std::ptrdiff_t>(record.byte_offset),
                                             '\n'));
    counted = record.byte_offset;
    require(record.line == line, "a record's line is the physical one");
    require(text.substr(record.byte_offset, record.raw.size()) == record.raw, "raw text is the file's");
    if (!is_first)
      require(is_blank(text.substr(end, record.byte_offset - end)), "nothing is lost between records");
    is_first = false;
    end = record.byte_offset + record.raw.size();
    if (record.cut != base::Hash128()) end = std::min(text.find('\n', end), text.size());
  }
  if (!is_first && reading.failed.ok()) require(is_blank(text.substr(end)), "nothing is lost at the end");
}

// Written with every field in quotes, the readable records read the same.
void check_written(const Reading& reading) {
  std::string text;
  size_t written = 0;
  for (const SeenRecord& record : reading.records) {
    if (record.defects != 0) continue;
    for (size_t i = 0; i < record.fields.size(); ++i)
      text.append(i == 0 ? "" : ",").append(in_quotes(record.fields[i]));
    text.append("\r\n");
    ++written;
  }
  ReaderOptions options;
  options.delimiter = ",";
  options.header = reading.header;
  if (written == 0 || options.header.empty()) return;
  const Reading again = read_text(text, options, 1 << 12, 1 << 12);
  require(again.records.size() == written, "as many records as were written");
  size_t at = 0;
  for (const SeenRecord& record : reading.records) {
    if (record.defects == 0)
      require(again.records[at++].fields == record.fields, "what is written reads the same");
  }
}

// The same through the detection of formats and encodings.
void check_opened(std::string_view text, const ReaderOptions& options) {
  constexpr const char* kEncodings[] = {"", "gb18030", "latin1", "utf-8"};
  const auto read = [&](size_t block, size_t piece) {
    ReaderOptions encoded = options;
    encoded.encoding = kEncodings[text.size() / 6 % 4];
    encoded.block_bytes = block;
    PieceSource source(text, piece);
    return read_all(collect::open_reader(source, encoded));
  };
  require(read(1 << 12, 1 << 12).is_same(read(5, 3)),
          "an opened file does not depend on the sizes of its blocks");
}

}  // namespace
}  // namespace coterie::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace coterie::fuzzing;
  const std::string_view text = text_of(data, size);
  const auto options = options_for(size);
  const Reading reading = read_text(text, options, 1 << 12, 1 << 12);
  require(reading.is_same(read_text(text, options, 3, 2)),
          "what is read does not depend on the sizes of blocks");
  check_places(text, reading);
  check_written(reading);
  check_opened(text, options);
  return 0;
}

// Streaming reader of delimited text (RFC 4180: CSV, TSV, semicolons, pipes).
//
// Why our own: it knows the physical line and byte of every record, keeps the raw text, and never lets one
// bad quote swallow the rows after it. What is read:
//   · a field that begins with a quote runs to the next lone quote, "" inside stands for one; it may hold
//     delimiters and line ends. A quote further inside a field is an ordinary character (5" NAIL);
//   · a record ends with LF or CRLF; the last one may end with the file; blank lines are no records;
//   · a UTF-8 byte order mark is skipped.
//
// A record that cannot be read is given out as data, with its defects, and reading goes on:
//   · quote: a quoted field is not closed within max_quoted_lines or max_quoted_bytes, or text follows its
//   closing
//     quote, or a record of several lines has the wrong number of fields. The first physical line alone is
//     given out as bad, and reading resumes at the next physical line;
//   · too long: more than max_record_bytes. The physical line is skipped, its first 64 KiB are kept;
//   · field count, NUL bytes, invalid UTF-8: the record is given out whole.
// What is a record and what is bad never depends on the sizes in which the source hands out its bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "collect/record_reader.h"
#include "collect/text_source.h"

namespace coterie::collect {

struct TextReaderOptions {
  char delimiter = '\0';               ///< '\0': the one of , tab ; | that the header line holds most of
  size_t max_record_bytes = 1 << 20;   ///< without the line end; ≥ 1
  size_t max_quoted_bytes = 64 << 10;  ///< of one quoted field
  size_t max_quoted_lines = 100;       ///< line ends within one quoted field
  size_t block_bytes = 1 << 20;        ///< asked from the source at a time; ≥ 1
};

/// Not thread safe. Memory: max_record_bytes + block_bytes. Speed: about 1 GB/s a core on plain records.
class TextReader final : public RecordReader {
 public:
  /// Reads the header line. `source` must outlive the reader.
  /// Errors: kInvalidArgument (empty, unreadable header, UTF-16), and those of the source.
  static base::Result<std::unique_ptr<TextReader>> open(TextSource& source, const TextReaderOptions& options);

  const std::vector<std::string>& header() const override { return header_; }
  char delimiter() const { return options_.delimiter; }
  const TextReaderOptions& options() const { return options_; }

  base::Result<bool> next(Record& record) override;
  std::string describe_defects(const Record& record) const override;
  bool is_delimited_text() const override { return true; }
  std::string format() const override;

 private:
  enum class Walk { kRecord, kNeedMore, kBadQuote, kTooLong };
  class Marks;

  TextReader(TextSource& source, const TextReaderOptions& options);
  base::Status read_header();
  base::Status detect_delimiter();
  base::Status refill();
  Walk skip_blank_lines();
  Walk walk_record();
  Walk walk_quoted(Marks& marks, const char* open, const char** after);
  Walk walk_plain(Marks& marks, const char* field, const char** after);
  Walk out_of_window(const char* stop) const;
  void add_quoted(const char* open, const char* close, bool escaped);
  void finish_record(Record& record);
  bool take_bad_line(Record& record, uint8_t defects);
  base::Status skip_long_line(Record& record);
  void start(Record& record) const;
  void advance(size_t bytes, size_t lines);
  const char* window_end() const;
  bool at_end(const char* position) const { return eof_ && position == buffer_.get() + end_; }

  TextSource& source_;
  TextReaderOptions options_;
  std::vector<std::string> header_;

  // buffer_[begin_, end_) is read and not yet given out; 64 readable bytes follow end_.
  std::unique_ptr<char[]> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool eof_ = false;
  uint64_t line_ = 1;    // of buffer_[begin_]
  uint64_t offset_ = 0;  // of buffer_[begin_]

  // The record being walked.
  std::vector<std::string_view> fields_;
  std::string unescaped_;             // of all its fields; reserved ahead so that views stay valid
  const char* record_end_ = nullptr;  // before the line end
  const char* next_start_ = nullptr;
  size_t inner_lines_ = 0;
  std::string kept_;
};

/// "comma", "tab", "semicolon", "pipe", or the character in quotes.
std::string delimiter_name(char delimiter);

}  // namespace coterie::collect

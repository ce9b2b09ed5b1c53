// Streaming reader of delimited text (RFC 4180: CSV, TSV, semicolons, pipes).
//
// Why our own: it knows the physical line and byte of every record, keeps the raw text, and never lets one
// bad quote swallow the rows after it. What is read:
//   · a field that begins with a quote runs to the next lone quote, "" inside stands for one; it may hold
//     delimiters and line ends. A quote further inside a field is an ordinary character (5" NAIL);
//   · a record ends with LF or CRLF; the last one may end with the file; blank lines are no records;
//   · a UTF-8 byte order mark is skipped;
//   · between fields that "::" or runs of spaces and tabs separate there are no quotes: a record is a line,
//     spaces at its ends are no fields.
//
// A record that cannot be read is given out as data, with its defects, and reading goes on:
//   · quote: a quoted field is not closed within max_quoted_lines or max_quoted_bytes, or text follows its
//     closing quote, or a record of several lines has the wrong number of fields. The first physical line
//     alone is given out as bad, and reading resumes at the next physical line;
//   · too long: more than max_record_bytes. The physical line is skipped, its first 64 KiB are kept;
//   · field count, NUL bytes, invalid UTF-8: the record is given out whole. What is a record and what is bad
//     never depends on the sizes in which the source hands out its bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "collect/column_selection.h"
#include "collect/record_reader.h"
#include "collect/text_source.h"

namespace coterie::collect {

/// Not thread safe. Memory: max_record_bytes + block_bytes. Speed: about 1 GB/s a core on plain records.
class TextReader final : public RecordReader {
 public:
  /// Reads the header line, unless options.header names the columns. `source` must outlive the reader.
  /// Errors: kInvalidArgument (empty, unreadable header, UTF-16, no such delimiter), and those of the source.
  static base::Result<std::unique_ptr<TextReader>> open(TextSource& source, const ReaderOptions& options);

  /// The same; the reader keeps the source.
  static base::Result<std::unique_ptr<TextReader>> open(std::unique_ptr<TextSource> source,
                                                        const ReaderOptions& options);

  const std::string& name() const override { return source_.name(); }
  const std::vector<std::string>& header() const override { return selection_.header(); }
  base::Status select(const std::vector<std::string>& columns) override;
  uint64_t total_bytes() const override { return source_.total_bytes(); }
  uint64_t consumed_bytes() const override { return source_.consumed_bytes(); }

  /// ",", "::", or " " for runs of spaces and tabs.
  const std::string& delimiter() const { return options_.delimiter; }
  const ReaderOptions& options() const { return options_; }

  base::Result<bool> next(Record& record) override;
  std::string describe_defects(const Record& record) const override;
  bool is_delimited_text() const override { return true; }
  std::string format() const override;

 private:
  enum class Walk { kRecord, kNeedMore, kBadQuote, kTooLong };
  class Marks;

  TextReader(std::unique_ptr<TextSource> owned, TextSource& source, const ReaderOptions& options);
  static base::Result<std::unique_ptr<TextReader>> opened(std::unique_ptr<TextReader> reader);
  base::Status settle_delimiter();
  base::Status read_header();
  base::Status detect_delimiter();
  base::Status refill();
  Walk skip_blank_lines();
  Walk walk_record();
  Walk walk_line();
  void split_at_spaces(std::string_view line);
  void split_at_text(std::string_view line);
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

  std::unique_ptr<TextSource> owned_;
  TextSource& source_;
  ReaderOptions options_;
  bool has_quotes_ = true;  // fields may be quoted: the delimiter is one character
  size_t columns_ = 0;      // of a record without defects; 0 while the header is read
  ColumnSelection selection_;

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

/// "comma", "tab", "semicolon", "pipe", "spaces", or the text in quotes.
std::string delimiter_name(std::string_view delimiter);

}  // namespace coterie::collect

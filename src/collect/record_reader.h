// What every format comes to: records of text fields under one header, each with its place in the file.
//
// Implementations: delimited text (text_reader.h), JSON Lines and arrays of JSON objects (json_reader.h),
// xlsx (xlsx_reader.h), Parquet (parquet_reader.h); open_reader.h tells them apart. A record that cannot be
// read is data, with its defects.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/status.h"

namespace coterie::collect {

inline constexpr size_t kKeptRawBytes =
    64 << 10;  ///< of a record that is too long, and of raw text in quarantine

/// Bits of Record::defects.
enum Defect : uint8_t {
  kTooLong = 1,
  kBadQuote = 2,
  kFieldCount = 4,
  kNulByte = 8,
  kNotUtf8 = 16,
  kNotJson = 32,
};

/// Views are valid until the next call of next().
struct Record {
  uint64_t line = 0;         ///< physical line of its start, from 1; the row in a spreadsheet or Parquet file
  uint64_t byte_offset = 0;  ///< of its start in the decompressed UTF-8 text; 0 where the format has none
  std::string_view raw;      ///< without the line end; the first 64 KiB when too long
  base::Hash128 cut;         ///< hash of what was cut from raw; zero when nothing was
  uint8_t defects = 0;       ///< 0: readable
  size_t field_count = 0;    ///< as found
  std::span<const std::string_view>
      fields;  ///< unescaped, as many as the header has; empty when there are defects
};

/// How a file is read. One struct for every format: each takes what concerns it.
struct ReaderOptions {
  /// Delimited text. Empty: the one of , tab ; | that the first line holds most of. One character, "::", or
  /// "space": runs of spaces and tabs. Only a delimiter of one character knows quotes.
  std::string delimiter = {};
  /// Delimited text and xlsx: the columns' names where the file has no header line. Empty: the first line
  /// names them.
  std::vector<std::string> header = {};
  /// Of text: "utf-8", "gb18030" (also "gbk", "gb2312") or "latin1"; empty: UTF-8 or GB18030, told by the
  /// text.
  std::string encoding = {};
  std::string sheet = {};  ///< of xlsx, by its name; empty: the first visible one that is not empty
  /// JSON: the path of an array of objects, "properties.products"; each of them becomes a record, its members
  /// are the paths "properties.products[].NAME".
  std::string explode = {};
  size_t max_record_bytes = 1 << 20;   ///< of a record's text, without the line end; ≥ 1
  size_t max_quoted_bytes = 64 << 10;  ///< of one quoted field
  size_t max_quoted_lines = 100;       ///< line ends within one quoted field
  size_t block_bytes = 1 << 20;        ///< asked from the source at a time; ≥ 1
};

/// Not thread safe.
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  /// The file's name without folders, for messages and provenance; "stdin".
  virtual const std::string& name() const = 0;

  /// The columns' names, in the order of Record::fields. JSON: the paths found at the file's start.
  virtual const std::vector<std::string>& header() const = 0;

  /// True when records may have columns that header() does not list: JSON.
  virtual bool has_open_header() const { return false; }

  /// True when fewer columns cost less to read: Parquet.
  virtual bool is_columnar() const { return false; }

  /// From the next record on, header() is `columns` and the fields are theirs. Before the first next() only.
  /// JSON takes any path ("properties.order_id"), also one that the start of the file does not hold: where a
  /// record lacks it, the field is empty. A path with "[]" explodes the array before it, as the option does.
  /// Errors: kNotFound (a table without such a column), kInvalidArgument (two different arrays).
  virtual base::Status select(const std::vector<std::string>& columns) = 0;

  /// Fills `record`; false at the end. Errors: those of the source.
  virtual base::Result<bool> next(Record& record) = 0;

  /// The record's defects in words: "3 fields where the header has 4; invalid UTF-8".
  virtual std::string describe_defects(const Record& record) const = 0;

  /// Whether the fields are plain text between delimiters, where a spreadsheet looks for formulas.
  virtual bool is_delimited_text() const { return false; }

  /// How the file was read, in words: "CSV (comma)", "CSV (comma, GB18030)", "xlsx (sheet Orders)". The
  /// encoding is told by the first text beyond ASCII, so the words are final at the end of the file.
  virtual std::string format() const = 0;

  /// For progress: the size of what is read (bytes of the file; rows of a Parquet file), 0 when unknown, and
  /// how much of it is behind us.
  virtual uint64_t total_bytes() const { return 0; }
  virtual uint64_t consumed_bytes() const { return 0; }
};

}  // namespace coterie::collect

// What every format comes to: records of text fields under one header, each with its place in the file.
//
// Implementations: delimited text (text_reader.h). A record that cannot be read is data, with its defects.
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

/// Not thread safe.
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  /// The columns' names, in the order of Record::fields.
  virtual const std::vector<std::string>& header() const = 0;

  /// Fills `record`; false at the end. Errors: those of the source.
  virtual base::Result<bool> next(Record& record) = 0;

  /// The record's defects in words: "3 fields where the header has 4; invalid UTF-8".
  virtual std::string describe_defects(const Record& record) const = 0;

  /// Whether the fields are plain text between delimiters, where a spreadsheet looks for formulas.
  virtual bool is_delimited_text() const { return false; }

  /// How the file was read, in words: "CSV (comma)".
  virtual std::string format() const = 0;
};

}  // namespace coterie::collect

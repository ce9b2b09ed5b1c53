// Quarantined rows as records: each stored raw text is read again, alone, in its old place.
//
// Alone, so that a row with a bad quote cannot swallow the next one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collect/text_reader.h"

namespace coterie::collect {

/// A raw record and where it stood.
struct StoredRow {
  uint64_t line = 0;
  uint64_t byte_offset = 0;
  std::string raw;
};

/// Not thread safe. Cost: about 10 µs a row.
class StoredRecords final : public RecordReader {
 public:
  /// The next rows in order of their line, at most a few thousand; empty at the end.
  using Pages = std::function<base::Result<std::vector<StoredRow>>()>;

  StoredRecords(std::vector<std::string> header, char delimiter, Pages pages);
  ~StoredRecords() override;

  const std::vector<std::string>& header() const override { return header_; }
  base::Result<bool> next(Record& record) override;
  std::string describe_defects(const Record& record) const override;
  std::string format() const override { return "quarantine"; }

 private:
  class Text;

  base::Status read_alone(const StoredRow& row, Record& record);

  std::vector<std::string> header_;
  char delimiter_;
  std::string header_line_;
  Pages pages_;
  std::vector<StoredRow> page_;
  size_t at_ = 0;
  std::unique_ptr<Text> text_;
  std::unique_ptr<TextReader> reader_;
};

}  // namespace coterie::collect

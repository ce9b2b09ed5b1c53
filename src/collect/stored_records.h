// Quarantined rows as records: each stored raw text is read again, alone, in its old place.
//
// Alone, so that a row with a bad quote cannot swallow the next one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collect/record_reader.h"
#include "collect/text_source.h"

namespace coterie::collect {

/// A raw record and where it stood.
struct StoredRow {
  uint64_t line = 0;
  uint64_t byte_offset = 0;
  std::string raw;
};

/// Raw text is a line of delimited text without a header (options.delimiter and options.header say how to read
/// it), or a JSON object whatever the file was. Not thread safe. Cost: about 10 µs a row.
class StoredRecords final : public RecordReader {
 public:
  /// The next rows in order of their line, at most a few thousand; empty at the end.
  using Pages = std::function<base::Result<std::vector<StoredRow>>()>;

  StoredRecords(std::string name, ReaderOptions options, Pages pages);
  ~StoredRecords() override;

  const std::string& name() const override { return name_; }
  const std::vector<std::string>& header() const override { return header_; }
  bool has_open_header() const override { return options_.delimiter.empty(); }
  bool is_delimited_text() const override { return !options_.delimiter.empty(); }
  base::Status select(const std::vector<std::string>& columns) override;
  base::Result<bool> next(Record& record) override;
  std::string describe_defects(const Record& record) const override;
  std::string format() const override { return "quarantine"; }

 private:
  class Text;

  base::Status read_alone(const StoredRow& row, Record& record);

  std::string name_;
  ReaderOptions options_;
  std::vector<std::string> header_;
  bool is_selected_ = false;
  Pages pages_;
  std::vector<StoredRow> page_;
  size_t at_ = 0;
  std::unique_ptr<Text> text_;
  std::unique_ptr<RecordReader> reader_;
};

}  // namespace coterie::collect

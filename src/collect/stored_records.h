// Quarantined rows as records: each stored raw text is read again, alone, in its old place.
//
// Alone, so that a row with a bad quote cannot swallow the next one. The raw text of a row of JSON, xlsx or Parquet
// is a JSON object, whose paths are the columns.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collect/column_selection.h"
#include "collect/json_parser.h"
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

  /// `delimiter`: of delimited text (RecordReader::delimiter); empty: the raw texts are JSON objects.
  StoredRecords(std::vector<std::string> header, std::string delimiter, Pages pages);
  ~StoredRecords() override;

  const std::string& name() const override { return name_; }
  const std::vector<std::string>& header() const override { return selection_.header(); }
  base::Status select(const std::vector<std::string>& columns) override;
  base::Result<bool> next(Record& record) override;
  std::string describe_defects(const Record& record) const override;
  std::string delimiter() const override { return delimiter_; }
  std::string format() const override { return "quarantine"; }

 private:
  class Text;

  base::Status read_text(const StoredRow& row, Record& record);
  base::Status read_json(const StoredRow& row, Record& record);

  std::string name_ = "quarantine";
  std::string delimiter_;
  ColumnSelection selection_;
  Pages pages_;
  std::vector<StoredRow> page_;
  size_t at_ = 0;
  std::unique_ptr<Text> text_;
  std::unique_ptr<TextReader> reader_;
  JsonParser parser_;
  std::string json_;
  std::vector<std::string_view> fields_;
};

}  // namespace coterie::collect

#include "collect/stored_records.h"

#include <algorithm>
#include <cstring>

namespace coterie::collect {

using base::Result;
using base::Status;

// One row.
class StoredRecords::Text final : public TextSource {
 public:
  explicit Text(std::string_view text) : text_(text) {}
  const std::string& name() const override { return name_; }
  Result<size_t> read(std::span<char> buffer) override {
    const size_t size = std::min(buffer.size(), text_.size() - at_);
    std::memcpy(buffer.data(), text_.data() + at_, size);
    at_ += size;
    return size;
  }

 private:
  std::string name_ = "quarantine";
  std::string_view text_;
  size_t at_ = 0;
};

StoredRecords::StoredRecords(std::vector<std::string> header, std::string delimiter, Pages pages)
    : delimiter_(std::move(delimiter)), selection_(std::move(header)), pages_(std::move(pages)) {}

StoredRecords::~StoredRecords() = default;

Status StoredRecords::select(const std::vector<std::string>& columns) {
  if (!delimiter_.empty()) return selection_.select(columns, name_);
  selection_ = ColumnSelection(columns);
  return {};
}

Result<bool> StoredRecords::next(Record& record) {
  if (at_ == page_.size()) {
    COTERIE_ASSIGN(page_, pages_());
    at_ = 0;
    if (page_.empty()) return false;
  }
  const StoredRow& row = page_[at_++];
  COTERIE_CHECK_OK(delimiter_.empty() ? read_json(row, record) : read_text(row, record));
  record.line = row.line;
  record.byte_offset = row.byte_offset;
  return true;
}

Status StoredRecords::read_text(const StoredRow& row, Record& record) {
  reader_.reset();
  text_ = std::make_unique<Text>(row.raw);
  ReaderOptions options;
  options.delimiter = delimiter_;
  options.header = selection_.columns();
  options.block_bytes = row.raw.size() + 1;
  options.max_record_bytes = options.block_bytes;
  COTERIE_ASSIGN_OR_STATUS(reader_, TextReader::open(*text_, options));
  COTERIE_RETURN_IF_ERROR(reader_->select(selection_.header()));
  COTERIE_ASSIGN_OR_STATUS(const bool found, reader_->next(record));
  if (!found) {
    record = Record();
    record.raw = row.raw;
    record.defects = kFieldCount;
  }
  return {};
}

// Of an exploded array the raw text holds one element.
Status StoredRecords::read_json(const StoredRow& row, Record& record) {
  COTERIE_ASSIGN_OR_STATUS(JsonPaths paths, JsonPaths::make(selection_.header(), ""));
  json_.assign(row.raw).append(64, ' ');
  const std::string_view text = std::string_view(json_).substr(0, row.raw.size());
  fields_.assign(selection_.header().size(), {});
  record = Record();
  record.raw = row.raw;
  record.defects = parser_.parse(text, paths, fields_);
  record.field_count = fields_.size();
  for (const JsonParser::Cell& cell : parser_.cells()) {
    if (cell.element == 0) fields_[cell.column] = cell.value;
  }
  if (record.defects == 0) record.fields = fields_;
  return {};
}

std::string StoredRecords::describe_defects(const Record& record) const {
  if (!delimiter_.empty()) return reader_->describe_defects(record);
  return (record.defects & kNotJson) != 0 ? "is not one JSON object" : "holds bytes that are no text";
}

}  // namespace coterie::collect

#include "collect/stored_records.h"

#include <boost/algorithm/string/replace.hpp>

#include <algorithm>
#include <cstring>

namespace coterie::collect {

using base::Result;
using base::Status;

// The header line and one row.
class StoredRecords::Text final : public TextSource {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {}
  const std::string& name() const override { return name_; }
  Result<size_t> read(std::span<char> buffer) override {
    const size_t size = std::min(buffer.size(), text_.size() - at_);
    std::memcpy(buffer.data(), text_.data() + at_, size);
    at_ += size;
    return size;
  }

 private:
  std::string name_ = "quarantine";
  std::string text_;
  size_t at_ = 0;
};

StoredRecords::StoredRecords(std::vector<std::string> header, char delimiter, Pages pages)
    : header_(std::move(header)), delimiter_(delimiter), pages_(std::move(pages)) {
  for (const std::string& name : header_) {
    if (!header_line_.empty()) header_line_ += delimiter_;
    header_line_ += '"' + boost::replace_all_copy(name, "\"", "\"\"") + '"';
  }
  header_line_ += '\n';
}

StoredRecords::~StoredRecords() = default;

Result<bool> StoredRecords::next(Record& record) {
  if (at_ == page_.size()) {
    COTERIE_ASSIGN(page_, pages_());
    at_ = 0;
    if (page_.empty()) return false;
  }
  const StoredRow& row = page_[at_++];
  COTERIE_CHECK_OK(read_alone(row, record));
  record.line = row.line;
  record.byte_offset = row.byte_offset;
  return true;
}

Status StoredRecords::read_alone(const StoredRow& row, Record& record) {
  reader_.reset();
  text_ = std::make_unique<Text>(header_line_ + row.raw);
  TextReaderOptions options;
  options.delimiter = delimiter_;
  options.block_bytes = header_line_.size() + row.raw.size() + 1;
  options.max_record_bytes = options.block_bytes;
  COTERIE_ASSIGN_OR_STATUS(reader_, TextReader::open(*text_, options));
  COTERIE_ASSIGN_OR_STATUS(const bool found, reader_->next(record));
  if (!found) {
    record = Record();
    record.raw = row.raw;
    record.defects = kFieldCount;
  }
  return {};
}

std::string StoredRecords::describe_defects(const Record& record) const {
  return reader_->describe_defects(record);
}

}  // namespace coterie::collect

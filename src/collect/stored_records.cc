#include "collect/stored_records.h"

#include <algorithm>
#include <cstring>

#include "collect/open_reader.h"

namespace coterie::collect {

using base::Result;
using base::Status;

// One row.
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

StoredRecords::StoredRecords(std::string name, ReaderOptions options, Pages pages)
    : name_(std::move(name)),
      options_(std::move(options)),
      header_(options_.header),
      pages_(std::move(pages)) {
  options_.encoding = "utf-8";
  if (has_open_header()) options_.header.clear();
}

StoredRecords::~StoredRecords() = default;

Status StoredRecords::select(const std::vector<std::string>& columns) {
  header_ = columns;
  is_selected_ = true;
  return {};
}

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
  text_ = std::make_unique<Text>(row.raw + '\n');
  ReaderOptions options = options_;
  options.block_bytes = row.raw.size() + 2;
  options.max_record_bytes = options.block_bytes;
  auto opened = open_reader(*text_, options);
  if (opened && is_selected_) COTERIE_RETURN_IF_ERROR((*opened)->select(header_));
  auto found = opened ? (*opened)->next(record) : Result<bool>(false);
  if (opened) reader_ = std::move(*opened);
  if (!found) return found.error();
  if (*found) return {};
  record = Record();
  record.raw = row.raw;
  record.defects = options_.delimiter.empty() ? kNotJson : kFieldCount;
  return {};
}

std::string StoredRecords::describe_defects(const Record& record) const {
  return reader_ ? reader_->describe_defects(record) : "cannot be read";
}

}  // namespace coterie::collect

#include "collect/parquet_reader.h"

#include <algorithm>

namespace coterie::collect {

using base::Code;

ParquetReader::ParquetReader(std::string name, std::unique_ptr<store::ForeignTable> table,
                             const ReaderOptions& options)
    : name_(std::move(name)),
      table_(std::move(table)),
      max_record_bytes_(options.max_record_bytes),
      selection_(table_->columns()) {}

base::Result<std::unique_ptr<ParquetReader>> ParquetReader::open(const std::filesystem::path& path,
                                                                 const ReaderOptions& options) {
  COTERIE_ASSIGN(auto table, store::ForeignTable::open_parquet(path));
  if (table->rows() == 0)
    return base::error(Code::kInvalidArgument, "{} is a Parquet file without rows", path.string());
  return std::unique_ptr<ParquetReader>(
      new ParquetReader(path.filename().string(), std::move(table), options));
}

base::Status ParquetReader::select(const std::vector<std::string>& columns) {
  return selection_.select(columns, name_);
}

// Which columns to read, and where each field is among them.
void ParquetReader::plan_columns() {
  planned_ = true;
  std::vector<bool> wanted(table_->columns().size(),
                           selection_.all() || table_->columns().size() <= kWholeRowColumns);
  for (const size_t index : selection_.indexes()) wanted[index] = true;
  std::vector<size_t> place(wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    place[i] = read_.size();
    if (wanted[i]) read_.push_back(i);
  }
  for (const size_t index : read_) names_.push_back(table_->columns()[index]);
  if (selection_.all()) {
    places_ = place;
  } else {
    for (const size_t index : selection_.indexes()) places_.push_back(place[index]);
  }
  table_->select(read_);
  values_.resize(read_.size());
  fields_.resize(places_.size());
}

base::Result<bool> ParquetReader::next(Record& record) {
  if (!planned_) plan_columns();
  COTERIE_ASSIGN(const bool found, table_->next());
  if (!found) return false;
  record = Record();
  record.line = ++row_;
  raw_.begin_object();
  for (size_t i = 0; i < read_.size(); ++i) {
    values_[i] = table_->text(i);
    if (values_[i].find('\0') != std::string_view::npos) record.defects |= kNulByte;
    if (table_->is_null(i)) continue;
    raw_.name(names_[i]);
    raw_.value(values_[i]);
  }
  raw_.end_object();
  raw_.finish(record, max_record_bytes_);
  record.field_count = places_.size();
  if (record.defects != 0) return true;
  for (size_t i = 0; i < places_.size(); ++i) fields_[i] = values_[places_[i]];
  record.fields = fields_;
  return true;
}

std::string ParquetReader::describe_defects(const Record& record) const {
  if ((record.defects & kTooLong) != 0) return fmt::format("longer than {} bytes", max_record_bytes_);
  return (record.defects & kNulByte) != 0 ? "holds a NUL byte" : "";
}

}  // namespace coterie::collect

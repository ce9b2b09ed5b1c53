#include "collect/xlsx_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "collect/encoding.h"

namespace coterie::collect {

namespace {

using base::Code;

}  // namespace

base::Result<std::unique_ptr<XlsxReader>> XlsxReader::open(const std::filesystem::path& path,
                                                           const ReaderOptions& options) {
  COTERIE_ASSIGN(auto archive, ZipArchive::open(path));
  return opened(
      std::unique_ptr<XlsxReader>(new XlsxReader(std::move(archive), path.filename().string(), options)));
}

base::Result<std::unique_ptr<XlsxReader>> XlsxReader::from_bytes(std::string bytes, std::string name,
                                                                 const ReaderOptions& options) {
  COTERIE_ASSIGN(auto archive, ZipArchive::from_bytes(std::move(bytes), name));
  return opened(std::unique_ptr<XlsxReader>(new XlsxReader(std::move(archive), std::move(name), options)));
}

base::Result<std::unique_ptr<XlsxReader>> XlsxReader::opened(std::unique_ptr<XlsxReader> reader) {
  COTERIE_ASSIGN(reader->workbook_, read_workbook(*reader->archive_));
  COTERIE_CHECK_OK(reader->options_.sheet.empty() ? reader->choose_sheet() : reader->choose_named_sheet());
  COTERIE_ASSIGN(reader->sheet_,
                 SheetStream::open(*reader->archive_, reader->workbook_, reader->chosen_->entry,
                                   reader->options_.max_record_bytes));
  COTERIE_CHECK_OK(reader->read_header());
  return reader;
}

base::Result<bool> XlsxReader::has_cells(const SheetInfo& sheet) const {
  COTERIE_ASSIGN(auto stream,
                 SheetStream::open(*archive_, workbook_, sheet.entry, options_.max_record_bytes));
  SheetRow row;
  return stream->next(row);
}

base::Status XlsxReader::choose_sheet() {
  for (const SheetInfo& sheet : workbook_.sheets) {
    if (!sheet.visible) continue;
    COTERIE_ASSIGN_OR_STATUS(const bool found, has_cells(sheet));
    if (found && chosen_ != nullptr) not_read_.push_back(sheet.name);
    if (found && chosen_ == nullptr) chosen_ = &sheet;
  }
  if (chosen_ != nullptr) return {};
  return base::failure(Code::kInvalidArgument,
                       "{}: no visible sheet holds anything; a hidden one is read when --sheet "
                       "names it",
                       archive_->name());
}

base::Status XlsxReader::choose_named_sheet() {
  std::vector<std::string> names;
  for (const SheetInfo& sheet : workbook_.sheets) {
    names.push_back(sheet.name);
    if (sheet.name == options_.sheet) chosen_ = &sheet;
  }
  if (chosen_ != nullptr) return {};
  return base::failure(Code::kNotFound, "{} has no sheet {}; it has {}", archive_->name(), options_.sheet,
                       fmt::join(names, ", "));
}

base::Status XlsxReader::read_header() {
  if (!options_.header.empty()) {
    selection_ = ColumnSelection(options_.header);
    return {};
  }
  COTERIE_ASSIGN_OR_STATUS(const bool found, sheet_->next(row_));
  if (!found)
    return base::failure(Code::kInvalidArgument, "{}, sheet {} is empty; its first row must name the columns",
                         archive_->name(), chosen_->name);
  if (row_.too_long)
    return base::failure(Code::kInvalidArgument,
                         "{}, sheet {}, row {}: the header row is longer than {} bytes", archive_->name(),
                         chosen_->name, row_.number, options_.max_record_bytes);
  first_column_ = row_.cells.front().column;
  std::vector<std::string> names;
  for (const SheetCell& cell : row_.cells) {
    while (first_column_ + names.size() < cell.column)
      names.push_back(column_letters(static_cast<uint32_t>(first_column_ + names.size())));
    names.emplace_back(trimmed(cell.text));
  }
  if (names.size() == 1)
    return base::failure(
        Code::kInvalidArgument,
        "{}, sheet {}, row {}: only one column; the first row that holds something must name the "
        "columns: delete what stands above it, such as a title",
        archive_->name(), chosen_->name, row_.number);
  selection_ = ColumnSelection(std::move(names));
  return {};
}

base::Status XlsxReader::select(const std::vector<std::string>& columns) {
  return selection_.select(columns, name_);
}

// The name of a column of the sheet: its letter where the header has none.
std::string XlsxReader::column_name(uint32_t column) const {
  const bool named = column >= first_column_ && column - first_column_ < selection_.columns().size();
  return named ? selection_.columns()[column - first_column_] : column_letters(column);
}

base::Result<bool> XlsxReader::next(Record& record) {
  COTERIE_ASSIGN(const bool found, sheet_->next(row_));
  if (!found) return false;
  record = Record();
  record.line = row_.number;
  record.field_count = selection_.columns().size();
  if (row_.too_long) record.defects |= kTooLong;
  read_cells(record);
  raw_.finish(record, options_.max_record_bytes);
  if (record.defects == 0) record.fields = selection_.apply(fields_);
  return true;
}

void XlsxReader::read_cells(Record& record) {
  fields_.assign(selection_.columns().size(), {});
  raw_.begin_object();
  for (const SheetCell& cell : row_.cells) {
    if (cell.column < first_column_ || cell.column - first_column_ >= fields_.size())
      record.defects |= kFieldCount;
    else if (!cell.is_error)
      fields_[cell.column - first_column_] = cell.text;
    if (cell.text.find('\0') != std::string_view::npos) record.defects |= kNulByte;
    raw_.name(column_name(cell.column));
    raw_.value(cell.text);
  }
  raw_.end_object();
}

std::string XlsxReader::describe_defects(const Record& record) const {
  std::string out;
  const auto add = [&](std::string_view words) { out.append(out.empty() ? "" : "; ").append(words); };
  if ((record.defects & kTooLong) != 0) add(fmt::format("longer than {} bytes", options_.max_record_bytes));
  if ((record.defects & kFieldCount) != 0) add("a value outside the columns that the header names");
  if ((record.defects & kNulByte) != 0) add("holds a NUL byte");
  return out;
}

std::string XlsxReader::format() const {
  const std::string others =
      not_read_.empty() ? "" : fmt::format("; not read: {}", fmt::join(not_read_, ", "));
  return fmt::format("xlsx (sheet {}{})", chosen_->name, others);
}

}  // namespace coterie::collect

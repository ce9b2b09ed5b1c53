// Reader of .xlsx workbooks: one sheet, its first row that holds something as the header.
//
// What a field is: text as it stands; a number as it is meant (excel_number.h); a date or time, told by the
// cell's number format, in ISO form; true, false. Of a formula the value that was saved with it, or nothing;
// an error (#N/A) is a missing value; merged cells hold their value in the first of them. Rows without a
// value are skipped. A record's line is the sheet's row number, its raw text the row as a JSON object of
// texts, errors included.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "collect/column_selection.h"
#include "collect/record_reader.h"
#include "collect/table_record.h"
#include "collect/xlsx_sheet.h"
#include "collect/xlsx_workbook.h"
#include "collect/zip_archive.h"

namespace coterie::collect {

/// Not thread safe. Memory: the texts that cells share (at most kMaxSharedTextBytes) and a few rows.
class XlsxReader final : public RecordReader {
 public:
  /// Without options.sheet the first visible sheet that is not empty. A column without a name in the header
  /// has its letter for a name; options.header names the columns from A on.
  /// Errors: kInvalidArgument (no workbook, no sheet with rows, another archive), kNotFound (no such sheet),
  /// kDataLoss, kResourceExhausted.
  static base::Result<std::unique_ptr<XlsxReader>> open(const std::filesystem::path& path,
                                                        const ReaderOptions& options);

  /// The same for a file's bytes in memory, named `name`.
  static base::Result<std::unique_ptr<XlsxReader>> from_bytes(std::string bytes, std::string name,
                                                              const ReaderOptions& options);

  const std::string& name() const override { return name_; }
  const std::vector<std::string>& header() const override { return selection_.header(); }
  base::Status select(const std::vector<std::string>& columns) override;
  base::Result<bool> next(Record& record) override;
  std::string describe_defects(const Record& record) const override;
  std::string format() const override;
  uint64_t total_bytes() const override { return sheet_->total_bytes(); }
  uint64_t consumed_bytes() const override { return sheet_->consumed_bytes(); }

 private:
  XlsxReader(std::unique_ptr<ZipArchive> archive, std::string name, const ReaderOptions& options)
      : archive_(std::move(archive)), name_(std::move(name)), options_(options) {}
  static base::Result<std::unique_ptr<XlsxReader>> opened(std::unique_ptr<XlsxReader> reader);
  base::Status choose_sheet();
  base::Status choose_named_sheet();
  base::Result<bool> has_cells(const SheetInfo& sheet) const;
  base::Status read_header();
  void read_cells(Record& record);
  std::string column_name(uint32_t column) const;

  std::unique_ptr<ZipArchive> archive_;
  std::string name_;
  ReaderOptions options_;
  Workbook workbook_;
  const SheetInfo* chosen_ = nullptr;
  std::vector<std::string> not_read_;  // other visible sheets that hold something
  std::unique_ptr<SheetStream> sheet_;
  uint32_t first_column_ = 0;
  ColumnSelection selection_;
  SheetRow row_;
  std::vector<std::string_view> fields_;
  RowText raw_;
};

}  // namespace coterie::collect

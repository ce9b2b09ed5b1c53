// Reader of Parquet files: what store/foreign_table.h gives, as records.
//
// A record's line is its row, from 1. Its raw text is the row as a JSON object of texts without the missing
// ones: of all columns when the file has at most kWholeRowColumns, else of the selected ones.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "collect/column_selection.h"
#include "collect/record_reader.h"
#include "collect/table_record.h"
#include "store/foreign_table.h"

namespace coterie::collect {

inline constexpr size_t kWholeRowColumns = 64;

/// Not thread safe.
class ParquetReader final : public RecordReader {
 public:
  /// Errors: kDataLoss, naming the file; kNotFound, kPermissionDenied; kInvalidArgument (no row, no column).
  static base::Result<std::unique_ptr<ParquetReader>> open(const std::filesystem::path& path,
                                                           const ReaderOptions& options);

  const std::string& name() const override { return name_; }
  const std::vector<std::string>& header() const override { return selection_.header(); }
  bool is_columnar() const override { return true; }
  base::Status select(const std::vector<std::string>& columns) override;
  base::Result<bool> next(Record& record) override;
  std::string describe_defects(const Record& record) const override;
  std::string format() const override { return "Parquet"; }
  uint64_t total_bytes() const override { return table_->rows(); }
  uint64_t consumed_bytes() const override { return row_; }

 private:
  ParquetReader(std::string name, std::unique_ptr<store::ForeignTable> table, const ReaderOptions& options);
  void plan_columns();

  std::string name_;
  std::unique_ptr<store::ForeignTable> table_;
  size_t max_record_bytes_;
  ColumnSelection selection_;
  bool planned_ = false;
  std::vector<size_t> read_;        // columns of the file that are read, in its order
  std::vector<size_t> places_;      // of each field in read_
  std::vector<std::string> names_;  // of read_
  std::vector<std::string_view> values_;
  std::vector<std::string_view> fields_;
  RowText raw_;
  uint64_t row_ = 0;
};

}  // namespace coterie::collect

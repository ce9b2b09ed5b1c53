// One sheet of an .xlsx file, row by row, as it streams out of the archive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "collect/xlsx_workbook.h"
#include "collect/xml_stream.h"

namespace coterie::collect {

/// A cell that holds something. The view is valid until the next call of SheetStream::next().
struct SheetCell {
  uint32_t column = 0;    ///< from 0
  bool is_error = false;  ///< text is "#N/A" or alike
  std::string_view text;
};

struct SheetRow {
  uint64_t number = 0;           ///< from 1, as the spreadsheet shows it
  bool too_long = false;         ///< more text than max_row_bytes; the cells, if any, hold its start
  std::vector<SheetCell> cells;  ///< in their order
};

/// Not thread safe. Memory: a few times max_row_bytes, however large the sheet.
class SheetStream final : private XmlHandler {
 public:
  /// `archive` and `workbook` must outlive it. Errors: kDataLoss.
  static base::Result<std::unique_ptr<SheetStream>> open(const ZipArchive& archive, const Workbook& workbook,
                                                         const std::string& entry, size_t max_row_bytes);

  /// The next row that holds a cell or is too long to tell; false at the end. Errors: kDataLoss.
  base::Result<bool> next(SheetRow& row);

  uint64_t total_bytes() const { return xml_->total_bytes(); }
  uint64_t consumed_bytes() const { return xml_->consumed_bytes(); }

 private:
  enum class CellType : uint8_t { kNumber, kShared, kText, kBool, kError };
  struct Cell {
    uint32_t column;
    bool is_error;
    size_t begin, end;  // in text_
  };
  struct Row {
    uint64_t number = 0;
    bool too_long = false;
    size_t first_cell = 0, last_cell = 0;  // in cells_
  };

  SheetStream(const Workbook& workbook, std::string what, size_t max_row_bytes)
      : workbook_(workbook), what_(std::move(what)), max_row_bytes_(max_row_bytes) {}
  void start(std::string_view element, const char** attributes) override;
  void end(std::string_view element) override;
  void text(std::string_view piece) override;
  void start_row(const char** attributes);
  void start_cell(const char** attributes);
  void end_cell();
  std::string cell_text() const;
  void drop_rows_given();
  void give(const Row& row, SheetRow& out) const;

  const Workbook& workbook_;
  std::string what_;
  size_t max_row_bytes_;
  std::unique_ptr<XmlStream> xml_;
  bool finished_ = false;
  bool damaged_ = false;

  // Rows that are read whole, and one that is not yet.
  std::vector<Row> rows_;
  size_t next_row_ = 0;
  std::vector<Cell> cells_;
  std::string text_;
  Row row_;
  size_t row_text_ = 0;  // where its text begins

  // The cell being read.
  uint32_t column_ = 0;
  uint32_t next_column_ = 0;
  uint32_t style_ = 0;
  CellType type_ = CellType::kNumber;
  std::string value_;
  bool inside_cell_ = false;
  bool reads_ = false;
  bool phonetic_ = false;
};

/// "A", "Z", "AA" for columns 0, 25, 26.
std::string column_letters(uint32_t column);

}  // namespace coterie::collect

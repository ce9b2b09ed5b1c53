#include "collect/xlsx_sheet.h"

#include <algorithm>
#include <charconv>

#include "collect/encoding.h"

namespace coterie::collect {

namespace {

using base::Code;

constexpr uint32_t kMaxColumns = 16'384;  // of a sheet, by Excel's own limits
constexpr uint64_t kMaxRows = 1'048'576;

// The column of "BC27", or kMaxColumns when that is none.
uint32_t column_of(std::string_view reference) {
  uint32_t column = 0;
  size_t letters = 0;
  for (const char c : reference) {
    if (c < 'A' || c > 'Z') break;
    column = column * 26 + static_cast<uint32_t>(c - 'A' + 1);
    if (++letters > 3) return kMaxColumns;
  }
  return letters == 0 ? kMaxColumns : column - 1;
}

template <class T>
bool parse_whole(std::string_view text, T* value) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), *value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

}  // namespace

std::string column_letters(uint32_t column) {
  std::string out;
  for (uint32_t left = column + 1; left > 0; left = (left - 1) / 26)
    out.insert(out.begin(), static_cast<char>('A' + (left - 1) % 26));
  return out;
}

base::Result<std::unique_ptr<SheetStream>> SheetStream::open(const ZipArchive& archive,
                                                             const Workbook& workbook,
                                                             const std::string& entry, size_t max_row_bytes) {
  COTERIE_ASSIGN(auto opened, archive.open_entry(entry));
  const std::string what = fmt::format("{}, {}", archive.name(), entry);
  std::unique_ptr<SheetStream> sheet(new SheetStream(workbook, what, max_row_bytes));
  sheet->xml_ = std::make_unique<XmlStream>(std::move(opened), static_cast<XmlHandler&>(*sheet), what);
  return sheet;
}

base::Result<bool> SheetStream::next(SheetRow& row) {
  while (next_row_ == rows_.size()) {
    if (finished_) return false;
    drop_rows_given();
    COTERIE_ASSIGN(const bool more, xml_->feed());
    finished_ = !more;
    if (damaged_)
      return base::error(Code::kDataLoss,
                         "{}: damaged: near row {} a row or cell is out of the sheet's bounds", what_,
                         row_.number);
  }
  give(rows_[next_row_++], row);
  return true;
}

// Keeps the row that is being read.
void SheetStream::drop_rows_given() {
  rows_.clear();
  next_row_ = 0;
  text_.erase(0, row_text_);
  cells_.erase(cells_.begin(), cells_.begin() + static_cast<std::ptrdiff_t>(row_.first_cell));
  for (Cell& cell : cells_) {
    cell.begin -= row_text_;
    cell.end -= row_text_;
  }
  row_.first_cell = 0;
  row_text_ = 0;
}

void SheetStream::give(const Row& row, SheetRow& out) const {
  out.number = row.number;
  out.too_long = row.too_long;
  out.cells.clear();
  for (size_t i = row.first_cell; i < row.last_cell; ++i) {
    const Cell& cell = cells_[i];
    out.cells.push_back(
        {cell.column, cell.is_error, std::string_view(text_).substr(cell.begin, cell.end - cell.begin)});
  }
}

void SheetStream::start(std::string_view element, const char** attributes) {
  if (element == "c") return start_cell(attributes);
  if (element == "row") return start_row(attributes);
  if (element == "rPh") phonetic_ = true;
  reads_ = inside_cell_ && (element == "v" || (element == "t" && !phonetic_));
}

void SheetStream::start_row(const char** attributes) {
  const std::string_view number = attribute(attributes, "r");
  uint64_t stated = row_.number + 1;
  if (!number.empty() && !parse_whole(number, &stated)) damaged_ = true;
  damaged_ |= stated <= row_.number || stated > kMaxRows;
  row_ = {stated, false, cells_.size(), cells_.size()};
  row_text_ = text_.size();
  next_column_ = 0;
}

void SheetStream::start_cell(const char** attributes) {
  std::string_view reference, type, style;
  for (const char** at = attributes; at[0] != nullptr; at += 2) {
    const std::string_view name = at[0];
    if (name == "r") reference = at[1];
    if (name == "t") type = at[1];
    if (name == "s") style = at[1];
  }
  column_ = reference.empty() ? next_column_ : column_of(reference);
  damaged_ |= column_ >= kMaxColumns || column_ < next_column_;
  next_column_ = column_ + 1;
  style_ = 0;
  if (!style.empty()) parse_whole(style, &style_);
  type_ = type.empty() || type == "n" ? CellType::kNumber
          : type == "s"               ? CellType::kShared
          : type == "b"               ? CellType::kBool
          : type == "e"               ? CellType::kError
                                      : CellType::kText;
  value_.clear();
  inside_cell_ = true;
}

void SheetStream::text(std::string_view piece) {
  if (!reads_) return;
  if (value_.size() + (text_.size() - row_text_) > max_row_bytes_)
    row_.too_long = true;
  else
    value_.append(piece);
}

void SheetStream::end(std::string_view element) {
  reads_ = false;
  if (element == "rPh") phonetic_ = false;
  if (element == "c") end_cell();
  if (element != "row") return;
  row_.last_cell = cells_.size();
  if (row_.last_cell > row_.first_cell || row_.too_long) rows_.push_back(row_);
  row_.first_cell = cells_.size();
  row_text_ = text_.size();
}

void SheetStream::end_cell() {
  inside_cell_ = false;
  const std::string_view value = value_;
  if (trimmed(value).empty()) return;
  const size_t begin = text_.size();
  if (type_ == CellType::kShared) {
    size_t index = 0;
    if (!parse_whole(trimmed(value), &index) || index >= workbook_.texts.size()) {
      damaged_ = true;
      return;
    }
    const std::string_view shared = workbook_.texts.at(index);
    row_.too_long |= shared.size() + (text_.size() - row_text_) > max_row_bytes_;
    if (row_.too_long) return;
    text_.append(shared);
  } else {
    text_.append(cell_text());
  }
  if (text_.size() > begin) cells_.push_back({column_, type_ == CellType::kError, begin, text_.size()});
}

std::string SheetStream::cell_text() const {
  if (type_ == CellType::kText) return unescaped_text(value_);
  if (type_ == CellType::kError) return value_;
  if (type_ == CellType::kBool) return trimmed(value_) == "1" ? "true" : "false";
  const NumberKind kind = style_ < workbook_.kinds.size() ? workbook_.kinds[style_] : NumberKind::kPlain;
  return number_text(trimmed(value_), kind, workbook_.from_1904);
}

}  // namespace coterie::collect

// Workbooks by libxlsxwriter in its constant-memory mode: a row is written out when the next one begins.
#include <expat.h>
#include <xlsxwriter.h>
#include <zip.h>

#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/file.h"
#include "engine/row_writer.h"

namespace coterie::engine {

namespace fs = std::filesystem;
using base::Code;
using base::Status;
using store::ResultColumn;
using store::TypedRows;
using store::ValueKind;

namespace {

constexpr size_t kMaxRows = 1'048'575;  // below the line of names
constexpr size_t kMaxColumns = 16'384;
constexpr size_t kMaxTextUnits = 32'767;  // UTF-16 code units in a cell
constexpr size_t kMaxDigits = 15;         // that Excel keeps of a number

// Digits that count: without sign, point, exponent, and zeros before and after.
size_t significant_digits(std::string_view number) {
  std::string digits;
  for (const char c : number) {
    if (c == 'e' || c == 'E') break;
    if (c >= '0' && c <= '9' && !(digits.empty() && c == '0')) digits += c;
  }
  const size_t last = digits.find_last_not_of('0');
  return last == std::string::npos ? 0 : last + 1;
}

bool is_finite_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789+-.e") == std::string_view::npos;
}

size_t utf16_units(std::string_view text) {
  size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

bool is_hex(std::string_view text) {
  return text.size() == 4 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// In a cell _x000D_ stands for a carriage return: a text that holds such letters itself gets its _ written so.
std::string escaped(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '_' && text.substr(at + 1, 1) == "x" && is_hex(text.substr(at + 2, 4)) &&
        text.substr(at + 6, 1) == "_")
      out += "_x005F";
    out += text[at];
  }
  return out;
}

// Counts the rows of a part of the workbook, and is false where it is no whole XML document.
class PartReader {
 public:
  PartReader() : parser_(XML_ParserCreate(nullptr)) {
    XML_SetUserData(parser_, this);
    XML_SetStartElementHandler(parser_, [](void* self, const XML_Char* name, const XML_Char**) {
      if (std::string_view(name) == "row") ++static_cast<PartReader*>(self)->rows_;
    });
  }
  ~PartReader() { XML_ParserFree(parser_); }
  PartReader(const PartReader&) = delete;
  PartReader& operator=(const PartReader&) = delete;

  bool read(zip_t* book, zip_uint64_t index) {
    zip_file_t* part = zip_fopen_index(book, index, 0);
    if (part == nullptr) return false;
    std::vector<char> block(1 << 18);
    bool is_whole = true;
    for (zip_int64_t n = 1; is_whole && n > 0;) {
      n = zip_fread(part, block.data(), block.size());
      is_whole = n >= 0 && XML_Parse(parser_, block.data(), static_cast<int>(n), n == 0) == XML_STATUS_OK;
    }
    zip_fclose(part);
    return is_whole;
  }
  size_t rows() const { return rows_; }

 private:
  XML_Parser parser_;
  size_t rows_ = 0;
};

// The library does not notice when its temporary files are cut short by a full disk: whether all parts of the
// workbook are whole, and the sheet has its rows, is read back.
bool is_whole(const std::string& file, size_t rows) {
  int problem = 0;
  zip_t* book = zip_open(file.c_str(), ZIP_RDONLY, &problem);
  if (book == nullptr) return false;
  bool is_whole = true, has_sheet = false;
  for (zip_int64_t i = 0; is_whole && i < zip_get_num_entries(book, 0); ++i) {
    PartReader part;
    is_whole = part.read(book, static_cast<zip_uint64_t>(i));
    const char* name = zip_get_name(book, static_cast<zip_uint64_t>(i), 0);
    if (name == nullptr || !std::string_view(name).starts_with("xl/worksheets/sheet")) continue;
    has_sheet = true;
    is_whole = is_whole && part.rows() == rows;
  }
  zip_discard(book);
  return is_whole && has_sheet;
}

class XlsxWriter final : public RowWriter {
 public:
  XlsxWriter(const fs::path& file, const fs::path& temp_folder, std::string_view sheet)
      : file_(file.string()), temp_folder_(temp_folder.string()), sheet_name_(sheet) {}
  ~XlsxWriter() override {
    if (book_ != nullptr) workbook_close(book_);
  }

  Status begin(const std::vector<ResultColumn>& columns) override {
    if (columns.size() > kMaxColumns)
      return base::failure(Code::kInvalidArgument,
                           "{} columns: a sheet holds {}; write csv, parquet or jsonl instead",
                           columns.size(), kMaxColumns);
    columns_ = columns;
    lxw_workbook_options options{};
    options.constant_memory = LXW_TRUE;
    options.tmpdir = temp_folder_.data();
    options.use_zip64 = LXW_TRUE;
    book_ = workbook_new_opt(file_.c_str(), &options);
    if (book_ != nullptr) sheet_ = workbook_add_worksheet(book_, sheet_name_.c_str());
    if (sheet_ == nullptr) return base::failure(Code::kUnavailable, "the workbook cannot be made");
    lxw_format* bold = workbook_add_format(book_);
    format_set_bold(bold);
    worksheet_freeze_panes(sheet_, 1, 0);
    worksheet_ignore_errors(sheet_, LXW_IGNORE_NUMBER_STORED_AS_TEXT, "A1:XFD1048576");
    for (size_t i = 0; i < columns.size(); ++i) {
      text_ = columns[i].name;
      COTERIE_RETURN_IF_ERROR(write_text(0, i, bold));
    }
    return {};
  }

  Status add(const TypedRows& rows) override {
    for (size_t row = 0; row < rows.size(); ++row) {
      if (++count_ > kMaxRows)
        return base::failure(
            Code::kInvalidArgument,
            "more than {} rows: a sheet does not hold them; write csv, parquet or jsonl instead", kMaxRows);
      for (size_t column = 0; column < rows.columns(); ++column) {
        if (rows.is_null(column, row)) continue;
        if (std::exchange(last_row_, count_) != count_) ++written_rows_;
        text_.clear();
        rows.append_text(column, row, &text_);
        COTERIE_RETURN_IF_ERROR(write_cell(columns_[column].kind, column));
      }
    }
    return {};
  }

  Status finish() override {
    lxw_workbook* book = std::exchange(book_, nullptr);
    const lxw_error problem = workbook_close(book);
    if (problem != LXW_NO_ERROR)
      return base::failure(Code::kResourceExhausted,
                           "the workbook cannot be written: {}; if the disk is full, {}",
                           lxw_strerror(problem), base::kMakeRoom);
    // A row without a value is not written, but for the line of names.
    if (is_whole(file_, written_rows_ + 1)) return {};
    return base::failure(Code::kResourceExhausted,
                         "the workbook cannot be written whole; if the disk is full, {}", base::kMakeRoom);
  }

 private:
  Status write_cell(ValueKind kind, size_t column) {
    const auto row = static_cast<lxw_row_t>(count_);
    const auto place = static_cast<lxw_col_t>(column);
    if (kind == ValueKind::kBoolean)
      return check(worksheet_write_boolean(sheet_, row, place, text_ == "true", nullptr), column);
    if (kind == ValueKind::kNumber && is_finite_number(text_) && significant_digits(text_) <= kMaxDigits)
      return check(worksheet_write_number(sheet_, row, place, std::strtod(text_.c_str(), nullptr), nullptr),
                   column);
    return write_text(row, column, nullptr);
  }

  Status write_text(lxw_row_t row, size_t column, lxw_format* format) {
    if (utf16_units(text_) > kMaxTextUnits) return too_long(row, column);
    if (text_.find('\0') != std::string::npos)
      return base::failure(Code::kInvalidArgument, "row {}, column '{}': a NUL does not fit into a sheet",
                           row, columns_[column].name);
    const std::string text = escaped(text_);
    const lxw_error problem =
        worksheet_write_string(sheet_, row, static_cast<lxw_col_t>(column), text.c_str(), format);
    if (problem == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED) return too_long(row, column);
    return check(problem, column);
  }

  Status too_long(lxw_row_t row, size_t column) const {
    return base::failure(Code::kInvalidArgument,
                         "row {}, column '{}': a cell holds {} characters, this text is longer; write csv, "
                         "parquet or jsonl instead",
                         row, columns_[column].name, kMaxTextUnits);
  }

  Status check(lxw_error problem, size_t column) const {
    if (problem == LXW_NO_ERROR) return {};
    return base::failure(Code::kInternal, "column '{}': {}", columns_[column].name, lxw_strerror(problem));
  }

  std::string file_, temp_folder_, sheet_name_;
  std::vector<ResultColumn> columns_;
  lxw_workbook* book_ = nullptr;
  lxw_worksheet* sheet_ = nullptr;
  size_t count_ = 0;         // rows given, the line of names not counted
  size_t last_row_ = 0;      // the last one with a value
  size_t written_rows_ = 0;  // rows with a value
  std::string text_;
};

}  // namespace

std::unique_ptr<RowWriter> xlsx_writer(const fs::path& file, const fs::path& temp_folder,
                                       std::string_view sheet) {
  return std::make_unique<XlsxWriter>(file, temp_folder, sheet);
}

}  // namespace coterie::engine

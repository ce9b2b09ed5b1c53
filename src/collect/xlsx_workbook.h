// The parts of an .xlsx file around its sheets: their names, the shared texts, the number formats (ECMA-376,
// part 1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "collect/excel_number.h"
#include "collect/zip_archive.h"

namespace coterie::collect {

inline constexpr size_t kMaxSharedTextBytes = size_t{512} << 20;

/// Texts that cells refer to by their number.
class SharedTexts {
 public:
  size_t size() const { return ends_.size(); }
  std::string_view at(size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  void append(std::string_view text) {
    bytes_.append(text);
    ends_.push_back(static_cast<uint32_t>(bytes_.size()));
  }
  size_t bytes() const { return bytes_.size() + ends_.size() * sizeof(ends_[0]); }

 private:
  std::string bytes_;
  std::vector<uint32_t> ends_;
};

struct SheetInfo {
  std::string name;
  std::string entry;  ///< "xl/worksheets/sheet1.xml"
  bool visible = true;
};

struct Workbook {
  std::vector<SheetInfo> sheets;  ///< worksheets, in their order
  std::vector<NumberKind> kinds;  ///< by a cell's style
  bool from_1904 = false;
  SharedTexts texts;
};

/// An archive that is an .xlsx or .xlsb file.
bool is_workbook(const ZipArchive& archive);

/// Reads all but the sheets. Memory: the shared texts, at most kMaxSharedTextBytes.
/// Errors: kInvalidArgument (another kind of archive: what to do), kDataLoss, kResourceExhausted.
base::Result<Workbook> read_workbook(const ZipArchive& archive);

/// Text with Excel's _xHHHH_ turned into the characters they stand for.
std::string unescaped_text(std::string_view text);

}  // namespace coterie::collect

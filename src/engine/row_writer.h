// Tables as files of people's programs: CSV, JSON, JSON Lines, Excel.
//
// CSV is RFC 4180 (CRLF, quotes where needed, NULL empty and the empty text ""). For spreadsheets it begins with a
// byte order mark, and texts that a spreadsheet would take for a formula get a ' in front (neutralised): one of
// = + - @ TAB CR, and ' itself so that the importer can take it off again. Numbers are never touched.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/aside_file.h"
#include "base/status.h"
#include "store/typed_rows.h"

namespace coterie::engine {

/// Not thread safe. Calls: begin, add any number of times, finish.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual base::Status begin(const std::vector<store::ResultColumn>& columns) = 0;
  virtual base::Status add(const store::TypedRows& rows) = 0;
  virtual base::Status finish() = 0;
};

enum class CsvUse { kProgram, kSpreadsheet };

/// `sink` must outlive the writers. Errors: those of the sink.
std::unique_ptr<RowWriter> csv_writer(base::ByteSink& sink, CsvUse use);

/// One object: {"columns": [{"name", "type"}], "rows": [[...], ...], "row_count"}, a row a line.
std::unique_ptr<RowWriter> json_writer(base::ByteSink& sink);

/// One object a row and line, keys in the order of the columns. Errors of begin(): kInvalidArgument when two columns
/// have one name.
std::unique_ptr<RowWriter> jsonl_writer(base::ByteSink& sink);

/// A workbook of one sheet at `file`, temporary files in `temp_folder`, a few megabytes of memory. Texts are texts,
/// never formulas; numbers of more than 15 digits are texts, since Excel would round them. Errors: kInvalidArgument
/// naming the other formats (more than 1,048,575 rows or 16,384 columns, a text of more than 32,767 characters),
/// kResourceExhausted (disk).
std::unique_ptr<RowWriter> xlsx_writer(const std::filesystem::path& file,
                                       const std::filesystem::path& temp_folder, std::string_view sheet);

/// Whether a spreadsheet takes a cell that begins like this for a formula, or the importer would take a ' off it.
bool needs_neutralising(std::string_view text);

}  // namespace coterie::engine

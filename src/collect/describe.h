// What a file is taken for before anything of it is kept: its format, the preset that fits and why, the mapping, and
// the first rows under it. Where no preset fits, a proposal by the columns' names and the shapes of their values.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "collect/import_file.h"

namespace coterie::collect {

/// What one column of the file is, as far as its first rows tell.
struct ColumnShape {
  std::string column;
  std::string shape;     ///< "time", "number", "whole number", "id", "few values", "text", "empty"
  size_t distinct = 0;   ///< different values in the rows looked at
  std::string proposed;  ///< a design name; empty when none
};

struct Description {
  std::string file;
  std::string format;
  std::string preset;  ///< empty when none fits
  std::string table;
  Kind kind = Kind::kEvents;
  bool is_proposal = false;           ///< no preset fits: the mapping is a guess
  std::vector<std::string> known_by;  ///< what the preset was told by
  std::string problem;                ///< why the file cannot be imported as it stands; empty when it can
  std::vector<std::pair<std::string, std::string>> mapping;  ///< design name → the file's column
  std::vector<std::string> unread;
  std::vector<ColumnShape> shapes;             ///< of a proposal
  std::vector<std::string> headings;           ///< of `rows`: the design names
  std::vector<std::vector<std::string>> rows;  ///< the first ones, as they would be stored
  std::vector<std::string> faults;             ///< of each of these rows; empty where it is accepted
  std::string command;                         ///< what imports the file
};

inline constexpr size_t kDescribedRows = 8;
inline constexpr size_t kShapedRows = 1000;  ///< rows that a proposal looks at

/// Reads the start of the file; writes nothing. `calendar` is that of the shop, or UTC.
/// Errors: those of open_reader, and of options that do not fit the file.
base::Result<Description> describe_file(const std::filesystem::path& path, const ImportOptions& options,
                                        const base::Calendar& calendar, base::Timestamp now);

}  // namespace coterie::collect

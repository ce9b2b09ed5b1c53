// A Parquet file that somebody else wrote, row by row, every value as text.
//
// It is read by a second DuckDB that has nothing to do with a workspace: in memory, one thread, and able to
// see that one file only. What a value becomes:
//   · integers, DECIMAL, DATE, TIME, UUID exactly, as DuckDB writes them; BOOLEAN true, false;
//   · TIMESTAMP "2024-03-01 09:30:00[.ffffff]" as it stands, with "+00:00" behind it when the column is an
//     instant; nanoseconds are cut to microseconds;
//   · FLOAT and DOUBLE by the shortest text that reads back the same, whole numbers without a point; NaN is
//     missing;
//   · bytes without a type: as text when all of the value is UTF-8, else 0x and hexadecimal digits;
//   · lists, structs and maps as JSON.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace coterie::store {

/// Not thread safe. Memory: the columns that are read of one row group, within `memory_bytes`.
class ForeignTable {
 public:
  /// Errors: kDataLoss (damaged, no Parquet file), kInvalidArgument (decimals of more than 38 digits), kNotFound,
  /// kPermissionDenied, kUnavailable.
  static base::Result<std::unique_ptr<ForeignTable>> open_parquet(const std::filesystem::path& path,
                                                                  uint64_t memory_bytes = uint64_t{512}
                                                                                          << 20);
  ~ForeignTable();
  ForeignTable(const ForeignTable&) = delete;
  ForeignTable& operator=(const ForeignTable&) = delete;

  /// The names in the file, as they stand there: two may be equal.
  const std::vector<std::string>& columns() const;
  uint64_t rows() const;

  /// Columns to read, by their index, in the order of text(). All of them unless called before the first
  /// next().
  void select(std::vector<size_t> columns);

  /// Goes to the next row, in the file's order; false at the end. Errors: kDataLoss, kResourceExhausted.
  base::Result<bool> next();

  /// Of the current row; `i` counts the selected columns. Views are valid until next().
  bool is_null(size_t i) const;
  std::string_view text(size_t i);

 private:
  struct State;
  explicit ForeignTable(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace coterie::store

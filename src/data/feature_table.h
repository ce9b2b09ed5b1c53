// FeatureTable: one row a user, named columns, missing values explicit. What profile makes and understand
// reads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/time.h"

namespace coterie::data {

/// What a table takes of memory: a cell of a column, and a user's id (longer than fits into a std::string itself).
inline constexpr size_t kCellBytes = sizeof(double) + 1;
inline constexpr size_t kIdBytes = sizeof(std::string) + 16;

enum class FeatureKind { kNumeric, kCategorical };

/// One column. `values` is used when numeric, `codes` into `categories` when categorical.
struct FeatureColumn {
  static constexpr uint32_t kMissingCode = UINT32_MAX;

  std::string name;
  FeatureKind kind = FeatureKind::kNumeric;
  std::vector<double> values;   ///< finite where valid; 0 where missing
  std::vector<uint8_t> valid;   ///< 1 where there is a value (numeric)
  std::vector<uint32_t> codes;  ///< kMissingCode where missing (categorical)
  std::vector<std::string> categories;

  bool is_missing(size_t row) const {
    return kind == FeatureKind::kNumeric ? valid[row] == 0 : codes[row] == kMissingCode;
  }
};

/// Rows are users in ascending byte order of their ids. Immutable once made; safe from many threads.
struct FeatureTable {
  base::Timestamp as_of = 0;
  std::vector<std::string> users;
  std::vector<FeatureColumn> columns;

  size_t rows() const { return users.size(); }

  /// Errors: kInvalidArgument, naming the columns there are.
  base::Result<const FeatureColumn*> column(std::string_view name) const;
};

}  // namespace coterie::data

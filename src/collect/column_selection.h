// Which columns of a table a reader gives out, and in which order: all of them until select() is called.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace coterie::collect {

/// Not thread safe.
class ColumnSelection {
 public:
  ColumnSelection() = default;
  explicit ColumnSelection(std::vector<std::string> columns)
      : columns_(std::move(columns)), header_(columns_) {}

  const std::vector<std::string>& columns() const { return columns_; }  ///< of the file
  const std::vector<std::string>& header() const { return header_; }    ///< given out
  bool all() const { return all_; }
  std::span<const size_t> indexes() const {
    return indexes_;
  }  ///< of header() in columns(); empty when all()

  /// Errors: kNotFound, naming `file`, the column and those that there are. Of columns with one name the
  /// first.
  base::Status select(const std::vector<std::string>& wanted, std::string_view file);

  /// `fields` of the file's columns → those given out. Valid until the next call.
  std::span<const std::string_view> apply(std::span<const std::string_view> fields) {
    if (all_) return fields;
    picked_.clear();
    for (const size_t index : indexes_) picked_.push_back(fields[index]);
    return picked_;
  }

 private:
  std::vector<std::string> columns_;
  std::vector<std::string> header_;
  bool all_ = true;
  std::vector<size_t> indexes_;
  std::vector<std::string_view> picked_;
};

}  // namespace coterie::collect

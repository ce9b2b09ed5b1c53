// Growing columns with explicit missing values, the pieces of every batch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::data {

/// Text values in one arena. append() copies; at() is valid until the column changes.
class TextColumn {
 public:
  void append(std::string_view value) {
    cells_.push_back({static_cast<uint32_t>(bytes_.size()), static_cast<int32_t>(value.size())});
    bytes_.append(value);
    has_values_ = true;
  }
  void append_null() { cells_.push_back({0, -1}); }
  /// Missing when empty: text files cannot tell the two apart.
  void append_or_null(std::string_view value) { value.empty() ? append_null() : append(value); }

  bool is_null(size_t row) const { return cells_[row].length < 0; }
  bool has_values() const { return has_values_; }
  std::string_view at(size_t row) const {
    return {bytes_.data() + cells_[row].offset, static_cast<size_t>(cells_[row].length)};
  }
  /// Asks the processor to fetch where a value is, and the value itself, which needs to know where.
  void prefetch_place(size_t row) const { __builtin_prefetch(&cells_[row]); }
  void prefetch(size_t row) const { __builtin_prefetch(bytes_.data() + cells_[row].offset); }
  size_t size() const { return cells_.size(); }
  size_t bytes() const { return bytes_.size() + cells_.size() * sizeof(Cell); }
  void clear() {
    bytes_.clear();
    cells_.clear();
    has_values_ = false;
  }

 private:
  struct Cell {
    uint32_t offset;
    int32_t length;  // -1 = missing
  };
  std::string bytes_;
  std::vector<Cell> cells_;
  bool has_values_ = false;
};

/// Fixed-size values with a validity flag each. T is int64_t, double or uint64_t.
template <class T>
class NumberColumn {
 public:
  void append(T value) {
    values_.push_back(value);
    valid_.push_back(1);
    has_values_ = true;
  }
  void append_null() {
    values_.push_back(T{});
    valid_.push_back(0);
  }
  void append_or_null(const std::optional<T>& value) { value ? append(*value) : append_null(); }
  bool is_null(size_t row) const { return valid_[row] == 0; }
  bool has_values() const { return has_values_; }
  /// Asks the processor to fetch a value.
  void prefetch(size_t row) const {
    __builtin_prefetch(&values_[row]);
    __builtin_prefetch(&valid_[row]);
  }
  T at(size_t row) const { return values_[row]; }
  size_t size() const { return values_.size(); }
  void clear() {
    values_.clear();
    valid_.clear();
    has_values_ = false;
  }

 private:
  std::vector<T> values_;
  std::vector<uint8_t> valid_;
  bool has_values_ = false;
};

}  // namespace coterie::data

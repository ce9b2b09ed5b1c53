// A guess at what the columns of an unknown file mean, from their names and the shapes of their values.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collect/columns.h"
#include "collect/mapping.h"

namespace coterie::collect {

/// What the values of one column look like.
enum class Shape { kEmpty, kTime, kOtherTime, kWholeNumber, kNumber, kFewValues, kId, kText };

/// "time", "time in another notation", "whole number", ...
std::string_view to_string(Shape shape);

/// Looks at one column's values. Not thread safe.
class ShapeOfColumn {
 public:
  void add(std::string_view value);
  Shape shape() const;
  size_t distinct() const { return distinct_.size(); }

 private:
  size_t values_ = 0;
  size_t times_ = 0;
  size_t other_times_ = 0;
  size_t whole_ = 0;
  size_t numbers_ = 0;
  size_t long_ = 0;
  std::vector<uint64_t> distinct_;  // hashes, sorted; at most 1000
};

struct Proposal {
  Kind kind = Kind::kEvents;
  std::vector<ColumnChoice> columns;
  std::string behavior;   ///< of all rows, when no column says it; events only
  bool needs_ts = false;  ///< no column is a time
};

/// Each design name goes to the column that is called most like it and whose values allow it. Pure.
Proposal propose(std::span<const std::string> header, std::span<const Shape> shapes,
                 std::optional<Kind> kind);

}  // namespace coterie::collect

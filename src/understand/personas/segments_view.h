// Who is in which segment, as personas read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace coterie::understand {

/// One method's segments. "Everybody" below means all members it put into a segment.
struct SegmentsView {
  std::span<const uint32_t> rows;        ///< of the feature table, each once
  std::span<const uint32_t> segment_of;  ///< one a row, < segments
  size_t segments = 0;
};

/// A fact about a member's choice that is commoner in a segment than among everybody.
struct Lift {
  std::string name;            ///< an item's id, a category, a value of a trait
  std::string trait = {};      ///< of which trait it is a value
  uint64_t users = 0;          ///< members of the segment of whom it is true
  double share = 0;            ///< what it makes up in the segment: see the function that gives it
  double share_everybody = 0;  ///< and among everybody
  double lift = 0;             ///< share over share_everybody, drawn towards 1 where numbers are small
};

/// Of all tests of one kind together, this share finds something where there is nothing (Bonferroni).
inline constexpr double kPersonaAlpha = 0.05;

}  // namespace coterie::understand

// Which traits are commoner in a segment than among everybody: city, gender, age, level, whatever the shop knows.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/feature_table.h"
#include "understand/personas/segments_view.h"

namespace coterie::understand {

/// A fact about traits is given only where at least so many members of the segment share it.
inline constexpr uint64_t kTraitFloor = 10;
inline constexpr size_t kTopTraits = 5;

/// Counts the values of traits by segment, for several methods at once, without keeping them by member.
class TraitCounts {
 public:
  /// `features` and what `methods` view outlive it.
  TraitCounts(const data::FeatureTable& features, std::vector<SegmentsView> methods);

  /// Call in ascending order of (user, trait).
  void add(std::string_view user, std::string_view trait, std::string_view value);

  /// Of each segment of a method: values that are commoner than among everybody beyond chance, highest lift first.
  /// share: of the members whose trait is known; lift = (users + 5) / (expected users + 5). Numbers of many values
  /// (ages) are put into four groups, "25–34"; a trait with more than 200 values that are not is left out (names,
  /// dates, ids), numbers with more than 1,000 too.
  std::vector<std::vector<Lift>> lifts(size_t method) const;

 private:
  struct Trait {
    std::map<std::string, std::vector<uint32_t>, std::less<>> values;  // members, by segment of every method
    bool has_too_many = false;
  };
  const data::FeatureTable& features_;
  std::vector<SegmentsView> methods_;
  std::vector<size_t> first_;                  // of each method's segments among all; and the end
  std::vector<std::vector<uint32_t>> places_;  // [method][row]: segment, or none
  size_t row_ = 0;
  std::map<std::string, Trait, std::less<>> traits_;
};

}  // namespace coterie::understand

// Who moved between segments from one instant to another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/feature_table.h"

namespace coterie::understand {

/// Who was in which segment of one method, at one instant.
struct SegmentsAt {
  const data::FeatureTable* features = nullptr;  ///< not owned; says who the members are
  std::vector<std::string> names;                ///< of the segments
  std::vector<uint32_t> rows;                    ///< of *features
  std::vector<uint32_t> segment_of;              ///< one a row, < names.size()
};

struct SegmentChange {
  uint64_t before = 0, after = 0, stayed = 0;
  /// Of members who were in a segment of the method at both instants: who came into this one, who left it.
  uint64_t came = 0, left = 0;
  double p_value = 1;  ///< of McNemar's test that as many came as left
  bool moved = false;  ///< p_value below 0.05 over the number of segments (Holm)
};

/// The places before are the segments and then `outside` (a member without a segment) and `absent` (no member then);
/// the places after are the same, `absent` meaning no member any more.
struct SegmentFlow {
  std::vector<std::vector<uint64_t>> members;  ///< [place before][place after]
  std::vector<SegmentChange>
      changes;  ///< of every segment after; `before` is of the segment it is matched with
};

inline constexpr double kChangeAlpha = 0.05;

/// `same_as[s]`: the segment before that segment s after is the continuation of; kNoSegment for a new one. Both tables
/// have their users ascending. O(n).
inline constexpr uint32_t kNoSegment = UINT32_MAX;
SegmentFlow segment_flow(const SegmentsAt& before, const SegmentsAt& after,
                         const std::vector<uint32_t>& same_as);

/// The segment before that each segment after continues: by name where names are fixed.
std::vector<uint32_t> match_by_name(const SegmentsAt& before, const SegmentsAt& after);

/// By members in common: the matching with the most of them, of which a pair must share at least a fifth of the
/// members that either has (Jaccard), among those who were in a segment at both instants. Source: Kuhn 1955.
std::vector<uint32_t> match_by_members(const SegmentsAt& before, const SegmentsAt& after);

}  // namespace coterie::understand

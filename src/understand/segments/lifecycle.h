// Lifecycle: where members stand by their own rhythm of buying, from new to lost.
//
// A member of three orders or more has a rhythm, the mean gap between orders; who has fewer is held against the
// shop's typical one. docs/methods/lifecycle.md has the table and the reasons for the borders.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/feature_table.h"

namespace coterie::understand {

/// Orders from which on a member has a rhythm of their own.
inline constexpr double kLeastOrdersOfRhythm = 3;

/// Members with a rhythm that the shop's typical one needs.
inline constexpr size_t kLeastMembersWithRhythm = 30;

/// In gaps of the rhythm. Whoever buys at random moments at a steady rate waits no longer in 80, 95 and 99 % of cases.
inline constexpr double kCoolingAfter = 1.61, kSleepingAfter = 3.0, kLostAfter = 4.61;

/// What stages are computed from.
inline constexpr std::string_view kLifecycleFeatures[] = {
    "recency_days", "tenure_days", "frequency", "gap_mean_days", "recency_over_gap", "last_gap_days"};

/// The six keys: "stage_new", "stage_active", "stage_won_back", "stage_cooling", "stage_sleeping", "stage_lost"; the name for
/// people is the message "segment_" + key.
std::span<const std::string_view> lifecycle_stages();

/// Without rows where fewer than kLeastMembersWithRhythm members have a rhythm.
struct Lifecycle {
  size_t members_with_rhythm = 0;
  double typical_gap_days = 0;          ///< median over them
  std::vector<uint32_t> rows = {};      ///< of the feature table: everybody who bought
  std::vector<uint32_t> stage_of = {};  ///< index into lifecycle_stages(), one a row
};

/// Errors: kInternal when a feature is missing. O(n).
base::Result<Lifecycle> compute_lifecycle(const data::FeatureTable& features);

}  // namespace coterie::understand

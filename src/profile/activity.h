// Activity: how often a member came, as far as acts show it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/time.h"
#include "profile/acts.h"

namespace coterie::profile {

/// What one member did before as_of.
struct Activity {
  std::array<uint64_t, kActKinds> events = {};  ///< by ActKind
  /// Of the first and the last act; 0 without one.
  base::Timestamp first_ts = 0, last_ts = 0;
  /// Local days with an act: in all, and counting from an instant.
  uint64_t active_days = 0, active_days_30d = 0, active_days_90d = 0;

  uint64_t count(ActKind kind) const { return events[static_cast<size_t>(kind)]; }
};

/// `acts` in ascending order of (day, ts), as read_acts() gives them. A day that begins before `from_30d` (`from_90d`) and
/// has an act at it or later counts as within.
Activity count_activity(std::span<const Act> acts, base::Timestamp from_30d, base::Timestamp from_90d);

}  // namespace coterie::profile

#include "profile/activity.h"

#include <algorithm>

namespace coterie::profile {

Activity count_activity(std::span<const Act> acts, base::Timestamp from_30d, base::Timestamp from_90d) {
  Activity out;
  int64_t day = 0;
  base::Timestamp last_of_day = 0;
  const auto end_day = [&] {
    if (out.active_days == 0) return;
    out.active_days_30d += last_of_day >= from_30d ? 1 : 0;
    out.active_days_90d += last_of_day >= from_90d ? 1 : 0;
  };
  for (const Act& act : acts) {
    ++out.events[static_cast<size_t>(act.kind)];
    if (act.kind == ActKind::kNone) continue;
    if (out.active_days == 0) out.first_ts = out.last_ts = act.ts;
    if (out.active_days == 0 || act.day != day) {
      end_day();
      ++out.active_days;
      day = act.day;
    }
    last_of_day = act.ts;
    out.first_ts = std::min(out.first_ts, act.ts);
    out.last_ts = std::max(out.last_ts, act.ts);
  }
  end_day();
  return out;
}

}  // namespace coterie::profile

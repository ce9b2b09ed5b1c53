// Acts: what members did, event by event and money left out. One read of the events serves whatever is counted by member
// and day: activity (activity.h) and tastes (tastes.h).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "profile/as_of.h"

namespace coterie::profile {

/// As sql/acts.sql numbers them.
enum class ActKind : uint8_t {
  kNone,  ///< a refund, or what a client sends by itself: it makes a member, and is no act
  kView,
  kFavorite,
  kCart,
  kBuy,
  kOther,
};

inline constexpr size_t kActKinds = 6;
inline constexpr uint32_t kNoCategory = UINT32_MAX;

struct Act {
  base::Timestamp ts = 0;
  int64_t day = 0;  ///< local, since 1970-01-01
  uint32_t category = kNoCategory;
  ActKind kind = ActKind::kNone;
};

/// Which categories the acts of the following read_acts() name: the paths of items as of an instant, cut to `levels` (at
/// least 1), in ascending byte order; an act's category is its place among them.
base::Result<std::vector<std::string>> name_categories(AsOf& source, base::Timestamp as_of, int64_t levels);

/// The following read_acts() names none.
base::Status name_no_categories(AsOf& source);

/// Hands over every member of a range of buckets who has an event before `as_of`, in ascending byte order of the ids, with
/// the events in ascending order of (day, ts), in no order among equals. Needs one of the two above before. Errors: those of the
/// query engine, and of `read`.
base::Status read_acts(
    AsOf& source, base::Timestamp as_of, const BucketRange& range,
    const std::function<base::Status(std::string_view user_id, std::span<const Act> acts)>& read);

}  // namespace coterie::profile

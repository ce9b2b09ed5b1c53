// The synthetic shop: a stream of CSV text that looks like the export of a real one.
//
// Made for demonstrations and for tests that need a shop of any size with a known inside. It is a TextSource,
// so it comes in through the ordinary importer (preset `coterie`) and meets every cleaning rule on the way.
// The model is described in docs/methods/simulate.md. May be called from any thread; one source belongs to
// one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/status.h"
#include "base/time.h"
#include "collect/text_source.h"

namespace coterie::collect::simulate {

inline constexpr std::string_view kShopTimezone = "Asia/Shanghai";
inline constexpr std::string_view kShopCurrency = "CNY";

/// 2026-01-01T00:00:00+08:00: no event is at or after it. A clock that is behind would refuse the last days
/// as being in the future.
inline constexpr base::Timestamp kShopEnd = 1'767'196'800 * base::kSecond;

/// The first line of the stream, without its end: names of DESIGN §5, `item.` and `user.` before attributes
/// and traits. Those are filled on the first row about an item or a user and when they change; empty says
/// nothing.
inline constexpr std::string_view kShopHeader =
    "event_id,user_id,item_id,behavior_type,timestamp,value,quantity,unit_price,discount,order_id,session_id,"
    "channel,"
    "item.name,item.category,item.brand,item.list_price,"
    "user.gender,user.city,user.age,user.member_level,user.registered_at";

struct GenerateOptions {
  uint64_t users = 20'000;  ///< members who act at least once, 1 to 10,000,000; user_id u0 to u(users - 1)
  uint32_t days = 365;      ///< local days before 2026-01-01, 1 to 3,650
  uint64_t seed = 1;        ///< the same options give the same bytes
  double dirty = 0.002;     ///< share of rows that cleaning will find at fault, 0 to 0.5
};

/// Errors: kInvalidArgument, naming the option and its range.
base::Status validate(const GenerateOptions& options);

/// The whole shop as CSV: a header and rows in order of time, ending at 2026-01-01T00:00:00+08:00.
///
/// Units    money in CNY with two places; times to the second with the offset of the shop's zone
/// Errors   kInvalidArgument (ranges); reading never fails
/// Cost     about 0.5 µs an event on one thread; 300 bytes a user and 200 bytes an event of the busiest day
/// Source   docs/methods/simulate.md
base::Result<std::unique_ptr<TextSource>> make_shop_source(const GenerateOptions& options);

}  // namespace coterie::collect::simulate

// The synthetic shop: a stream of CSV text that looks like the export of a real one.
//
// Made for demonstrations and for tests that need a shop of any size with a known inside. It is a TextSource,
// so it comes in through the ordinary importer (preset `coterie`) and meets every cleaning rule on the way.
// The model is described in docs/methods/simulate.md. May be called from any thread; one source belongs to
// one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
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
    "channel,anonymous_id,"
    "item.name,item.category,item.brand,item.list_price,"
    "user.gender,user.city,user.age,user.member_level,user.registered_at";

/// What kind of shop: the numbers of profile.h.
enum class Profile : uint8_t { kRetail, kGrocery, kSubscription, kContent };

/// How members differ in visits, orders and leaving: gamma and beta, or lognormal with the same mean and variance of
/// visit rate and of −log(1 − chance), so that no model is favoured.
enum class Family : uint8_t { kGamma, kLognormal };

/// "retail", "grocery", ... and "gamma", "lognormal".
std::string_view to_string(Profile profile);
std::string_view to_string(Family family);

struct GenerateOptions {
  uint64_t users = 20'000;  ///< members who act at least once, 1 to 10,000,000; user_id u0 to u(users - 1)
  uint32_t days = 365;      ///< local days before 2026-01-01, 1 to 3,650
  uint64_t seed = 1;        ///< the same options give the same bytes
  double dirty = 0.002;     ///< share of rows that cleaning will find at fault, 0 to 0.5
  Profile profile = Profile::kRetail;
  Family family = Family::kGamma;
  std::optional<uint32_t> drift_day = {};  ///< local day, from 0, on which the shop changes; less than days
};

/// Where a generated shop's other tables go; what has no path is not written.
struct ShopFiles {
  std::filesystem::path texts = {};       ///< text_id, user_id, item_id, kind, body, timestamp, rating
  std::filesystem::path links = {};       ///< user_id, other_user_id, relation, timestamp
  std::filesystem::path text_truth = {};  ///< what is planted in the texts
};

/// Errors: kInvalidArgument, naming the option and its range.
base::Status validate(const GenerateOptions& options);

/// The local day of a date of the period, from 0. Errors: kInvalidArgument (no date; outside the period).
base::Result<uint32_t> period_day(std::string_view date, uint32_t days);

/// A generated shop as text, and what no shop knows about itself.
class ShopText : public TextSource {
 public:
  /// The latent facts: members.csv, items.csv, days.csv and shop.json in `folder`, which is made; older ones are
  /// replaced. Complete once the stream has ended. For tests and studies: no stage of the product reads them.
  /// Errors: of the disk, in words.
  virtual base::Status write_truth(const std::filesystem::path& folder) const = 0;

  /// Rows of the other tables so far.
  virtual uint64_t texts() const = 0;
  virtual uint64_t links() const = 0;
};

/// The whole shop as CSV: a header and rows in order of time, ending at 2026-01-01T00:00:00+08:00. The other tables are
/// written while it is read, and are in their places when it has ended.
///
/// Units    money in CNY with two places; times to the second with the offset of the shop's zone
/// Errors   kInvalidArgument (ranges), kAlreadyExists (texts, links); reading fails only where the disk does
/// Cost     about 0.5 µs an event on one thread; 300 bytes a user and 200 bytes an event of the busiest day
/// Source   docs/methods/simulate.md
base::Result<std::unique_ptr<ShopText>> make_shop_source(const GenerateOptions& options,
                                                         const ShopFiles& files = {});

}  // namespace coterie::collect::simulate

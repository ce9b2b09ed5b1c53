// Facts of every member that somebody asks for: counts, sums and last times of chosen events, and traits.
//
// The statement is made of this file's own words; behaviors, values and instants are bound. What people write never
// becomes SQL.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/feature_table.h"
#include "profile/as_of.h"

namespace coterie::profile {

/// What is made of the events: how many, the total, mean, least or greatest of an amount, days since the last one.
enum class Aggregate { kCount, kSum, kAvg, kMin, kMax, kDaysSince };
enum class AmountField { kLineAmount, kQuantity, kUnitPrice, kDiscount };
enum class TextField { kItemId, kChannel, kCampaignId, kOrderId, kSessionId, kCurrency };

/// The names that SQL, rules and JSON have for them: "count", "line_amount", "item_id", ...
std::span<const std::string_view> aggregate_names();
std::span<const std::string_view> amount_field_names();
std::span<const std::string_view> text_field_names();
std::string_view to_string(Aggregate function);
std::string_view to_string(AmountField field);
std::string_view to_string(TextField field);

/// Only events with this value count.
struct EventFilter {
  TextField field{};
  std::string value;
  friend bool operator==(const EventFilter&, const EventFilter&) = default;
};

struct EventFact {
  std::string name;  ///< of the column
  Aggregate function = Aggregate::kCount;
  std::string behavior;                      ///< "buy", "custom:gift"
  AmountField field{};                       ///< of kSum, kAvg, kMin, kMax
  std::optional<base::Timestamp> from = {};  ///< events in [from, as_of); nothing: all before as_of
  std::vector<EventFilter> filters = {};     ///< all of them must hold
};

struct TraitFact {
  std::string name;  ///< of the column
  std::string trait;
};

/// One row a member with an event before `as_of` (in a shop that has no events: a user with a trait), a numeric column for each of `events` and a categorical one for each of
/// `traits`, in that order. Counts and sums of nothing are 0; means, extremes and days since nothing are missing, as is a
/// trait that is not known. Sums and means are of decimals: exact, the same bits for any number of threads.
///
/// One pass over the events; of a source with a user_id, over that member's. Memory: members × (columns × 9 bytes + id),
/// reserved with the budget in `*memory`. Errors: kResourceExhausted, kCancelled, those of the query engine.
base::Result<data::FeatureTable> member_facts(AsOf& source, base::Timestamp as_of,
                                              std::span<const EventFact> events,
                                              std::span<const TraitFact> traits,
                                              std::vector<base::MemoryBudget::Reservation>* memory);

/// Fills the columns of `traits` for members that are known already, `table.users`.
base::Status add_traits(AsOf& source, base::Timestamp as_of, std::span<const TraitFact> traits,
                        data::FeatureTable& table);

/// Every trait that is known of anybody, ascending; the marks of bots and test users are none.
base::Result<std::vector<std::string>> trait_names(AsOf& source);

}  // namespace coterie::profile

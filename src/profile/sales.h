// What a shop sold, counted: by day, by member and by item, as of an instant.
//
// Counts and exact sums only; shares, curves and intervals are made of them in understand/sales. Bots, test users and the
// shop's own people are left out. Amounts are those in the shop's currency. docs/methods/sales.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "profile/as_of.h"

namespace coterie::profile {

enum class Period { kDay, kWeek, kMonth };

/// "day", "week", "month".
std::string_view to_string(Period period);

/// The first day of the period that `day` lies in; weeks begin on Monday. Days are since 1970-01-01, of either sign.
int64_t period_start(int64_t day, Period period);

/// The first day after that period.
int64_t period_end(int64_t day, Period period);

/// The first day of a month that is counted in months since year 0.
int64_t month_start(int64_t month);

/// Events of one behavior before as_of.
struct BehaviorFacts {
  int64_t events = 0;
  int64_t of_members = 0;  ///< not of guests
  int64_t with_session = 0;
  int64_t with_amount = 0;     ///< in the shop's currency
  int64_t other_currency = 0;  ///< with an amount in another one
};

/// Orders are of the day of their first line, refunds of their own day. Units are those of base::Decimal.
struct SalesDay {
  int64_t buy_units = 0, refund_units = 0;
  int64_t orders = 0, priced_orders = 0, guest_orders = 0, refunds = 0;
  double squares = 0;  ///< sum over orders of the squared amount, in the currency's squared unit
};

struct PeriodBuyers {
  int64_t members = 0, new_members = 0;
};

/// How long after the first order the second came (has_second), or for how long it has not come.
struct SecondOrders {
  int64_t days = 0;
  bool has_second = false;
  uint64_t members = 0;
};

struct SalesFacts {
  base::Timestamp known_until =
      0;                  ///< as_of, or the local midnight after the last event before it if that is earlier
  int64_t first_day = 0;  ///< of the workspace's first event
  int64_t end_day = 0;    ///< the first day that is not known whole
  std::map<std::string, BehaviorFacts, std::less<>> behaviors;
  std::map<int64_t, SalesDay> days;                       ///< those with an order or refund
  std::map<int64_t, PeriodBuyers> buyers;                 ///< by the first day of the period
  int64_t members = 0;                                    ///< who ever bought
  std::map<int64_t, std::map<int64_t, int64_t>> cohorts;  ///< [first month][months since] = members
  std::vector<SecondOrders> second_orders;                ///< one a (days, has_second)
  std::map<int64_t, uint64_t> gaps;                       ///< days between successive orders → how often
  std::vector<int64_t> member_units, item_units;          ///< net amount of each who bought, that was bought
  bool funnel_is_of_sessions = false;                     ///< else of members
  std::map<int64_t, int64_t> funnel;  ///< set of steps, bit i = kFunnelSteps[i] → how many
  std::vector<base::MemoryBudget::Reservation> memory = {};  ///< of the amounts
};

inline constexpr std::string_view kFunnelSteps[] = {"view", "cart", "checkout", "buy"};

/// Sessions are counted when at least this share of the events of each recorded step has a session.
inline constexpr double kLeastWithSession = 0.9;

struct SalesOptions {
  base::Timestamp as_of = 0;
  std::string currency;  ///< the shop's; ISO 4217
  Period by = Period::kWeek;
};

/// Everything above, from events before `as_of`.
///
/// Errors   kResourceExhausted (amounts) · those of the query engine; a shop without such events gives empty facts
/// Threads  the pool's; the same result for any number of threads and of ranges
/// Cost     seven passes over the columns it needs; 8 bytes a member and item, and the query engine's tables of one range
base::Result<SalesFacts> read_sales(AsOf& source, const SalesOptions& options);

/// Passes over the events that read_sales tells the context's progress.
inline constexpr int64_t kSalesPasses = 4;

}  // namespace coterie::profile

// What the members do: one day of the shop after the other, as rows in order of time.
//
// Memory is what a member needs to be continued (a random stream, the next visit, a few favourite purchases),
// the rows of one day, and the reviews and refunds of the coming month. A member's draws come from a stream
// of the member's own, so nothing depends on how the result is read.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "collect/simulate/members.h"

namespace coterie::collect::simulate {

enum class Behavior : uint8_t {
  kView,
  kSearch,
  kFavorite,
  kCart,
  kCheckout,
  kBuy,
  kRefund,
  kReview,
  kLogin,
  kShare
};

/// The word in the file: "view", ...
std::string_view to_string(Behavior behavior);

/// One event; 0 means that a number is not stated.
struct Row {
  uint32_t second = 0;  ///< of the local day
  uint32_t user = 0;
  uint32_t item = kNoItem;
  uint32_t session = 0;     ///< of the user, from 1
  uint32_t order = 0;       ///< of the user, from 1
  uint32_t unit_price = 0;  ///< cents
  uint32_t discount = 0;    ///< cents, of the whole line
  int16_t quantity = 0;     ///< negative in a refund
  uint8_t rating = 0;       ///< 1 to 5
  uint8_t level = 0;        ///< the member's level at that moment, 0 to 3
  Behavior behavior = Behavior::kView;
  bool is_renewal = false;  ///< an order that came by itself
};

inline constexpr uint32_t kRememberedItems = 8;

/// What changes about a member from visit to visit.
struct MemberState {
  explicit MemberState(base::Random own_rng) : rng(own_rng) {}

  /// A purchase to be repeated or forgotten.
  struct Habit {
    uint32_t item = kNoItem;
    uint32_t times = 0;
  };

  base::Random rng;
  uint64_t spent = 0;  ///< cents
  uint32_t sessions = 0;
  uint32_t orders = 0;
  std::array<Habit, kRememberedItems> habits{};
};

/// Not thread safe. The truth outlives it, and gets the days on which members dropped out.
class Simulation {
 public:
  Simulation(ShopTruth& truth, uint64_t seed);

  bool done() const { return day_ == truth_.rhythm.days(); }

  /// The rows of the next day, ordered by time; valid until the next call. O(users + rows log rows).
  std::span<const Row> next_day();

 private:
  void take_due();
  void renew(Row& row);

  ShopTruth& truth_;
  uint32_t day_ = 0;
  std::vector<MemberState> states_;
  std::vector<double> next_visit_;       // reading of the member's clock; infinite after the last
  std::vector<std::vector<Row>> later_;  // refunds and reviews to come, in a ring of days
  std::vector<Row> rows_, sorted_;
  std::vector<uint64_t> order_;
};

}  // namespace coterie::collect::simulate

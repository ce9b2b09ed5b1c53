// What the members do: one day of the shop after the other, as rows in order of time.
//
// Memory is what a member needs to be continued (a random stream, the next visit, a few favourite purchases),
// the rows of one day, and the reviews, refunds and messages of the coming month. A member's draws come from a stream
// of the member's own, so nothing depends on how the result is read.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "collect/simulate/invitations.h"
#include "collect/simulate/members.h"
#include "collect/simulate/texts/texts.h"

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
  kShare,
  kInvite,
  kMessage,
  kComplaint
};

/// The word in the file: "view", ...
std::string_view to_string(Behavior behavior);

/// As whom an event is known to the shop.
enum class Who : uint8_t {
  kMember,
  kGuest,       ///< by an anonymous id alone
  kKnownGuest,  ///< by both: the guest is the member
};

/// One event; 0 means that a number is not stated.
struct Row {
  uint32_t second = 0;  ///< of the local day
  uint32_t user = 0;
  uint32_t item = kNoItem;
  uint32_t session = 0;     ///< of the user, from 1
  uint32_t order = 0;       ///< of the user, from 1
  uint32_t unit_price = 0;  ///< cents
  uint32_t discount = 0;    ///< cents, of the whole line
  uint32_t text = 0;        ///< of the user, from 1: a review or message with words
  int16_t quantity = 0;     ///< negative in a refund
  uint8_t rating = 0;       ///< 1 to 5
  uint8_t level = 0;        ///< the member's level at that moment, 0 to 3
  Behavior behavior = Behavior::kView;
  Who who = Who::kMember;
  Concern concern = Concern::kUsage;  ///< of a message
  bool is_renewal = false;            ///< an order that came by itself
};

/// An event that follows from another: 1 ≤ days_ahead < kDaysAhead.
struct Delayed {
  uint32_t days_ahead;
  Row row;
};
inline constexpr uint32_t kDaysAhead = 32;

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
  uint32_t texts = 0;
  bool was_guest = false;  ///< looked around before joining
  std::array<Habit, kRememberedItems> habits{};
};

/// Not thread safe. The truth outlives it, and gets the days on which members dropped out.
class Simulation {
 public:
  explicit Simulation(ShopTruth& truth);

  bool done() const { return day_ == truth_.rhythm.days(); }

  /// The rows of the next day, ordered by time; valid until the next call. O(users + rows log rows).
  std::span<const Row> next_day();

  /// Who joined on that day by whose invitation; valid until the next call of next_day().
  std::span<const Link> links() const { return links_; }

 private:
  void take_due();
  void plan_guests();
  void play_guests();
  void play_visit(uint32_t user);
  void after_visit(uint32_t user, size_t first_row);
  void sort_day();
  void renew(Row& row);

  ShopTruth& truth_;
  uint32_t day_ = 0;
  std::vector<MemberState> states_;
  std::vector<double> next_visit_;       // reading of the member's clock; infinite after the last
  std::vector<std::vector<Row>> later_;  // refunds, reviews, messages to come, in a ring of days
  struct GuestVisit {
    uint32_t day, user, number;
  };
  std::vector<GuestVisit> guests_;  // the next last
  Invitations invitations_;
  std::vector<Link> links_;
  std::vector<Row> rows_, sorted_;
  std::vector<uint64_t> order_;
};

}  // namespace coterie::collect::simulate

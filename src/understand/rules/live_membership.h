// Who is in which segment, kept up to date: an event touches its member alone, and so does time when a window closes.
//
// Of each member the events inside some window are kept, and totals of those that count for ever. A queue knows when each
// member's facts next change by themselves: an event leaves a window, an event that lies ahead begins to count, days_since
// passes a number of a rule. Everything else is as evaluate() has it, and equals it at every instant.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id_index.h"
#include "base/status.h"
#include "base/time.h"
#include "data/feature_table.h"
#include "understand/rules/rule.h"

namespace coterie::understand {

/// An event, as much of it as rules ask for.
struct LiveEvent {
  std::string_view behavior;
  base::Timestamp ts = 0;
  std::array<std::optional<int64_t>, 4> amounts = {};  ///< by profile::AmountField, in ten-thousandths
  std::array<std::string_view, 6> texts = {};          ///< by profile::TextField; empty: missing
};

struct MembershipChange {
  base::Timestamp at = 0;  ///< the instant from which it is so
  uint32_t rule = 0;       ///< index into the rules
  uint32_t user = 0;
  bool holds = false;
  friend bool operator==(const MembershipChange&, const MembershipChange&) = default;
};

/// Not thread safe. Memory: 24 bytes an event in a window, 56 a member and quantity without one, 40 a member.
class LiveMembership {
 public:
  /// Rules include no segments.
  LiveMembership(std::vector<Rule> rules, const base::Calendar& calendar, base::Timestamp now);

  /// Quantities of events come from add(); the others are told by set_fact(), by their place here.
  std::span<const Quantity> event_quantities() const { return event_quantities_; }
  std::span<const Quantity> other_quantities() const { return other_quantities_; }

  uint32_t user(std::string_view id) { return add_user(id); }
  const std::string& user_id(uint32_t user) const { return ids_.id(user); }
  uint32_t users() const { return ids_.size(); }

  /// Before start(), in any order of events. A user is a member from the first event on, or once made one.
  void load(uint32_t user, const LiveEvent& event);
  void make_member(uint32_t user) { members_[user].first = std::numeric_limits<int64_t>::min(); }
  /// Missing without a value. Tells nothing by itself: refresh() does, after start().
  void set_fact(uint32_t user, size_t other, const std::optional<RuleValue>& value);
  /// Bots, test users and the shop's own people are in no segment.
  void exclude(uint32_t user) { members_[user].is_excluded = true; }

  /// Judges everybody as of `now`. Errors: kInternal.
  base::Status start();

  /// An event that is new, late, or ahead of `now`. O(events of the member in windows).
  base::Status add(uint32_t user, const LiveEvent& event, std::vector<MembershipChange>* changes);

  /// The member's facts were set.
  base::Status refresh(uint32_t user, std::vector<MembershipChange>* changes);

  /// Moves time, never back, member by member in the order in which their facts change.
  base::Status advance(base::Timestamp now, std::vector<MembershipChange>* changes);

  base::Timestamp now() const { return now_; }
  /// When something next changes by itself; nothing when nothing will.
  std::optional<base::Timestamp> next_change() const;

  /// Whether an event before `now` is known of the user, who is none of those excluded.
  bool is_member(uint32_t user) const { return is_member(members_[user]); }
  bool holds(uint32_t rule, uint32_t user) const { return holds_[user * rules_.size() + rule] != 0; }
  size_t count(uint32_t rule) const { return counts_[rule]; }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  static constexpr int64_t kNoAmount = std::numeric_limits<int64_t>::min();

  struct Seen {  // an event that counts for one quantity
    base::Timestamp ts;
    int64_t amount;
    uint32_t quantity;
  };
  struct Totals {
    int64_t events = 0, amounts = 0;
    __int128 sum = 0;
    int64_t least = 0, most = 0;
    base::Timestamp last = 0;
    void add(const Seen& seen);
  };
  struct Member {
    std::vector<Seen> seen;
    base::Timestamp first = kNever;  // of all its events
    base::Timestamp next = kNever;   // when its facts change by themselves
    bool is_excluded = false;
  };
  struct Value {
    double value = 0;
    bool is_known = false;
  };

  uint32_t add_user(std::string_view id);
  bool is_member(const Member& member) const { return !member.is_excluded && member.first < now_; }
  void keep(uint32_t user, const LiveEvent& event);
  void move_to(base::Timestamp now);
  void settle(uint32_t user);
  Value value_of(uint32_t user, size_t quantity) const;
  base::Timestamp close_of(base::Timestamp ts, const RuleWindow& window) const;
  base::Timestamp next_of(uint32_t user) const;
  void schedule(uint32_t user);
  void fill_row(uint32_t user);
  base::Status judge(uint32_t user, std::vector<MembershipChange>* changes);

  std::vector<Rule> rules_;
  base::Calendar calendar_;
  base::Timestamp now_;
  std::vector<Quantity> event_quantities_, other_quantities_;
  std::vector<base::Timestamp> from_;            // where each event quantity's window begins, at now_
  std::vector<std::vector<double>> thresholds_;  // that rules compare each days_since with
  base::IdIndex ids_;
  std::vector<Member> members_;
  std::vector<Totals> totals_;    // members × event quantities without a window
  std::vector<size_t> total_of_;  // place among totals of each event quantity; of a window none
  size_t totals_per_member_ = 0;
  data::FeatureTable facts_;    // of the other quantities; grows with the members
  data::FeatureTable row_;      // one member, all quantities: events first
  std::vector<uint8_t> holds_;  // members × rules
  std::vector<size_t> counts_;  // members of each rule
  using Due = std::pair<base::Timestamp, uint32_t>;
  std::priority_queue<Due, std::vector<Due>, std::greater<>>
      due_;  // an entry counts when its member says the same
};

}  // namespace coterie::understand

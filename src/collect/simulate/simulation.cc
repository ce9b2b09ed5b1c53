#include "collect/simulate/simulation.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "collect/simulate/service.h"
#include "collect/simulate/streams.h"
#include "collect/simulate/visit.h"

namespace coterie::collect::simulate {

namespace {

constexpr std::string_view kBehaviorNames[] = {"view",   "search",  "favorite", "cart",  "checkout",
                                               "buy",    "refund",  "review",   "login", "share",
                                               "invite", "message", "complaint"};
constexpr uint32_t kMostGuestVisits = 3;
constexpr uint32_t kGuestDays = 14;

}  // namespace

std::string_view to_string(Behavior behavior) { return kBehaviorNames[static_cast<size_t>(behavior)]; }

Simulation::Simulation(ShopTruth& truth) : truth_(truth), later_(kDaysAhead), invitations_(truth) {
  states_.reserve(truth.members.size());
  next_visit_.reserve(truth.members.size());
  for (uint64_t i = 0; i < truth.members.size(); ++i) {
    states_.emplace_back(stream(truth.seed, Purpose::kVisits, i));
    next_visit_.push_back(truth.members[i].first_visit);
  }
  plan_guests();
}

// Some who join looked around before, within two weeks.
void Simulation::plan_guests() {
  for (uint32_t user = 0; user < truth_.members.size(); ++user) {
    const int32_t join_day = truth_.members[user].join_day;
    base::Random rng = stream(truth_.seed, Purpose::kGuests, uint64_t{user} << 2);
    if (join_day < 1 || !rng.chance(truth_.profile.guest)) continue;
    const auto visits = static_cast<uint32_t>(1 + rng.below(kMostGuestVisits));
    for (uint32_t number = 1; number <= visits; ++number) {
      const int64_t day = join_day - static_cast<int64_t>(1 + rng.below(kGuestDays));
      if (day < 0) continue;
      states_[user].was_guest = true;
      guests_.push_back({static_cast<uint32_t>(day), user, number});
    }
  }
  std::stable_sort(guests_.begin(), guests_.end(),
                   [](const auto& a, const auto& b) { return a.day > b.day; });
}

void Simulation::play_guests() {
  for (; !guests_.empty() && guests_.back().day == day_; guests_.pop_back()) {
    const auto& [day, user, number] = guests_.back();
    MemberState stranger(stream(truth_.seed, Purpose::kGuests, (uint64_t{user} << 2) | number));
    stranger.sessions = number - 1;
    Visit(truth_, user, day, stranger, rows_).play_guest();
  }
}

// Refunds, reviews and renewals of the day; who has left renews nothing.
void Simulation::take_due() {
  std::vector<Row> due;
  due.swap(later_[day_ % kDaysAhead]);
  rows_.clear();
  for (Row& row : due) {
    if (row.is_renewal && std::isinf(next_visit_[row.user])) continue;
    if (row.is_renewal) renew(row);
    rows_.push_back(row);
  }
}

void Simulation::renew(Row& row) {
  MemberState& state = states_[row.user];
  row.order = ++state.orders;
  row.unit_price = truth_.catalog.list_price(row.item, day_);
  row.level = level_of(state.spent);
  state.spent += uint64_t{row.unit_price} * static_cast<uint64_t>(row.quantity);
  if (state.rng.chance(truth_.profile.renewal_chance))
    later_[(day_ + truth_.profile.renewal_days) % kDaysAhead].push_back(renewal_of(row));
}

void Simulation::play_visit(uint32_t user) {
  Member& member = truth_.members[user];
  MemberState& state = states_[user];
  const size_t first_row = rows_.size();
  Visit visit(truth_, user, day_, state, rows_);
  visit.play();
  for (const auto& [days_ahead, row] : visit.delayed())
    later_[(day_ + days_ahead) % kDaysAhead].push_back(row);
  after_visit(user, first_row);
  const bool gone = state.rng.chance(member.dropout_chance);
  if (gone) member.dropout_day = static_cast<int32_t>(day_);
  next_visit_[user] = gone ? std::numeric_limits<double>::infinity()
                           : next_visit_[user] + state.rng.exponential() / member.visit_rate;
}

// What happens as a visit ends, and changes nothing about it: a question, an invitation; of who joins, by whose.
void Simulation::after_visit(uint32_t user, size_t first_row) {
  MemberState& state = states_[user];
  Row last = rows_.back();
  last.who = Who::kMember;
  if (last.behavior != Behavior::kBuy && last.item != kNoItem && asks(truth_, user, state.sessions, &last)) {
    last.text = ++state.texts;
    rows_.push_back(last);
    last.text = 0;
  }
  if (state.sessions == 1 && truth_.members[user].join_day >= 0) {
    if (const auto by = invitations_.brought(user)) links_.push_back({rows_[first_row].second, *by, user});
  }
  if (!invitations_.invites(user, state.sessions)) return;
  Row invite;
  invite.second = last.second;
  invite.user = user;
  invite.session = last.session;
  invite.level = last.level;
  invite.behavior = Behavior::kInvite;
  rows_.push_back(invite);
}

std::span<const Row> Simulation::next_day() {
  take_due();
  links_.clear();
  invitations_.begin_day(day_);
  play_guests();
  std::array<double, kWeekRhythms> midnight;
  for (uint32_t r = 0; r < kWeekRhythms; ++r) midnight[r] = truth_.rhythm.clock(r)[day_ + 1];
  for (uint32_t user = 0; user < states_.size(); ++user)
    while (next_visit_[user] < midnight[truth_.members[user].week_rhythm]) play_visit(user);
  ++day_;
  sort_day();
  return sorted_;
}

// By second, then in the order in which they were made.
void Simulation::sort_day() {
  order_.resize(rows_.size());
  for (size_t i = 0; i < rows_.size(); ++i) order_[i] = (uint64_t{rows_[i].second} << 40) | i;
  std::sort(order_.begin(), order_.end());
  sorted_.resize(rows_.size());
  for (size_t i = 0; i < rows_.size(); ++i) sorted_[i] = rows_[order_[i] & ((uint64_t{1} << 40) - 1)];
}

}  // namespace coterie::collect::simulate

#include "collect/simulate/simulation.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "collect/simulate/streams.h"
#include "collect/simulate/visit.h"

namespace coterie::collect::simulate {

namespace {

constexpr std::string_view kBehaviorNames[] = {"view", "search", "favorite", "cart",  "checkout",
                                               "buy",  "refund", "review",   "login", "share"};

}  // namespace

std::string_view to_string(Behavior behavior) { return kBehaviorNames[static_cast<size_t>(behavior)]; }

Simulation::Simulation(ShopTruth& truth, uint64_t seed) : truth_(truth), later_(kDaysAhead) {
  states_.reserve(truth.members.size());
  next_visit_.reserve(truth.members.size());
  for (uint64_t i = 0; i < truth.members.size(); ++i) {
    states_.emplace_back(stream(seed, Purpose::kVisits, i));
    next_visit_.push_back(truth.members[i].first_visit);
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

std::span<const Row> Simulation::next_day() {
  take_due();
  std::array<double, kWeekRhythms> midnight;
  for (uint32_t r = 0; r < kWeekRhythms; ++r) midnight[r] = truth_.rhythm.clock(r)[day_ + 1];
  for (uint32_t user = 0; user < states_.size(); ++user) {
    Member& member = truth_.members[user];
    MemberState& state = states_[user];
    while (next_visit_[user] < midnight[member.week_rhythm]) {
      Visit visit(truth_, user, day_, state, rows_);
      visit.play();
      for (const auto& [days_ahead, row] : visit.delayed())
        later_[(day_ + days_ahead) % kDaysAhead].push_back(row);
      const bool gone = state.rng.chance(member.dropout_chance);
      if (gone) member.dropout_day = static_cast<int32_t>(day_);
      next_visit_[user] = gone ? std::numeric_limits<double>::infinity()
                               : next_visit_[user] + state.rng.exponential() / member.visit_rate;
    }
  }
  ++day_;
  // By second, then in the order in which they were made.
  order_.resize(rows_.size());
  for (size_t i = 0; i < rows_.size(); ++i) order_[i] = (uint64_t{rows_[i].second} << 40) | i;
  std::sort(order_.begin(), order_.end());
  sorted_.resize(rows_.size());
  for (size_t i = 0; i < rows_.size(); ++i) sorted_[i] = rows_[order_[i] & ((uint64_t{1} << 40) - 1)];
  return sorted_;
}

}  // namespace coterie::collect::simulate

// One visit of one member: what is looked at, carted, bought, and what follows days later.
#pragma once

#include <span>
#include <vector>

#include "collect/simulate/simulation.h"

namespace coterie::collect::simulate {

/// 0 to 3, by what was spent, in cents.
uint8_t level_of(uint64_t spent);

/// The next renewal of an order line, before its day has come.
Row renewal_of(const Row& line);

/// Appends to `rows` while it runs; short-lived. Not thread safe.
class Visit {
 public:
  Visit(const ShopTruth& truth, uint32_t user, uint32_t day, MemberState& state, std::vector<Row>& rows);

  /// Plays the whole visit; it lies within the day.
  void play();

  /// Plays a visit of somebody who is not known and buys nothing.
  void play_guest();

  /// What follows from this visit: refunds, reviews, messages, complaints, renewals.
  std::span<const Delayed> delayed() const { return delayed_; }

 private:
  Row& emit(Behavior behavior, uint32_t item = kNoItem);
  void pause(double mean_seconds);
  uint32_t choose_category();
  uint32_t choose_item(uint32_t category);
  uint32_t choose_habit(uint32_t category);
  void browse(bool buying);
  void fill_basket();
  void place_order();
  void renew(const Row& line);
  void follow_up(const Row& line, uint32_t number);
  void remember(uint32_t item);
  void fit_into_day(size_t first_row);

  const ShopTruth& truth_;
  const Member& member_;
  MemberState& state_;
  base::Random& rng_;
  std::vector<Row>& rows_;
  uint32_t user_, day_;
  uint8_t level_;
  double clock_ = 0;  // seconds since the visit began
  uint32_t category_ = 0;
  std::vector<uint32_t> seen_, basket_;
  std::vector<Delayed> delayed_;
};

}  // namespace coterie::collect::simulate

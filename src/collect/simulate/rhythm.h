// When the shop is busy: seasons, weekdays, hours and campaign days.
//
// Visits are Poisson in operational time: a clock that runs faster on busy days (time rescaling, Daley &
// Vere-Jones 2003, theorem 7.4.I). A member keeps one number, the clock's reading at the next visit, and no
// day is drawn for.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "collect/simulate/words.h"

namespace coterie::collect::simulate {

inline constexpr uint32_t kWeekRhythms = 3;  ///< even, working days, weekends
inline constexpr uint32_t kDayRhythms = 4;   ///< commuters, lunch, evening, night

/// Immutable; safe from many threads. Day 0 is the first of the period.
class Rhythm {
 public:
  explicit Rhythm(uint32_t days);

  uint32_t days() const { return days_; }

  /// days + 1 readings of the clock of a week rhythm at local midnights, in mean days; the first is 0.
  std::span<const double> clock(uint32_t week_rhythm) const { return clocks_[week_rhythm]; }

  /// Cumulative weights of the 24 local hours.
  static std::span<const double> hours(uint32_t day_rhythm);

  /// 0 on ordinary days, otherwise how strong the campaign is: up to 1.
  double campaign(uint32_t day) const { return campaigns_[day]; }

  /// Chance in (0, 1] that interest in `category` survives the day's season.
  double season(uint32_t category, uint32_t day) const { return seasons_[day][category]; }

  /// The local date of a day, also before the period: "2025-06-18".
  std::string date(int64_t day) const;

 private:
  uint32_t days_;
  std::array<std::vector<double>, kWeekRhythms> clocks_;
  std::vector<double> campaigns_;
  std::vector<std::array<double, kCategories>> seasons_;
};

}  // namespace coterie::collect::simulate

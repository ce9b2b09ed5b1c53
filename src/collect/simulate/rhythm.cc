#include "collect/simulate/rhythm.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <numbers>

namespace coterie::collect::simulate {

namespace {

using CivilDays = std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr sys_days kEnd{year_month_day{std::chrono::year{2026}, std::chrono::month{1}, std::chrono::day{1}}};

// Monday first; each row has mean 1.
constexpr double kWeekdays[kWeekRhythms][7] = {{0.93, 0.91, 0.92, 0.95, 1.03, 1.15, 1.11},
                                               {1.14, 1.12, 1.10, 1.10, 1.08, 0.72, 0.74},
                                               {0.66, 0.64, 0.66, 0.72, 1.04, 1.68, 1.60}};

struct Campaign {
  unsigned month, first_day, last_day;
  double strength;
};
constexpr Campaign kCampaigns[] = {{1, 15, 17, 0.5}, {3, 7, 8, 0.5},   {6, 16, 18, 0.8},
                                   {9, 9, 9, 0.3},   {11, 9, 11, 1.0}, {12, 11, 12, 0.6}};
constexpr double kCampaignTraffic = 1.2;  // extra visits at strength 1

constexpr double kYear = 365.25;

double wave(double day_of_year, double peak) {
  return std::cos(2.0 * std::numbers::pi * (day_of_year - peak) / kYear);
}

double campaign_on(const year_month_day& date) {
  const unsigned month = static_cast<unsigned>(date.month()), day = static_cast<unsigned>(date.day());
  for (const Campaign& c : kCampaigns)
    if (month == c.month && day >= c.first_day && day <= c.last_day) return c.strength;
  return 0.0;
}

using HourTable = std::array<std::array<double, 24>, kDayRhythms>;

HourTable cumulative_hours() {
  constexpr double kWeights[kDayRhythms][24] = {
      {1, 0, 0, 0, 0, 1, 5, 12, 14, 8, 4, 4, 6, 4, 3, 3, 4, 7, 12, 10, 8, 8, 6, 3},
      {1, 0, 0, 0, 0, 0, 1, 3, 5, 6, 8, 10, 16, 14, 8, 6, 5, 5, 5, 6, 7, 7, 5, 2},
      {3, 1, 0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 6, 5, 4, 4, 4, 5, 7, 11, 15, 17, 13, 7},
      {14, 9, 5, 3, 1, 0, 0, 1, 2, 2, 3, 3, 4, 4, 4, 4, 4, 4, 5, 6, 8, 10, 14, 16}};
  HourTable table{};
  for (uint32_t r = 0; r < kDayRhythms; ++r) {
    double sum = 0.0;
    for (uint32_t h = 0; h < 24; ++h) table[r][h] = sum += kWeights[r][h];
  }
  return table;
}

}  // namespace

Rhythm::Rhythm(uint32_t days_in_period) : days_(days_in_period), campaigns_(days_), seasons_(days_) {
  for (auto& clock : clocks_) clock.assign(1, 0.0);
  for (uint32_t day = 0; day < days_; ++day) {
    const sys_days at = kEnd - CivilDays{days_ - day};
    const year_month_day date{at};
    const double day_of_year = static_cast<double>((at - sys_days{date.year() / 1 / 1}).count());
    const uint32_t weekday = std::chrono::weekday{at}.iso_encoding() - 1;
    campaigns_[day] = campaign_on(date);
    const double year = 1.0 + 0.12 * wave(day_of_year, 325.0);
    const double busy = year * (1.0 + kCampaignTraffic * campaigns_[day]);
    for (uint32_t r = 0; r < kWeekRhythms; ++r)
      clocks_[r].push_back(clocks_[r].back() + busy * kWeekdays[r][weekday]);
    for (uint32_t c = 0; c < kCategories; ++c) {
      const CategoryWords& words = category_words()[c];
      const double peak = (words.peak_month - 0.5) * kYear / 12.0;
      seasons_[day][c] = (1.0 + words.season * wave(day_of_year, peak)) / (1.0 + words.season);
    }
  }
}

std::span<const double> Rhythm::hours(uint32_t day_rhythm) {
  static const HourTable table = cumulative_hours();
  return table[day_rhythm];
}

std::string Rhythm::date(int64_t day) const {
  const year_month_day date{kEnd - CivilDays{static_cast<int64_t>(days_) - day}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

}  // namespace coterie::collect::simulate

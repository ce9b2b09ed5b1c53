#include "understand/changes/monitor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "learn/metrics/level_shift.h"

namespace coterie::understand {

using base::Result;
using base::Status;
using store::Parameter;
using store::Rows;

namespace {

constexpr size_t kWatchedCategories = 12;  // watched one by one
constexpr size_t kCodes = 64;              // of item_category_codes.sql
constexpr double kLeastADay = 20;          // mean of both parts of a ratio, else it is not watched
constexpr int64_t kLeastHistory = 8;       // events of a member before its taste is known
constexpr int64_t kUnit = 1000;            // of fractions in sums
constexpr const char* kSeries[] = {"activity",  "buying", "views", "carts",
                                   "favorites", "basket", "price", "taste"};
constexpr size_t kPlainSeries = std::size(kSeries);
constexpr size_t kPrice = 6;

// Exact sums over the members of one day of a and b, whose ratio is watched.
struct Sums {
  int64_t n = 0, a = 0, b = 0, aa = 0, ab = 0, bb = 0;
  void add(int64_t x, int64_t y) {
    n += 1;
    a += x;
    b += y;
    aa += x * x;
    ab += x * y;
    bb += y * y;
  }
};

// What one member did on one day.
struct MemberDay {
  int64_t day = 0, views = 0, favorites = 0, carts = 0, buys = 0, log_price = 0, priced = 0;
  std::array<int64_t, kCodes> by_category{};  // views and buys
  int64_t with_category = 0;
};

class Accumulator {
 public:
  Accumulator(int64_t first_day, size_t days) : first_day_(first_day), days_(days) {
    for (auto& series : sums_) series.resize(days);
  }

  void begin_user() {
    finish_day();
    history_.fill(0);
    known_ = 0;
  }

  void add(const Rows& rows, size_t i) {
    const int64_t day = rows.int64(1, i);
    if (is_open_ && day != today_.day) finish_day();
    if (!is_open_) {
      today_ = {};
      today_.day = day;
      is_open_ = true;
    }
    today_.views += rows.int64(3, i);
    today_.favorites += rows.int64(4, i);
    today_.carts += rows.int64(5, i);
    today_.buys += rows.int64(6, i);
    today_.log_price += rows.int64(7, i);
    today_.priced += rows.int64(8, i);
    const int64_t category = rows.int64(2, i);
    if (category < 0) return;
    const int64_t events = rows.int64(3, i) + rows.int64(6, i);
    today_.by_category[static_cast<size_t>(category)] += events;
    today_.with_category += events;
  }

  void finish_day() {
    if (!is_open_) return;
    is_open_ = false;
    const int64_t at = today_.day - first_day_;
    if (at < 0 || at >= static_cast<int64_t>(days_)) return;
    const auto d = static_cast<size_t>(at);
    sums_[0][d].add(1, 1);
    sums_[1][d].add(today_.buys > 0 ? 1 : 0, 1);
    if (today_.views > 0) sums_[2][d].add(today_.views, 1);
    if (today_.views > 0) sums_[3][d].add(today_.carts, today_.views);
    if (today_.views > 0) sums_[4][d].add(today_.favorites, today_.views);
    if (today_.buys > 0) sums_[5][d].add(today_.buys, 1);
    if (today_.priced > 0) sums_[kPrice][d].add(today_.log_price, today_.priced);
    if (today_.with_category == 0) return;
    // Taste: how much of today lies where the member was before.
    if (known_ >= kLeastHistory) {
      int64_t alike = 0;
      for (size_t c = 0; c < kCodes; ++c) alike += today_.by_category[c] * (kUnit * history_[c] / known_);
      sums_[7][d].add(alike, today_.with_category * kUnit);
    }
    for (size_t c = 0; c < kCodes; ++c) {
      sums_[kPlainSeries + c][d].add(today_.by_category[c], today_.with_category);
      history_[c] += today_.by_category[c];
    }
    known_ += today_.with_category;
  }

  const std::vector<Sums>& sums(size_t series) const { return sums_[series]; }

 private:
  int64_t first_day_;
  size_t days_;
  std::array<std::vector<Sums>, kPlainSeries + kCodes> sums_;
  MemberDay today_;
  bool is_open_ = false;
  std::array<int64_t, kCodes> history_{};
  int64_t known_ = 0;
};

// The daily levels of a series and their sampling variance over members: logarithms of a ratio or of a count; of
// prices the mean of logarithms.
struct Track {
  std::vector<double> values, variances;
  double mean_a = 0, mean_b = 0;
  int64_t days = 0;
};

Track track_of(size_t series, const std::vector<Sums>& days) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  Track out;
  for (const Sums& day : days) {
    const auto a = static_cast<double>(day.a), b = static_cast<double>(day.b), n = static_cast<double>(day.n);
    double value = kNone, variance = 0;
    if (series == 0 && day.n > 0) {
      value = std::log(n);
      variance = 1 / n;
    } else if (series != 0 && day.n > 1 && b > 0 && (a > 0 || series == kPrice)) {
      const double ratio = a / b;
      // Σ (a − r b)² over members, linearised (Cochran 1977, 6.4).
      const double squares = static_cast<double>(day.aa) - 2 * ratio * static_cast<double>(day.ab) +
                             ratio * ratio * static_cast<double>(day.bb);
      const double of_ratio = std::max(0.0, squares) / (b * b) * n / (n - 1);
      value = series == kPrice ? ratio / kUnit : std::log(ratio);
      variance = series == kPrice ? of_ratio / (kUnit * kUnit) : of_ratio / (ratio * ratio);
    }
    if (!(variance > 0)) value = kNone;
    out.values.push_back(value);
    out.variances.push_back(variance);
    if (std::isnan(value)) continue;
    const double scale = series == 7 ? kUnit : 1;
    ++out.days;
    out.mean_a += series == kPrice ? b : a / scale;
    out.mean_b += b / scale;
  }
  if (out.days > 0) {
    out.mean_a /= static_cast<double>(out.days);
    out.mean_b /= static_cast<double>(out.days);
  }
  return out;
}

Result<std::vector<std::string>> category_names(profile::AsOf& source) {
  std::vector<std::string> names;
  COTERIE_CHECK_OK(
      source.connection().query("SELECT DISTINCT code, category FROM item_category_codes ORDER BY code", {},
                                [&](const Rows& rows) -> Status {
                                  for (size_t i = 0; i < rows.size(); ++i)
                                    names.emplace_back(rows.text(1, i));
                                  return {};
                                }));
  return names;
}

int64_t local_day(const base::Calendar& calendar, base::Timestamp ts) {
  const int64_t local = calendar.to_local(ts);
  return (local - ((local % base::kDay) + base::kDay) % base::kDay) / base::kDay;
}

// The categories with the most events, at most kWatchedCategories, in the order of their codes.
std::vector<size_t> main_categories(const Accumulator& all, size_t count) {
  std::vector<std::pair<int64_t, size_t>> events;
  for (size_t c = 0; c < count; ++c) {
    int64_t sum = 0;
    for (const Sums& day : all.sums(kPlainSeries + c)) sum += day.a;
    events.emplace_back(-sum, c);
  }
  std::sort(events.begin(), events.end());
  if (events.size() > kWatchedCategories) events.resize(kWatchedCategories);
  std::vector<size_t> out;
  for (const auto& [sum, c] : events) out.push_back(c);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

Result<BehaviorMonitor> watch_behavior(profile::AsOf& source, base::Timestamp as_of) {
  const base::Calendar& calendar = source.calendar();
  const int64_t first_day = local_day(calendar, source.range().first), end_day = local_day(calendar, as_of);
  const Parameter known[] = {{"as_of", as_of}};
  const Parameter departments[] = {{"as_of", as_of}, {"levels", int64_t{1}}};
  COTERIE_CHECK_OK(source.run("item_categories.sql", departments));
  COTERIE_CHECK_OK(source.run("item_category_codes.sql", {}));
  COTERIE_ASSIGN(const auto categories, category_names(source));
  const auto days = static_cast<size_t>(std::max<int64_t>(0, end_day - first_day));
  COTERIE_ASSIGN(const auto memory,
                 source.context().budget->reserve(days * (kPlainSeries + kCodes) * sizeof(Sums),
                                                  "what members do, by day"));
  Accumulator all(first_day, days);
  std::string user;
  COTERIE_CHECK_OK(source.read_by_range("member_days.sql", known, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows.text(0, i) != user) {
        all.begin_user();
        user = rows.text(0, i);
      }
      all.add(rows, i);
    }
    return {};
  }));
  all.finish_day();

  BehaviorMonitor out;
  std::vector<Track> tracks;
  const auto watch = [&](size_t series, const char* name, const std::string& category) {
    Track track = track_of(series, all.sums(series));
    if (track.mean_a < kLeastADay || track.mean_b < kLeastADay) return;
    out.watched.push_back({name, category, track.days});
    tracks.push_back(std::move(track));
  };
  for (size_t s = 0; s < kPlainSeries; ++s) watch(s, kSeries[s], "");
  for (const size_t c : main_categories(all, categories.size()))
    watch(kPlainSeries + c, "category", categories[c]);
  const double alpha = kFalseAlarmsPerYear / 365 / static_cast<double>(std::max<size_t>(1, tracks.size()));
  const base::Timestamp first_midnight = calendar.midnight_not_after(source.range().first);
  for (size_t s = 0; s < tracks.size(); ++s) {
    COTERIE_ASSIGN(const auto shifts,
                   learn::find_level_shifts(tracks[s].values, tracks[s].variances, {alpha}));
    for (const auto& shift : shifts)
      out.shifts.push_back({out.watched[s].series, out.watched[s].category,
                            calendar.add_days(first_midnight, static_cast<int64_t>(shift.day) + 1),
                            calendar.add_days(first_midnight, static_cast<int64_t>(shift.since)),
                            std::expm1(shift.shift), std::expm1(shift.low), std::expm1(shift.high), shift.z,
                            shift.threshold});
  }
  std::stable_sort(out.shifts.begin(), out.shifts.end(),
                   [](const auto& a, const auto& b) { return a.alarm < b.alarm; });
  return out;
}

}  // namespace coterie::understand

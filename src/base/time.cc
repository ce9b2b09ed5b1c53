#include "base/time.h"

#include <cctz/time_zone.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

namespace coterie::base {

namespace {

using Instant = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

Instant instant_of(Timestamp ts) { return Instant(std::chrono::microseconds(ts)); }

// Days from 1970-01-01 of a civil date (Howard Hinnant, "chrono-compatible low-level date algorithms").
int64_t days_from_civil(int64_t y, unsigned m, unsigned d) {
  y -= m <= 2;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const unsigned yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int64_t>(doe) - 719468;
}

unsigned days_in_month(int64_t y, unsigned m) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  return m == 2 && leap ? 29 : kDays[m - 1];
}

// Reads digits left to right; every take_* moves `at` and sets `ok` to false on a mismatch.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool ok() const { return ok_; }
  bool done() const { return at_ == text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  void skip() { ++at_; }

  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  // Between `least` and `most` digits.
  unsigned number(size_t least, size_t most) {
    unsigned value = 0;
    size_t n = 0;
    while (n < most && peek() >= '0' && peek() <= '9') {
      value = value * 10 + static_cast<unsigned>(text_[at_++] - '0');
      ++n;
    }
    if (n < least) ok_ = false;
    return value;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
  bool ok_ = true;
};

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<CivilTime> parse_epoch(std::string_view text) {
  if (text.size() != 10 && text.size() != 13 && text.size() != 16) return std::nullopt;
  if (!all_digits(text)) return std::nullopt;
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  const int64_t unit = text.size() == 10 ? kSecond : text.size() == 13 ? 1000 : 1;
  return CivilTime{value * unit, 0};
}

tl::unexpected<Status> not_a_time() {
  return error(Code::kInvalidArgument,
               "not a time; expected 2011-12-09 08:26[:00], an ISO 8601 time, or epoch seconds");
}

// The time of day after the date, in microseconds; false when malformed.
bool parse_time_of_day(Scanner& in, int64_t* us) {
  const unsigned hour = in.number(1, 2);
  unsigned second = 0;
  if (!in.take(':')) return false;
  const unsigned minute = in.number(2, 2);
  int64_t fraction = 0;
  if (in.take(':')) {
    second = in.number(2, 2);
    if (in.take('.')) {
      int64_t unit = 100'000;
      while (in.peek() >= '0' && in.peek() <= '9') {
        fraction += (in.peek() - '0') * unit;
        unit /= 10;
        in.skip();
      }
    }
  }
  if (!in.ok() || hour > 23 || minute > 59 || second > 59) return false;
  *us = ((hour * 60 + minute) * 60 + second) * kSecond + fraction;
  return true;
}

bool parse_offset(Scanner& in, std::optional<int32_t>* offset) {
  if (in.done()) return true;
  if (in.take(' ')) return parse_offset(in, offset);
  if (in.take('Z') || in.take('z')) {
    *offset = 0;
    return in.done();
  }
  if (in.take('U')) {  // "UTC", as pandas and SQL dumps write it
    *offset = 0;
    return in.take('T') && in.take('C') && in.done();
  }
  const bool west = in.peek() == '-';
  if (!in.take('+') && !in.take('-')) return false;
  const unsigned hour = in.number(2, 2);
  in.take(':');
  const unsigned minute = in.done() ? 0 : in.number(2, 2);
  if (!in.ok() || !in.done() || hour > 18 || minute > 59) return false;
  const int32_t seconds = static_cast<int32_t>(hour * 3600 + minute * 60);
  *offset = west ? -seconds : seconds;
  return true;
}

}  // namespace

Result<CivilTime> parse_civil_time(std::string_view text) {
  if (auto epoch = parse_epoch(text)) return *epoch;
  Scanner in(text);
  const unsigned year = in.number(4, 4);
  const char separator = in.peek();
  const bool separated = separator == '-' || separator == '/';
  if (separated) in.skip();
  const unsigned month = separated ? in.number(1, 2) : in.number(2, 2);
  if (separated && !in.take(separator)) return not_a_time();
  const unsigned day = separated ? in.number(1, 2) : in.number(2, 2);
  if (!in.ok() || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return not_a_time();
  CivilTime out;
  out.local_us = days_from_civil(year, month, day) * kDay;
  if (in.done()) return out;
  if (!in.take(' ') && !in.take('T')) return not_a_time();
  int64_t time_of_day = 0;
  if (!parse_time_of_day(in, &time_of_day) || !parse_offset(in, &out.offset_seconds)) return not_a_time();
  out.local_us += time_of_day;
  return out;
}

struct Calendar::Zone {
  cctz::time_zone zone;
  // The two changes around most instants asked for would need a lock to cache; a table of all changes does
  // not.
  std::vector<OffsetChange> changes;  // ascending; the first from the beginning of time

  int64_t offset_at(Timestamp ts) const {
    auto after = std::upper_bound(changes.begin(), changes.end(), ts,
                                  [](Timestamp t, const OffsetChange& change) { return t < change.from; });
    return (after - 1)->offset_us;
  }
};

namespace {

int64_t lookup_offset(const cctz::time_zone& zone, Timestamp ts) {
  return zone.lookup(instant_of(ts)).offset * kSecond;
}

// All offset changes from 1900 to 2100, found by asking the library for one transition after the other.
std::vector<OffsetChange> all_changes(const cctz::time_zone& zone) {
  constexpr Timestamp kFirst = -70LL * 365 * kDay;
  constexpr Timestamp kLast = 130LL * 365 * kDay;
  std::vector<OffsetChange> changes = {{std::numeric_limits<int64_t>::min(), lookup_offset(zone, kFirst)}};
  Timestamp at = kFirst;
  cctz::time_zone::civil_transition transition;
  while (at < kLast && zone.next_transition(instant_of(at), &transition)) {
    const auto lookup = zone.lookup(transition.to);
    const Timestamp ts =
        std::chrono::duration_cast<std::chrono::microseconds>(lookup.trans.time_since_epoch()).count();
    if (ts <= at) break;
    at = ts;
    const int64_t offset = lookup_offset(zone, at);
    if (offset != changes.back().offset_us) changes.push_back({at, offset});
  }
  return changes;
}

int64_t floor_to_day(int64_t us) {
  const int64_t rest = us % kDay;
  return us - (rest < 0 ? rest + kDay : rest);
}

std::string civil_string(int64_t local_us, std::string_view offset) {
  const auto civil =
      cctz::convert(instant_of(local_us - ((local_us % kSecond) + kSecond) % kSecond), cctz::utc_time_zone());
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", civil.year(), civil.month(),
                                civil.day(), civil.hour(), civil.minute(), civil.second());
  if (const int64_t us = ((local_us % kSecond) + kSecond) % kSecond; us != 0)
    out += fmt::format(".{:06}", us);
  return out.append(offset);
}

}  // namespace

Result<Calendar> Calendar::create(std::string_view zone) {
  auto impl = std::make_shared<Zone>();
  if (zone.empty() || !cctz::load_time_zone(std::string(zone), &impl->zone))
    return error(Code::kInvalidArgument,
                 "'{}' is not a time zone; use an IANA name such as Asia/Shanghai or Europe/London", zone);
  impl->changes = all_changes(impl->zone);
  Calendar calendar;
  calendar.zone_ = zone;
  calendar.impl_ = std::move(impl);
  return calendar;
}

Timestamp Calendar::to_utc(int64_t local_us) const {
  // The offset before a change decides first: an hour that occurs twice is the first one, and an hour that
  // the clock skips is read as if the clock had not moved, which lands after the gap.
  const int64_t earlier = impl_->offset_at(local_us - kDay);
  const Timestamp guess = local_us - earlier;
  const int64_t offset = impl_->offset_at(guess);
  if (offset == earlier) return guess;
  const Timestamp later = local_us - offset;
  return impl_->offset_at(later) == offset ? later : guess;
}

Timestamp Calendar::to_utc(const CivilTime& civil) const {
  if (civil.offset_seconds) return civil.local_us - *civil.offset_seconds * kSecond;
  return to_utc(civil.local_us);
}

int64_t Calendar::to_local(Timestamp ts) const { return ts + impl_->offset_at(ts); }

Timestamp Calendar::midnight_not_after(Timestamp ts) const {
  const Timestamp midnight = to_utc(floor_to_day(to_local(ts)));
  return midnight <= ts ? midnight : to_utc(floor_to_day(to_local(ts)) - kDay);
}

Timestamp Calendar::add_days(Timestamp ts, int64_t days) const { return to_utc(to_local(ts) + days * kDay); }

std::vector<OffsetChange> Calendar::offsets(Timestamp from, Timestamp to) const {
  std::vector<OffsetChange> out;
  for (const OffsetChange& change : impl_->changes) {
    if (change.from > to) break;
    if (change.from <= from) out.clear();
    out.push_back(change);
  }
  return out;
}

std::string Calendar::to_string(Timestamp ts) const {
  const int64_t minutes = impl_->offset_at(ts) / (60 * kSecond);
  const int64_t size = minutes < 0 ? -minutes : minutes;
  return civil_string(to_local(ts),
                      fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60));
}

std::string Calendar::date_string(Timestamp ts) const { return to_string(ts).substr(0, 10); }

std::string utc_string(Timestamp ts) { return civil_string(ts, "Z"); }

Result<Timestamp> parse_instant(std::string_view text, const Calendar& calendar) {
  auto civil = parse_civil_time(text);
  if (!civil) return tl::unexpected(civil.error().with_context(fmt::format("'{}'", text)));
  return calendar.to_utc(*civil);
}

}  // namespace coterie::base

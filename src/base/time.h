// Time: instants in UTC, days and hours in the shop's time zone.
//
// An instant is int64 microseconds since 1970-01-01T00:00:00Z. Everything that people see as an hour, a
// weekday or a day goes through Calendar, the only place that knows time zones (the IANA data of the system,
// read by CCTZ).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace coterie::base {

using Timestamp = int64_t;  ///< microseconds since the epoch, UTC

inline constexpr int64_t kSecond = 1'000'000;
inline constexpr int64_t kHour = 3600 * kSecond;
inline constexpr int64_t kDay = 24 * kHour;

/// A time as written: its fields as a local civil time, and its UTC offset where the text gave one.
struct CivilTime {
  int64_t local_us = 0;                   ///< microseconds since 1970-01-01T00:00:00 on the wall clock
  std::optional<int32_t> offset_seconds;  ///< "+08:00" = 28800, "Z" = 0
};

/// Reads `2010-12-01`, `2010-12-01 08:26[:00[.123456]]`, with `T`, with `Z` or `+08:00`, `20101201`, with `/`
/// for `-`, and epoch seconds, milliseconds or microseconds (10, 13, 16 digits: UTC). Day-first and month-first
/// forms are ambiguous and are refused. Errors: kInvalidArgument, saying what was expected. Pure; ~30 ns.
Result<CivilTime> parse_civil_time(std::string_view text);

/// How far the wall clock is ahead of UTC from an instant on.
struct OffsetChange {
  Timestamp from;
  int64_t offset_us;
};

/// The shop's wall clock. Immutable and safe from many threads; a copy is cheap.
class Calendar {
 public:
  /// Errors: kInvalidArgument when `zone` is not an IANA name such as "Asia/Shanghai".
  static Result<Calendar> create(std::string_view zone);

  const std::string& zone() const { return zone_; }

  /// The instant of a wall-clock time. One that the clock skips moves forward, one that occurs twice is the
  /// first.
  Timestamp to_utc(int64_t local_us) const;
  Timestamp to_utc(const CivilTime& civil) const;

  /// Wall-clock microseconds of an instant.
  int64_t to_local(Timestamp ts) const;

  /// The last local midnight not after `ts`.
  Timestamp midnight_not_after(Timestamp ts) const;

  /// `ts` moved by whole local days, keeping the wall-clock time of day.
  Timestamp add_days(Timestamp ts, int64_t days) const;

  /// The offsets in force over [from, to], the first with `from` at or before the range.
  std::vector<OffsetChange> offsets(Timestamp from, Timestamp to) const;

  /// "2011-12-09T00:00:00+00:00", with the offset in force; microseconds only when there are any.
  std::string to_string(Timestamp ts) const;

  /// "2011-12-09".
  std::string date_string(Timestamp ts) const;

 private:
  struct Zone;
  std::string zone_;
  std::shared_ptr<const Zone> impl_;
};

/// "2011-12-09T00:00:00Z".
std::string utc_string(Timestamp ts);

/// "2011-12-09" or "2011-12-09T08:30" as a person types it, in the calendar's zone unless it carries an
/// offset.
Result<Timestamp> parse_instant(std::string_view text, const Calendar& calendar);

}  // namespace coterie::base

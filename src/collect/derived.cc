#include "collect/derived.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/ascii.h"
#include "collect/encoding.h"

namespace coterie::collect {

namespace {

// Nobody's shop is older than year 1 or younger than 9999.
constexpr double kMostMicroseconds = 2.5e17;

int64_t microseconds_of(TimeRule::Unit unit) {
  switch (unit) {
    case TimeRule::Unit::kMilliseconds: return 1000;
    case TimeRule::Unit::kMicroseconds: return 1;
    case TimeRule::Unit::kDays: return base::kDay;
    case TimeRule::Unit::kSeconds:
    case TimeRule::Unit::kAsWritten: return base::kSecond;
  }
  return base::kSecond;
}

// A number of units as microseconds. Whole numbers are exact; of others the part below a microsecond is rounded.
std::optional<int64_t> parse_span(std::string_view text, TimeRule::Unit unit) {
  const int64_t scale = microseconds_of(unit);
  const char* end = text.data() + text.size();
  int64_t whole = 0;
  if (const auto [stop, code] = std::from_chars(text.data(), end, whole);
      code == std::errc() && stop == end) {
    if (std::abs(static_cast<double>(whole)) * static_cast<double>(scale) > kMostMicroseconds)
      return std::nullopt;
    return whole * scale;
  }
  double number = 0;
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  if (code != std::errc() || stop != end || !std::isfinite(number)) return std::nullopt;
  const double us = number * static_cast<double>(scale);
  if (std::abs(us) > kMostMicroseconds) return std::nullopt;
  return std::llround(us);
}

// "31/12/2010 08:26" as "2010/12/31 08:26"; missing when it is no such date.
std::optional<std::string> year_first(std::string_view text, TimeRule::Order order) {
  std::string_view parts[3];
  size_t at = 0;
  for (size_t i = 0; i < 3; ++i) {
    const size_t begin = at;
    while (at < text.size() && base::is_digit(text[at])) ++at;
    parts[i] = text.substr(begin, at - begin);
    if (parts[i].empty() || parts[i].size() > 4) return std::nullopt;
    if (i == 2) break;
    if (at >= text.size() || (text[at] != '/' && text[at] != '-' && text[at] != '.')) return std::nullopt;
    ++at;
  }
  const bool day_first = order == TimeRule::Order::kDayFirst;
  if (parts[2].size() != 4) return std::nullopt;
  return fmt::format("{}/{}/{}{}", parts[2], day_first ? parts[1] : parts[0], day_first ? parts[0] : parts[1],
                     text.substr(at));
}

// A wall-clock time without an offset.
std::string local_string(int64_t local_us) {
  std::string out = base::utc_string(local_us);
  out.pop_back();
  return out;
}

}  // namespace

std::optional<std::string> read_time(std::string_view text, std::string_view add, const TimeRule& rule,
                                     const base::Calendar* zone) {
  base::CivilTime civil;
  if (rule.unit != TimeRule::Unit::kAsWritten) {
    const auto span = parse_span(text, rule.unit);
    if (!span) return std::nullopt;
    civil = rule.since.value_or(base::CivilTime{0, 0});
    civil.local_us += *span;
  } else {
    const auto turned =
        rule.order == TimeRule::Order::kYearFirst ? std::string(text) : year_first(text, rule.order);
    if (!turned) return std::nullopt;
    const auto parsed = base::parse_civil_time(*turned);
    if (!parsed) return std::nullopt;
    civil = *parsed;
  }
  if (!add.empty()) {
    const auto span = parse_span(add, rule.add_unit);
    if (!span) return std::nullopt;
    civil.local_us += *span;
  }
  if (civil.offset_seconds) return base::utc_string(civil.local_us - *civil.offset_seconds * base::kSecond);
  if (zone != nullptr) return base::utc_string(zone->to_utc(civil));
  return local_string(civil.local_us);
}

DerivedFields::DerivedFields(const Mapping& mapping, const Preset& preset)
    : derived_(mapping.derived),
      missing_(preset.missing),
      time_(preset.time),
      time_add_(mapping.time_add),
      buffers_(mapping.derived.size()) {
  if (time_.zone.empty()) return;
  if (auto calendar = base::Calendar::create(time_.zone)) zone_ = std::move(*calendar);
}

void DerivedFields::apply(Record& record) {
  if (record.defects != 0 || (derived_.empty() && missing_.empty())) return;
  fields_.assign(record.fields.begin(), record.fields.end());
  for (std::string_view& field : fields_) {
    if (missing_.empty()) break;
    if (std::find(missing_.begin(), missing_.end(), trimmed(field)) != missing_.end()) field = {};
  }
  const size_t own = fields_.size();
  fields_.reserve(own + derived_.size());
  for (size_t i = 0; i < derived_.size(); ++i)
    derive(derived_[i], buffers_[i], std::span(fields_).first(own));
  record.fields = fields_;
}

void DerivedFields::derive(const Derived& derived, std::string& buffer,
                           std::span<const std::string_view> own) {
  std::string_view value;
  for (const size_t field : derived.fields) {
    value = trimmed(own[field]);
    if (!value.empty()) break;
  }
  if (value.empty()) {
    fields_.push_back(derived.constant);
    return;
  }
  if (derived.is_time) {
    const std::string_view add =
        time_add_ == Mapping::kAbsent ? std::string_view() : trimmed(own[static_cast<size_t>(time_add_)]);
    if (auto time = read_time(value, add, time_, zone_ ? &*zone_ : nullptr)) {
      buffer = std::move(*time);
      value = buffer;
    }
  }
  fields_.push_back(value);
}

}  // namespace coterie::collect

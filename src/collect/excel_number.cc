#include "collect/excel_number.h"

#include <fmt/core.h>

#include <charconv>
#include <chrono>
#include <cmath>

#include "base/ascii.h"
#include "base/number_text.h"

namespace coterie::collect {

namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr double kAfterLastDay = 2'958'466;  // 10000-01-01
constexpr size_t kExactDigits = 15;          // that a double holds of any decimal number

bool parse_double(std::string_view text, double* value) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), *value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

std::string time_of_day(int64_t ms, int64_t hours) {
  const std::string text = fmt::format("{:02}:{:02}:{:02}", hours, ms / 60'000 % 60, ms / 1000 % 60);
  return ms % 1000 == 0 ? text : fmt::format("{}.{:03}", text, ms % 1000);
}

std::string date(int64_t day_count, bool from_1904) {
  if (!from_1904 && day_count == 60) return "1900-02-29";
  const std::chrono::sys_days origin =
      from_1904 ? std::chrono::sys_days(std::chrono::year(1904) / 1 / 1)
                : std::chrono::sys_days(std::chrono::year(1899) / 12 / (day_count < 60 ? 31 : 30));
  const std::chrono::year_month_day day(origin + std::chrono::days(day_count));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

// What the letters of a code ask for.
struct CodeParts {
  bool day = false;      // y or d
  bool month = false;    // m: a month, or minutes beside hours and seconds
  bool time = false;     // h or s
  bool elapsed = false;  // [h], [mm], [s]
};

// "[h]" asks for elapsed time; "[Red]", "[$-804]", "[>100]" for nothing.
void read_bracket(std::string_view inside, CodeParts& parts) {
  const char first = inside.empty() ? '\0' : base::lower(inside.front());
  if (first != 'h' && first != 'm' && first != 's') return;
  for (const char c : inside) {
    if (base::lower(c) != first) return;
  }
  parts.elapsed = true;
}

CodeParts read_code(std::string_view code) {
  CodeParts parts;
  for (size_t at = 0; at < code.size() && code[at] != ';'; ++at) {
    const char c = base::lower(code[at]);
    if (c == '"' || c == '[') {
      const size_t end = std::min(code.find(c == '"' ? '"' : ']', at + 1), code.size());
      if (c == '[') read_bracket(code.substr(at + 1, end - at - 1), parts);
      at = end;
    } else if (c == '\\' || c == '_' || c == '*') {
      ++at;
    } else {
      parts.day |= c == 'y' || c == 'd';
      parts.month |= c == 'm';
      parts.time |= c == 'h' || c == 's';
    }
  }
  return parts;
}

}  // namespace

NumberKind builtin_kind(uint32_t format_id) {
  if (format_id == 22) return NumberKind::kDateTime;
  if (format_id >= 14 && format_id <= 17) return NumberKind::kDate;
  if (format_id >= 18 && format_id <= 21) return NumberKind::kTime;
  if (format_id >= 32 && format_id <= 35) return NumberKind::kTime;
  if (format_id >= 27 && format_id <= 36) return NumberKind::kDate;
  if (format_id == 45 || format_id == 47) return NumberKind::kTime;
  if (format_id == 46) return NumberKind::kElapsed;
  return format_id >= 50 && format_id <= 58 ? NumberKind::kDate : NumberKind::kPlain;
}

NumberKind kind_of_code(std::string_view code) {
  if (code == "General" || code == "GENERAL" || code == "general") return NumberKind::kPlain;
  const CodeParts parts = read_code(code);
  if (parts.elapsed) return NumberKind::kElapsed;
  if (parts.day) return parts.time ? NumberKind::kDateTime : NumberKind::kDate;
  if (parts.time) return NumberKind::kTime;
  return parts.month ? NumberKind::kDate : NumberKind::kPlain;
}

std::string plain_number(std::string_view text) {
  double value = 0;
  const bool whole = text.find_first_of(".eE") == std::string_view::npos;
  const bool has_exponent = text.find_first_of("eE") != std::string_view::npos;
  const bool exact = !has_exponent && text.size() <= kExactDigits + 1;
  if (whole || exact || !parse_double(text, &value) || !std::isfinite(value)) return std::string(text);
  char buffer[40];
  return std::string(base::shortest_number(value, buffer));
}

std::string number_text(std::string_view text, NumberKind kind, bool from_1904) {
  double value = 0;
  if (kind == NumberKind::kPlain || !parse_double(text, &value) || !(value >= 0 && value < kAfterLastDay))
    return plain_number(text);
  const int64_t all_ms = std::llround(value * static_cast<double>(kDayMs));
  const int64_t days = all_ms / kDayMs;
  const int64_t ms = all_ms % kDayMs;
  const bool no_day = kind == NumberKind::kElapsed || (kind == NumberKind::kTime && days == 0);
  if (no_day) return time_of_day(ms, all_ms / 3'600'000);
  std::string day = date(days, from_1904);
  if (kind == NumberKind::kDate && ms == 0) return day;
  return fmt::format("{} {}", day, time_of_day(ms, ms / 3'600'000));
}

}  // namespace coterie::collect

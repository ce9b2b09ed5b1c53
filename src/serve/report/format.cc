#include "serve/report/format.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/time.h"

namespace coterie::serve {

using base::Language;
using base::Message;

namespace {

constexpr std::string_view kMinus = "−";
constexpr std::string_view kAbsent = "–";

struct Currency {
  std::string_view code;
  std::string_view sign;
};
constexpr Currency kCurrencies[] = {
    {"CNY", "¥"},   {"GBP", "£"},   {"USD", "$"},  {"EUR", "€"},  {"JPY", "¥"},   {"INR", "₹"},  {"KRW", "₩"},
    {"HKD", "HK$"}, {"TWD", "NT$"}, {"AUD", "A$"}, {"CAD", "C$"}, {"NZD", "NZ$"}, {"SGD", "S$"}, {"VND", "₫"},
    {"THB", "฿"},   {"PHP", "₱"},   {"BRL", "R$"}, {"TRY", "₺"},  {"UAH", "₴"}};

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string sign_of(std::string_view currency) {
  for (const Currency& known : kCurrencies)
    if (known.code == currency) return std::string(known.sign);
  return currency.empty() ? std::string() : fmt::format("{}\u00A0", currency);
}

// 1234567.5 with two digits: "1,234,567.50", without a sign.
std::string grouped(double magnitude, int digits) {
  std::string out = fmt::format("{:.{}f}", magnitude, digits);
  const size_t point = out.find('.');
  for (auto at = static_cast<int64_t>(point == std::string::npos ? out.size() : point) - 3; at > 0; at -= 3)
    out.insert(static_cast<size_t>(at), ",");
  return out;
}

// Whether it prints as nothing but zeros, which carry no sign.
bool prints_as_zero(double value, int digits) { return std::abs(value) < 0.5 * std::pow(10.0, -digits); }

std::string with_sign(double value, int digits, std::string_view prefix = "") {
  if (!std::isfinite(value)) return std::string(kAbsent);
  const bool is_negative = value < 0 && !prints_as_zero(value, digits);
  return fmt::format("{}{}{}", is_negative ? kMinus : "", prefix, grouped(std::abs(value), digits));
}

struct Date {
  int year, month, day;
};

std::optional<Date> date_of(std::string_view iso) {
  if (iso.size() < 10 || !base::parse_civil_time(iso.substr(0, 10))) return std::nullopt;
  const auto digits = [&](size_t at, size_t n) {
    int out = 0;
    for (const char c : iso.substr(at, n)) out = out * 10 + (c - '0');
    return out;
  };
  return Date{digits(0, 4), digits(5, 2), digits(8, 2)};
}

}  // namespace

Format::Format(Language language, std::string_view currency)
    : language_(language), currency_sign_(sign_of(currency)) {}

std::string Format::count(double value) const { return with_sign(value, 0); }

std::string Format::decimal(double value, int digits) const { return with_sign(value, digits); }

std::string Format::signed_decimal(double value, int digits) const {
  const bool is_positive = value > 0 && !prints_as_zero(value, digits);
  return (is_positive ? "+" : "") + with_sign(value, digits);
}

std::string Format::brief(double value) const {
  const double size = std::abs(value);
  return with_sign(value, size == std::floor(size) || size >= 100 ? 0 : size >= 1 ? 1 : 2);
}

std::string Format::percent(double share, int digits) const { return with_sign(100 * share, digits) + "%"; }

std::string Format::points(double difference) const {
  return base::format_text(Message::report_points, language_, signed_decimal(100 * difference, 1));
}

std::string Format::money(double value, int digits) const { return with_sign(value, digits, currency_sign_); }

std::string Format::compact(double value) const {
  struct Step {
    double from;
    std::string_view suffix;
  };
  constexpr Step kEnglish[] = {{1e9, "bn"}, {1e6, "M"}, {1e4, "k"}};
  constexpr Step kChinese[] = {{1e8, "亿"}, {1e4, "万"}};
  const std::span<const Step> steps =
      language_ == Language::kChinese ? std::span<const Step>(kChinese) : std::span<const Step>(kEnglish);
  for (const Step& step : steps)
    if (std::abs(value) >= step.from) {
      // Thousands only from ten of them on: "5,000" reads better than "5k".
      const double scaled = value / (step.suffix == "k" ? 1e3 : step.from);
      const bool is_whole = std::abs(scaled - std::round(scaled)) < 1e-9;
      return with_sign(scaled, is_whole ? 0 : 1) + std::string(step.suffix);
    }
  return brief(value);
}

std::string Format::compact_money(double value) const {
  return fmt::format("{}{}{}", value < 0 ? kMinus : "", currency_sign_, compact(std::abs(value)));
}

std::string Format::date(std::string_view iso) const {
  const auto date = date_of(iso);
  if (!date) return std::string(iso);
  return language_ == Language::kChinese
             ? fmt::format("{}年{}月{}日", date->year, date->month, date->day)
             : fmt::format("{} {} {}", date->day, kMonths[static_cast<size_t>(date->month) - 1], date->year);
}

std::string Format::month(std::string_view iso) const {
  const auto date = date_of(iso);
  if (!date) return std::string(iso);
  return language_ == Language::kChinese
             ? fmt::format("{}年{}月", date->year, date->month)
             : fmt::format("{} {}", kMonths[static_cast<size_t>(date->month) - 1], date->year);
}

std::string Format::month_name(int month) const {
  return language_ == Language::kChinese ? fmt::format("{}月", month)
                                         : std::string(kMonths[static_cast<size_t>(month) - 1]);
}

std::string Format::measured(const Measured& value, int digits) const {
  return fmt::format("{} ({}–{})", decimal(value.value, digits), decimal(value.low, digits),
                     decimal(value.high, digits));
}

std::string Format::measured_share(const Measured& value) const {
  return fmt::format("{} ({}–{})", percent(value.value), with_sign(100 * value.low, 1), percent(value.high));
}

std::string Format::measured_difference(const Measured& value, int digits) const {
  return base::format_text(Message::report_interval_to, language_, decimal(value.value, digits),
                           decimal(value.low, digits), decimal(value.high, digits));
}

std::optional<int64_t> day_number(std::string_view iso) {
  if (!date_of(iso)) return std::nullopt;
  return base::parse_civil_time(iso.substr(0, 10))->local_us / base::kDay;
}

std::string iso_date(int64_t day_number) { return base::utc_string(day_number * base::kDay).substr(0, 10); }

}  // namespace coterie::serve

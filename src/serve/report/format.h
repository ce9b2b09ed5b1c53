// Numbers, money and dates as a reader of the report's language writes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/messages.h"
#include "serve/report/fields.h"

namespace coterie::serve {

/// Immutable; safe from any thread. Values that are not finite print as "–".
class Format {
 public:
  /// `currency` is an ISO 4217 code; one without a known sign is written as the code; "" is no currency.
  Format(base::Language language, std::string_view currency);

  /// "1,234".
  std::string count(double value) const;
  /// "0.753"; "−0.5" with a real minus sign.
  std::string decimal(double value, int digits) const;
  /// The same with a plus sign: "+0.58", "−0.40", "0.00".
  std::string signed_decimal(double value, int digits) const;
  /// As few digits as say it: "1,235", "12.3", "0.45".
  std::string brief(double value) const;
  /// "12.3%" of 0.123.
  std::string percent(double share, int digits = 1) const;
  /// "+1.2 points" of 0.012: a difference between two shares.
  std::string points(double difference) const;
  /// "£1,234", "SEK 1,234".
  std::string money(double value, int digits = 0) const;
  /// For axes: "150k", "1.5M"; "15万", "1.5亿".
  std::string compact(double value) const;
  std::string compact_money(double value) const;
  /// "9 Dec 2011", "2011年12月9日", of any text that begins with 2011-12-09; any other text as it is.
  std::string date(std::string_view iso) const;
  /// "Dec 2011", "2011年12月".
  std::string month(std::string_view iso) const;
  /// "Dec", "12月"; month is 1 to 12.
  std::string month_name(int month) const;
  /// "0.753 (0.731–0.775)", "13.8% (13.0–14.6%)".
  std::string measured(const Measured& value, int digits = 3) const;
  std::string measured_share(const Measured& value) const;
  std::string measured_difference(const Measured& value, int digits = 3) const;

  base::Language language() const { return language_; }

 private:
  base::Language language_;
  std::string currency_sign_;
};

/// Days since 1970-01-01 of a text that begins with YYYY-MM-DD.
std::optional<int64_t> day_number(std::string_view iso);

/// "2011-12-09".
std::string iso_date(int64_t day_number);

}  // namespace coterie::serve

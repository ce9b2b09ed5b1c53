// Money and quantities as exact decimals with four places, DECIMAL(18,4) in SQL.
//
// A Decimal is a plain integer count of ten-thousandths. Range ±10^14 (18 digits); what does not fit or has
// more than four significant places is an error, never a silent rounding, except in product(), which rounds
// half away from zero. All functions are pure and safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace coterie::base {

struct Decimal {
  static constexpr int64_t kScale = 10'000;
  static constexpr int64_t kMaxUnits = 999'999'999'999'999'999;

  int64_t units = 0;  ///< ten-thousandths

  double to_double() const { return static_cast<double>(units) / kScale; }
  friend auto operator<=>(Decimal, Decimal) = default;
};

/// Reads "12", "-3.50", "+1.25e2", "1,234.5" is refused. Trailing zeros beyond four places are accepted.
/// Errors: kInvalidArgument, saying why; the text itself is not repeated.
Result<Decimal> parse_decimal(std::string_view text);

/// "12.5", "-3", no trailing zeros.
std::string to_string(Decimal value);

/// a × b, rounded half away from zero to four places. Errors: kInvalidArgument when it does not fit.
Result<Decimal> product(Decimal a, Decimal b);

}  // namespace coterie::base

#include "base/money.h"

#include <charconv>

namespace coterie::base {

namespace {

// Digits of a decimal literal, with the decimal point's place; "12.50e1" is digits 1250, exponent -2 + 1.
struct Literal {
  bool negative = false;
  int64_t digits = 0;
  int exponent = 0;
};

Result<Literal> scan(std::string_view text) {
  Literal out;
  size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) out.negative = text[at++] == '-';
  bool has_digit = false;
  bool has_point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !has_point) {
      has_point = true;
    } else if (c >= '0' && c <= '9') {
      has_digit = true;
      if (out.digits > Decimal::kMaxUnits / 10) {
        // Beyond 18 digits only zeros may follow; they move the exponent.
        if (c != '0') return error(Code::kInvalidArgument, "more than 18 significant digits");
        if (!has_point) ++out.exponent;
        continue;
      }
      out.digits = out.digits * 10 + (c - '0');
      if (has_point) --out.exponent;
    } else {
      break;
    }
  }
  if (!has_digit) return error(Code::kInvalidArgument, "not a number");
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    int e = 0;
    const char* begin = text.data() + at + 1;
    if (begin < text.data() + text.size() && *begin == '+') ++begin;
    auto [end, code] = std::from_chars(begin, text.data() + text.size(), e);
    if (code != std::errc() || e < -40 || e > 40) return error(Code::kInvalidArgument, "not a number");
    out.exponent += e;
    at = static_cast<size_t>(end - text.data());
  }
  if (at != text.size()) return error(Code::kInvalidArgument, "not a number");
  return out;
}

}  // namespace

Result<Decimal> parse_decimal(std::string_view text) {
  COTERIE_ASSIGN(Literal literal, scan(text));
  int shift = literal.exponent + 4;
  int64_t units = literal.digits;
  if (units == 0) return Decimal{0};
  for (; shift > 0; --shift) {
    if (units > Decimal::kMaxUnits / 10)
      return error(Code::kInvalidArgument, "beyond 14 digits before the point");
    units *= 10;
  }
  for (; shift < 0; ++shift) {
    if (units % 10 != 0) return error(Code::kInvalidArgument, "more than four decimal places");
    units /= 10;
  }
  return Decimal{literal.negative ? -units : units};
}

std::string to_string(Decimal value) {
  const bool negative = value.units < 0;
  const uint64_t units =
      negative ? 0 - static_cast<uint64_t>(value.units) : static_cast<uint64_t>(value.units);
  std::string out = fmt::format("{}{}", negative ? "-" : "", units / Decimal::kScale);
  if (const uint64_t rest = units % Decimal::kScale; rest != 0) {
    out += fmt::format(".{:04}", rest);
    while (out.back() == '0') out.pop_back();
  }
  return out;
}

Result<Decimal> product(Decimal a, Decimal b) {
  const __int128 wide = static_cast<__int128>(a.units) * b.units;
  const __int128 half = Decimal::kScale / 2;
  const __int128 rounded = (wide >= 0 ? wide + half : wide - half) / Decimal::kScale;
  if (rounded > Decimal::kMaxUnits || rounded < -Decimal::kMaxUnits)
    return error(Code::kInvalidArgument, "amount beyond 14 digits before the point");
  return Decimal{static_cast<int64_t>(rounded)};
}

}  // namespace coterie::base

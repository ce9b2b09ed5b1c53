// Numbers as text that reads back the same.
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace coterie::base {

using NumberBuffer = std::span<char, 40>;

/// The shortest decimal text that reads back as `value`; whole numbers below 1e21 without exponent or point:
/// 100000, 0.1, 1e+21. A view into `buffer`. T: float or double.
template <class T>
std::string_view shortest_number(T value, NumberBuffer buffer) {
  char* const last = buffer.data() + buffer.size();
  const bool whole = std::abs(value) < T{1e21} && value == std::trunc(value);
  const auto end = whole ? std::to_chars(buffer.data(), last, value, std::chars_format::fixed)
                         : std::to_chars(buffer.data(), last, value);
  return {buffer.data(), static_cast<size_t>(end.ptr - buffer.data())};
}

/// The finite number that the whole of `text` is, with a point and no sign +; nothing when it is none.
inline std::optional<double> number_of_text(std::string_view text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace coterie::base

#include "learn/metrics/counted_values.h"

#include <cmath>

namespace coterie::learn {

namespace {

// The case of that place, from 0, in ascending order.
int64_t at_place(const CountedValues& values, uint64_t place) {
  uint64_t before = 0;
  for (const auto& [value, count] : values)
    if ((before += count) > place) return value;
  return values.rbegin()->first;
}

}  // namespace

uint64_t cases(const CountedValues& values) {
  uint64_t sum = 0;
  for (const auto& [value, count] : values) sum += count;
  return sum;
}

double quantile(const CountedValues& values, double q) {
  const double place = q * static_cast<double>(cases(values) - 1);
  const auto below = static_cast<uint64_t>(std::floor(place));
  const double part = place - static_cast<double>(below);
  const auto low = static_cast<double>(at_place(values, below));
  if (part == 0) return low;
  return low + part * (static_cast<double>(at_place(values, below + 1)) - low);
}

}  // namespace coterie::learn

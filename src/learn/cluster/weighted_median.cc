#include "learn/cluster/weighted_median.h"

#include <algorithm>
#include <cstddef>

namespace coterie::learn {

double median(std::span<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Weights are added in order of value, so that the order in which values come does not show.
double weighted_median(std::span<WeightedValue> values) {
  constexpr auto by_value = [](const WeightedValue& a, const WeightedValue& b) {
    return a.value < b.value || (a.value == b.value && a.weight < b.weight);
  };
  std::sort(values.begin(), values.end(), by_value);
  double total = 0;
  for (const WeightedValue& one : values) total += one.weight;
  double below = 0;
  for (const WeightedValue& one : values) {
    below += one.weight;
    if (2 * below >= total) return one.value;
  }
  return values.back().value;
}

}  // namespace coterie::learn

// The weighted median of some numbers.
#pragma once

#include <span>

namespace coterie::learn {

struct WeightedValue {
  double value;
  double weight;  ///< > 0
};

/// The lower weighted median: the least value v for which the values up to v weigh at least half. One of the values.
/// Sorts them; not empty. O(n log n).
double weighted_median(std::span<WeightedValue> values);

/// The same where all weigh alike: the ⌈n/2⌉-th smallest. O(n) expected.
double median(std::span<double> values);

}  // namespace coterie::learn

// How unevenly an amount is spread: the Gini coefficient and classes by share of the total (ABC).
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace coterie::learn {

/// Class 0 is the fewest, largest ones that together make the first share of the total, class 1 those up to the second
/// share, class 2 the rest.
struct ShareClass {
  uint64_t count = 0;
  int64_t amount = 0;  ///< what they make together; amounts below 0 count as 0
};

struct Concentration {
  uint64_t count = 0;
  int64_t total = 0;          ///< of the positive amounts
  uint64_t not_positive = 0;  ///< with an amount of 0 or less; they are of class 2
  std::array<ShareClass, 3> classes = {};
  double gini = 0;  ///< 0 when all have the same, (n − 1)/n when one has everything
};

/// Sorts `amounts` in place. One that crosses a border belongs to the class before it, so that the class makes the whole
/// share. With a total of 0 everything is of class 2 and the coefficient is 0.
///
/// Units    any whole unit; amounts below 0 count as 0
/// Range    borders in thousandths of the total, ascending, 0 to 1000; a total below 2^63, fewer than 2^31 amounts
/// Threads  safe; exact but for one division, so the same for any order of the amounts
/// Cost     O(n log n)
/// Source   Gini 1912 by the formula for sorted values (Sen 1973); docs/methods/sales.md
Concentration concentration(std::span<int64_t> amounts, std::array<int64_t, 2> borders = {800, 950});

}  // namespace coterie::learn

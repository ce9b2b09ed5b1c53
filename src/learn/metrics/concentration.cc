#include "learn/metrics/concentration.h"

#include <algorithm>
#include <functional>

namespace coterie::learn {

namespace {

__extension__ typedef __int128 Int128;

}  // namespace

Concentration concentration(std::span<int64_t> amounts, std::array<int64_t, 2> borders) {
  std::sort(amounts.begin(), amounts.end(), std::greater<>());
  Concentration out;
  out.count = amounts.size();
  for (const int64_t amount : amounts) {
    out.total += std::max<int64_t>(0, amount);
    out.not_positive += amount <= 0 ? 1 : 0;
  }
  const auto n = static_cast<Int128>(amounts.size());
  int64_t before = 0;
  Int128 ranked = 0;  // Σ (n + 1 − 2 rank) amount, rank 1 being the largest
  for (size_t i = 0; i < amounts.size(); ++i) {
    const int64_t amount = std::max<int64_t>(0, amounts[i]);
    size_t at = 0;
    while (at < 2 && (amount == 0 || Int128{before} * 1000 >= Int128{out.total} * borders[at])) ++at;
    ++out.classes[at].count;
    out.classes[at].amount += amount;
    before += amount;
    ranked += (n - 1 - 2 * static_cast<Int128>(i)) * amount;
  }
  if (out.total > 0) out.gini = static_cast<double>(ranked) / static_cast<double>(n * out.total);
  return out;
}

}  // namespace coterie::learn

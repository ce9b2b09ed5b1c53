// Selection first, then only the k chosen are sorted.
#include "kernels/top_k.h"

#include <algorithm>
#include <numeric>

namespace coterie::kernels {

std::vector<uint32_t> top_k(std::span<const double> values, size_t k) {
  std::vector<uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto before = [&](uint32_t a, uint32_t b) {
    return values[a] != values[b] ? values[a] > values[b] : a < b;
  };
  k = std::min(k, order.size());
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(k);
  if (k < order.size()) std::nth_element(order.begin(), end, order.end(), before);
  std::sort(order.begin(), end, before);
  order.resize(k);
  return order;
}

}  // namespace coterie::kernels

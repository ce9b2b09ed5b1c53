// The k largest values, in an order that leaves nothing to chance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace coterie::kernels {

/// Indexes of the k largest values, largest first, the lower index first on ties; all of them when k ≥ n.
/// No NaN; n < 2^32. Pure. O(n + k log k) time, 4n bytes.
std::vector<uint32_t> top_k(std::span<const double> values, size_t k);

}  // namespace coterie::kernels

// What a round of an assignment tells whoever keeps sums or medians of clusters.
#pragma once

#include <cstdint>

namespace coterie::learn {

/// A row that went to another cluster, and the one of before.
struct LabelChange {
  uint32_t row;
  uint32_t before;
};

}  // namespace coterie::learn

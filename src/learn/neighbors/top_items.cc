#include "learn/neighbors/top_items.h"

#include <algorithm>

namespace coterie::learn {

namespace {

bool better(const RankedItem& a, const RankedItem& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}

}  // namespace

std::vector<RankedItem> top_items(std::span<const double> scores, std::span<const uint32_t> exclude,
                                  std::span<const uint8_t> allowed, size_t n) {
  // A heap of the n best so far, its worst in front: most items lose against it and cost one comparison.
  std::vector<RankedItem> heap;
  auto excluded = exclude.begin();
  for (uint32_t item = 0; item < scores.size() && n > 0; ++item) {
    while (excluded != exclude.end() && *excluded < item) ++excluded;
    if (!(scores[item] > 0) || (!allowed.empty() && allowed[item] == 0)) continue;
    if (excluded != exclude.end() && *excluded == item) continue;
    const RankedItem candidate{item, scores[item]};
    if (heap.size() == n) {
      if (!better(candidate, heap.front())) continue;
      std::pop_heap(heap.begin(), heap.end(), better);
      heap.pop_back();
    }
    heap.push_back(candidate);
    std::push_heap(heap.begin(), heap.end(), better);
  }
  std::sort_heap(heap.begin(), heap.end(), better);
  return heap;
}

}  // namespace coterie::learn

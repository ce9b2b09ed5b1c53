#include "learn/neighbors/top_items.h"

#include <algorithm>
#include <utility>

namespace coterie::learn {

void BestItems::shrink() {
  if (kept_.size() < n_ || n_ == 0) return;
  const auto last = kept_.begin() + static_cast<std::ptrdiff_t>(n_ - 1);
  std::nth_element(kept_.begin(), last, kept_.end(), is_better);
  worst_ = *last;
  is_full_ = true;
  kept_.resize(n_);
}

std::vector<RankedItem> BestItems::take() {
  shrink();
  std::sort(kept_.begin(), kept_.end(), is_better);
  is_full_ = false;
  return std::exchange(kept_, {});
}

std::vector<RankedItem> top_items(std::span<const double> scores, std::span<const uint32_t> exclude,
                                  std::span<const uint8_t> allowed, size_t n) {
  BestItems best(n);
  auto excluded = exclude.begin();
  for (uint32_t item = 0; item < scores.size(); ++item) {
    while (excluded != exclude.end() && *excluded < item) ++excluded;
    if (!(scores[item] > 0) || (!allowed.empty() && allowed[item] == 0)) continue;
    if (excluded != exclude.end() && *excluded == item) continue;
    best.offer({item, scores[item]});
  }
  return best.take();
}

}  // namespace coterie::learn

// From one score an item to the ranked list that is shown: the last step of every recommender.
//
// A recommender fills scores[items] for one user (popularity: the same for all; own history: how often the
// user bought each; item-kNN: ItemKnn::score); this picks the list. So all of them are compared in one way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace coterie::learn {

struct RankedItem {
  uint32_t item;
  double score;
  friend bool operator==(const RankedItem&, const RankedItem&) = default;
};

/// Best first, equal scores in ascending order of item.
inline bool is_better(const RankedItem& a, const RankedItem& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}

/// Keeps the n best of what is offered: most lose against the n-th best so far and cost one comparison.
class BestItems {
 public:
  explicit BestItems(size_t n) : n_(n) {}

  /// Each item once. Amortised O(1).
  void offer(const RankedItem& candidate) {
    if (n_ == 0 || (is_full_ && !is_better(candidate, worst_))) return;
    kept_.push_back(candidate);
    if (kept_.size() >= 4 * n_) shrink();
  }

  /// Best first; nothing is left.
  std::vector<RankedItem> take();

 private:
  void shrink();

  size_t n_;
  bool is_full_ = false;  // n have been kept, of which worst_ is the last
  RankedItem worst_{};
  std::vector<RankedItem> kept_;
};

/// The n items of highest score above 0, best first, equal scores in ascending order of item.
///
/// `exclude` is ascending: items that must not appear (what the user has already). `allowed` is empty (all)
/// or holds one byte an item, 0 = never shown (not a product, not available). Fewer than n where there are no
/// more. Pure, O(items + n log n).
std::vector<RankedItem> top_items(std::span<const double> scores, std::span<const uint32_t> exclude,
                                  std::span<const uint8_t> allowed, size_t n);

}  // namespace coterie::learn

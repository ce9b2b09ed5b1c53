// Item-based collaborative filtering on implicit data: "who bought these also bought".
//
// Two items are alike when the same users have them: cos(i, j) = |U_i ∩ U_j| / √(|U_i| |U_j|). The score of j
// for a user's profile P is Σ cos(i, j) over those i of P that are among the k items most like j. Taking the
// neighbours of the target j, not those of the profile's items, keeps an item that is like many popular ones
// from winning everywhere. Sources: Sarwar et al. 2001; Deshpande & Karypis 2004; docs/methods/item-knn.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "learn/model.h"
#include "learn/neighbors/interactions.h"
#include "learn/neighbors/top_items.h"

namespace coterie::learn {

struct ItemKnnOptions {
  size_t k = 50;           ///< ≥ 1; neighbours kept for each item
  double shrinkage = 0;    ///< ≥ 0, added to the denominator of the cosine: trusts rare items less
  size_t min_support = 1;  ///< ≥ 1; pairs that fewer users share are not alike at all
};

/// One reason for a recommendation: an item of the profile and what it adds to the score.
struct Contribution {
  uint32_t item;
  double cosine;
  friend bool operator==(const Contribution&, const Contribution&) = default;
};

/// A fitted model. Immutable; safe from many threads. A profile is a user's items, ascending and distinct;
/// indexes that the model has never seen (not below items()) do not count.
class ItemKnn {
 public:
  /// Neighbours of j in descending order of cosine, equal ones in ascending order of index; k of them at
  /// most. Every user counts the same, however long the profile: drop bulk buyers first if they should not.
  ///
  /// Errors   kInvalidArgument (shape, order, options) · kResourceExhausted (budget) · kCancelled
  /// Threads  the pool's; the same bits for any number
  /// Cost     O(Σ_users items²) time; 24 bytes a neighbour kept, 4 an interaction, 40 an item and thread
  static base::Result<ItemKnn> fit(const Interactions& interactions, const ItemKnnOptions& options,
                                   const base::Context& context);

  size_t items() const { return offsets_.size() - 1; }
  const ItemKnnOptions& options() const { return options_; }

  /// Overwrites scores[items()]. O(items + neighbours of the profile). Precondition: scores.size() ==
  /// items().
  void score(std::span<const uint32_t> profile, std::span<double> scores) const;

  /// The same for the items that have a score alone: adds to scores[items()], which is all 0 before, and appends
  /// each such item to `scored` once. The same bits as score(). O(neighbours of the profile).
  void add_scores(std::span<const uint32_t> profile, std::span<double> scores,
                  std::vector<uint32_t>& scored) const;

  /// The n best items for the profile: score, then top_items (which see for `exclude` and `allowed`).
  std::vector<RankedItem> recommend(std::span<const uint32_t> profile, std::span<const uint32_t> exclude,
                                    std::span<const uint8_t> allowed, size_t n) const;

  /// The items of the profile that add most to the score of `item`, largest first, n at most: "because you
  /// bought …". Their cosines sum to the score when n is large enough.
  std::vector<Contribution> explain(std::span<const uint32_t> profile, uint32_t item, size_t n) const;

  /// The same for each of `items`, which are distinct, in one pass. `places`: one an item, all 0 before and after.
  /// O(neighbours of the profile).
  std::vector<std::vector<Contribution>> explain(std::span<const uint32_t> profile,
                                                 std::span<const uint32_t> items, size_t n,
                                                 std::span<uint32_t> places) const;

  /// Item ids are the caller's: add them to names["items"].
  ModelState state() const;
  /// Errors: kDataLoss.
  static base::Result<ItemKnn> from_state(const ModelState& state);

 private:
  // By item i of a profile: the targets j that have i among their k nearest, ascending, with cos(i, j).
  ItemKnnOptions options_;
  std::vector<uint64_t> offsets_;  // items + 1
  std::vector<uint32_t> targets_;
  std::vector<double> cosines_;
};

}  // namespace coterie::learn

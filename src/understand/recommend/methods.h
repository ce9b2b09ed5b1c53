// The ways to recommend, behind one contract: a score for every product, given what a member bought.
//
//   popularity          how many members bought it
//   recent_popularity   how many bought it in the last 14 days
//   own_history         how often this member bought it (ties and the rest by popularity)
//   own_history_recent  the same, older purchases counting less, times the root of recent popularity
//   item_knn            what members with the same purchases bought (learn/neighbors/item_knn.h)
//   item_knn_recent     the same, times how much of the item's popularity is recent
//   item_knn_interest   what members who viewed, marked, carted or bought the same also did
//   own_history_interest  own_history, with ties and the rest by item_knn_interest
// docs/methods/recommend.md has the formulas.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "learn/neighbors/item_knn.h"
#include "profile/as_of.h"

namespace coterie::understand {

inline constexpr int64_t kRecentDays = 14;
inline constexpr double kHalfLifeDays = 180;  ///< of a purchase's weight in own_history_recent

/// What members bought before an instant, ready for methods. Items and users as in BoughtItems.
struct PurchaseHistory {
  profile::BoughtItems bought;
  learn::Interactions interactions;             ///< the same, binary
  learn::Interactions interest;                 ///< with what they viewed besides; no rows when they did not
  std::vector<uint32_t> buyers_of_item;         ///< members who bought each item
  std::vector<uint32_t> recent_buyers_of_item;  ///< in the last kRecentDays before `as_of`
  std::vector<uint32_t> by_popularity;          ///< items, most bought first, equal ones by index

  base::Timestamp as_of = 0;

  /// `recent_from` begins the last kRecentDays local days; `viewed` are of the members and items of `bought`.
  static PurchaseHistory from(profile::BoughtItems bought, base::Timestamp as_of, base::Timestamp recent_from,
                              const profile::ViewedItems& viewed = {});
  bool has_interest() const { return !interest.item_index.empty(); }
  std::span<const profile::BoughtItem> of_user(size_t user) const;
  bool has(size_t user, uint32_t item) const;
};

/// What one thread needs to rank items for members, one after the other.
struct RankScratch {
  std::vector<learn::RankedItem>
      own;  ///< the items that the member's history speaks for, each once, scores above 0

  // One an item, all 0 between uses.
  std::vector<double> sums;
  std::vector<uint32_t> places;
  std::vector<uint8_t> is_taken;

  /// Sums of cosines of the member that was asked for last: tasks and methods share them.
  std::vector<learn::RankedItem> neighbours;
  std::vector<uint32_t> reached;
  const learn::ItemKnn* model = nullptr;
  size_t user = 0;
};

/// Most items have the same score for every member: that of a member without history. So a method is that
/// common ranking, and the scores of the few items that a member's history speaks for. Ranking costs what the
/// history reaches, not the catalogue. Immutable; safe from many threads.
class RecommendMethod {
 public:
  virtual ~RecommendMethod() = default;
  virtual std::string_view name() const = 0;

  /// The n items of highest score above 0, best first, equal scores in ascending order of item; without those
  /// of `exclude` (ascending). O(items that the history speaks for + n + exclude).
  std::vector<learn::RankedItem> best(size_t user, std::span<const uint32_t> exclude, size_t n,
                                      RankScratch& scratch) const;

  /// For each of the shown items those of the user's history that speak for it, n at most, most important first; empty
  /// when the method has none.
  virtual std::vector<std::vector<uint32_t>> reasons(size_t /*user*/,
                                                     std::span<const learn::RankedItem> shown, size_t /*n*/,
                                                     RankScratch& /*scratch*/) const {
    return std::vector<std::vector<uint32_t>>(shown.size());
  }

 protected:
  /// `common[items]`: the scores of a member without history.
  explicit RecommendMethod(const std::vector<double>& common);

 private:
  /// Puts the items that the user's history speaks for into scratch.own, which is empty before.
  virtual void score_own(size_t user, RankScratch& scratch) const = 0;

  std::vector<learn::RankedItem> common_;  // in the order of best()
};

/// The methods that answer a task, from simple to complex, and the models that some of them share.
struct FittedMethods {
  std::shared_ptr<const learn::ItemKnn> item_knn;
  std::shared_ptr<const learn::ItemKnn> item_knn_interest;  ///< null when the history has no interest
  std::vector<std::unique_ptr<RecommendMethod>> methods;
};

/// All methods, fitted on `history`, which must outlive them. Errors: those of ItemKnn::fit.
base::Result<FittedMethods> fit_methods(const PurchaseHistory& history, const base::Context& context);

}  // namespace coterie::understand

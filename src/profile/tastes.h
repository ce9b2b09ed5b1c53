// Tastes: how a member's interest spreads over the shop's categories, as of an instant.
//
// The set of columns is the shop's own: its top categories, the rest as "other". It is fitted once, on training
// rows, and belongs to whatever model reads the columns (DESIGN §6).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory_budget.h"
#include "base/status.h"
#include "data/feature_table.h"
#include "profile/acts.h"
#include "profile/as_of.h"

namespace coterie::profile {

/// Columns a shop has at most, "other" not counted.
inline constexpr size_t kMostTastes = 20;

/// The columns of tastes at most: the days of interest, and a share of each category and of the others.
inline constexpr size_t kMostTasteColumns = kMostTastes + 2;

/// Levels of a category's path that are told apart at most.
inline constexpr int64_t kMostLevels = 4;

/// A taste column is called kTastePrefix + category.
inline constexpr std::string_view kTastePrefix = "taste:";
inline constexpr std::string_view kTasteInterest = "taste_interest";

/// How much the shop's average counts in a member's shares: as so many days of interest.
inline constexpr double kTasteSmoothing = 2.0;

/// Which categories have a column, and what the average member's shares are.
struct TasteVocabulary {
  int64_t levels = 1;                   ///< of the category path that are told apart
  std::vector<std::string> categories;  ///< ascending byte order; at most kMostTastes
  std::vector<int64_t> interest;        ///< of each, over all members
  int64_t other_interest = 0;           ///< of all other categories; with 0 there is no column "other"

  bool empty() const { return categories.empty(); }
  size_t columns() const { return categories.size() + (other_interest > 0 ? 1 : 0); }

  /// Names of the share columns: "taste:食品/休闲零食", ..., last "taste:other". They differ by more than the case of ASCII
  /// letters, as columns in SQL must: of "Toys" and "toys" the second is "taste:toys (2)".
  std::vector<std::string> column_names() const;

  /// Share of all interest, one a column; they add up to 1.
  std::vector<double> mean_shares() const;
};

/// Counts days of interest, member by member, and makes a vocabulary or columns of them. Memory: 12 bytes for every
/// (member, category) with interest, at each level that the vocabulary may come to have.
class TasteCounter {
 public:
  /// `paths`: what read_acts() names, by name_categories() with kMostLevels levels. For a vocabulary of one's own.
  static TasteCounter at_all_levels(const std::vector<std::string>& paths);
  /// `categories`: the same with the levels of a vocabulary that there is.
  static TasteCounter at_one_level(const std::vector<std::string>& categories);

  /// Counts the next member; `acts` in ascending order of days.
  void add(std::span<const Act> acts);

  /// After each range of members: forgets the levels that the vocabulary cannot have any more. Errors:
  /// kResourceExhausted when what is kept does not fit into the budget.
  base::Status end_range(base::MemoryBudget& budget);

  /// The deepest level of the categories' paths at which there are no more than kMostTastes with interest; where even the
  /// top level has more, those of most interest. Empty when no item that members cared about has a category. Of a counter
  /// at all levels.
  TasteVocabulary vocabulary() const;

  /// Adds "taste_interest" (days of interest N; a day counts 2 in a category bought) and the share columns,
  /// (n_c + m·p_c) / (N + m) with m = kTasteSmoothing and p the mean shares; missing where N = 0. The rows of `table` are
  /// the members in the order of add(). `vocabulary` is not empty, and this counter's or that of its one level.
  void add_columns(const TasteVocabulary& vocabulary, data::FeatureTable& table) const;

 private:
  struct Kept {
    uint32_t row, category, interest;
  };
  // Interest of the member at hand in one category.
  struct Own {
    int64_t day = 0;      // the last one that counted
    uint32_t weight = 0;  // what that day counts
    uint32_t interest = 0;
  };
  // Categories cut to some number of levels.
  struct Level {
    int64_t levels = 0;
    std::vector<std::string> categories;
    std::vector<uint32_t> of_path;  // place in categories
    std::vector<int64_t> interest;  // of each, over all members
    bool is_kept = true;            // may become the vocabulary's
    std::vector<Kept> kept = {};
    std::vector<Own> own;            // of each; all 0 between members
    std::vector<uint32_t> own_some;  // those of interest to the member at hand
  };

  static Level cut_level(const std::vector<std::string>& paths, int64_t levels);
  void count(std::span<const Act> acts, Level& level) const;
  const Level& level_of(int64_t levels) const;

  std::vector<Level> levels_;  // the deepest first; those that differ
  uint32_t members_ = 0;
  base::MemoryBudget::Reservation memory_;
};

/// The vocabulary as of an instant. One pass over the events; compute_features() can fit it in its own. Errors: those of
/// the query engine.
base::Result<TasteVocabulary> fit_tastes(AsOf& source, base::Timestamp as_of);

}  // namespace coterie::profile

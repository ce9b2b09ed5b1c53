// Tastes: how a member's interest spreads over the shop's categories, as of an instant.
//
// The set of columns is the shop's own: its top categories, the rest as "other". It is fitted once, on training
// rows, and belongs to whatever model reads the columns (DESIGN §6).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/feature_table.h"
#include "profile/as_of.h"

namespace coterie::profile {

/// Columns a shop has at most, "other" not counted.
inline constexpr size_t kMostTastes = 20;

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

/// The vocabulary as of an instant: the deepest level of the categories' paths (4 at most) at which there are
/// no more than kMostTastes; where even the top level has more, those of most interest. Empty when no item that
/// members cared about has a category. One pass over the events. Errors: those of the query engine.
base::Result<TasteVocabulary> fit_tastes(AsOf& source, base::Timestamp as_of);

/// Adds "taste_interest" (days of interest N; a day counts 2 in a category bought) and the share columns,
/// (n_c + m·p_c) / (N + m) with m = kTasteSmoothing and p the mean shares; missing where N = 0. `table` has the
/// members of the connection's table `members` (features.cc calls it, range by range), `vocabulary` is not
/// empty.
base::Status add_tastes(AsOf& source, base::Timestamp as_of, const TasteVocabulary& vocabulary,
                        const BucketRange& range, data::FeatureTable& table);

}  // namespace coterie::profile

// Features as of an instant: SQL yields integers and decimals, the ratios and entropies are finished here.
#pragma once

#include <span>
#include <string_view>

#include "base/status.h"
#include "data/feature_table.h"
#include "profile/as_of.h"
#include "profile/tastes.h"

namespace coterie::profile {

struct FeatureOptions {
  /// Only these columns are kept, in the catalog's order; nothing = all. The values are the same.
  std::span<const std::string_view> features = {};
  /// Adds the columns of tastes.h behind them; nullptr or an empty vocabulary = none. Not owned.
  const TasteVocabulary* tastes = nullptr;
  /// Fits the vocabulary of this very instant in the same pass, as fit_tastes() would, leaves it here and adds its columns;
  /// `tastes` is not looked at. Not owned.
  TasteVocabulary* fit_tastes = nullptr;
};

/// Every feature of feature_catalog() for every member with an event before `as_of`, in one pass over the
/// events, range of buckets by range.
///
/// Ages and gaps are elapsed time; hours, weekdays and windows are on the shop's wall clock. Memory: members
/// × (kept features × 9 bytes + their ids), what a TasteCounter keeps, and the query engine's tables of one range. Errors: those of the
/// query engine. Threads: as the context's pool; the same bits for any number of threads and of ranges.
base::Result<data::FeatureTable> compute_features(AsOf& source, base::Timestamp as_of,
                                                  const FeatureOptions& options = {});

/// The same for one member: one row, or none when there is no event of it before `as_of`. Reads the row groups
/// of its bucket.
base::Result<data::FeatureTable> compute_features_of(AsOf& source, base::Timestamp as_of,
                                                     std::string_view user_id);

}  // namespace coterie::profile

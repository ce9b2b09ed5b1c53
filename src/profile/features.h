// Features as of an instant: SQL yields integers and decimals, the ratios and entropies are finished here.
#pragma once

#include <memory>

#include "base/status.h"
#include "data/feature_table.h"
#include "profile/as_of.h"

namespace coterie::profile {

/// Every feature of feature_catalog() for every member with an event before `as_of`, in one pass over the
/// events.
///
/// Ages and gaps are elapsed time; hours, weekdays and windows are on the shop's wall clock. Memory: members
/// × features × 9 bytes, and what DuckDB spills. Errors: those of the query engine. Threads: as the context's
/// pool; the same bits for any number.
base::Result<data::FeatureTable> compute_features(AsOf& source, base::Timestamp as_of);

}  // namespace coterie::profile

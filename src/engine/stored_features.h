// Features that the newest run stored, a column each.
#pragma once

#include <span>
#include <string>

#include "base/context.h"
#include "base/status.h"
#include "data/feature_table.h"
#include "store/duckdb.h"

namespace coterie::engine {

/// One row a user of the run (of the connection's scope), ascending; a column for each of `names`. One pass over the stored
/// rows, which lie in this order; that they do is checked. Errors: those of the query engine, kCancelled.
base::Result<data::FeatureTable> read_stored_features(store::Connection& connection,
                                                      std::span<const std::string> names,
                                                      const base::CancelToken* cancel);

}  // namespace coterie::engine

// Features that the newest run stored, a column each.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/feature_table.h"
#include "store/duckdb.h"

namespace coterie::engine {

/// What is stored, in the stored order. Errors: those of the query engine.
base::Result<std::vector<std::string>> stored_feature_names(store::Connection& connection);

/// One row a user of the run (of the connection's scope), ascending; a column for each of `names`. Cost: the columns named,
/// decoded once; rows lie in this order, which is checked. Errors: kFailedPrecondition (a feature that an older release did
/// not store), those of the query engine, kCancelled.
base::Result<data::FeatureTable> read_stored_features(store::Connection& connection,
                                                      std::span<const std::string> names,
                                                      const base::CancelToken* cancel);

}  // namespace coterie::engine

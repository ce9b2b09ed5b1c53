// Names of found segments, kept from the newest run to the next.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "data/feature_table.h"
#include "engine/results.h"
#include "store/duckdb.h"

namespace coterie::engine {

/// Gives the segments of `now` the names of the stored ones of the same method that they continue, by the best matching of
/// members (understand::match_by_members); the others are called PREFIX_N, with N from `*next` on. Labels and their order stay.
///
/// `features` says who the members of `now` are, users ascending; `connection` has the view `segments`. One pass over it.
/// Errors: those of the query engine.
base::Status keep_stored_names(store::Connection& connection, const data::FeatureTable& features,
                               std::string_view prefix, SegmentMembership* now, int64_t* next);

}  // namespace coterie::engine

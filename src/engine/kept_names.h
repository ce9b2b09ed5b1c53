// Names of found segments, kept from the newest run to the next.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/feature_table.h"
#include "engine/results.h"
#include "store/duckdb.h"

namespace coterie::engine {

/// Who of the members of `features` (users ascending) is stored in which segment of a method; segments in the order in which
/// they come. `connection` has the view `segments`. One pass over it. Errors: those of the query engine.
base::Result<SegmentMembership> stored_membership(store::Connection& connection, std::string_view method,
                                                  const data::FeatureTable& features);

/// The same of every method that `is_wanted`, by name, in one pass.
base::Result<std::vector<SegmentMembership>> stored_memberships(
    store::Connection& connection, const data::FeatureTable& features,
    const std::function<bool(std::string_view method)>& is_wanted);

/// Gives the segments of `now` names: those that are `known` already (one a segment, "" = not; none at all is the same as all
/// ""), then those of the stored segments `before` that they continue by the best matching of members
/// (understand::match_by_members); the others are called PREFIX_N, with N from `*next` on. Labels and their order stay.
void keep_names(const SegmentMembership& before, const data::FeatureTable& features,
                std::span<const std::string> known, std::string_view prefix, SegmentMembership* now,
                int64_t* next);

}  // namespace coterie::engine

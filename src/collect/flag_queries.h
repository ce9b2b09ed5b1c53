// The cleaning rules that look at several rows: bots, and amounts outside robust bounds (rules/*.sql).
#pragma once

#include <vector>

#include "data/cleaning_rules.h"
#include "store/ingest.h"

namespace coterie::collect {

/// One query for each of these rules that is not off, in the order of the rules. Pure.
std::vector<store::FlagQuery> flag_queries(const data::CleaningSettings& settings);

}  // namespace coterie::collect

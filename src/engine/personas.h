// Personas of a run's segments: computed, named and described, into the record.
#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "base/status.h"
#include "data/feature_table.h"
#include "engine/item_names.h"
#include "engine/results.h"
#include "profile/as_of.h"

namespace coterie::engine {

struct PersonaInput {
  const data::FeatureTable& features;  ///< as of `as_of`
  std::span<const SegmentMembership> memberships;
  const profile::BoughtItems& bought;  ///< before `as_of`
  const ItemNames& item_names;
  base::Timestamp as_of;
  std::string currency;
};

/// Adds `persona` to every entry of `segments` (the record's; found by method and name); docs/run.md has its keys.
/// Errors: those of the query engine; kResourceExhausted. The same for any number of threads.
base::Status add_personas(profile::AsOf& source, const PersonaInput& input, nlohmann::json* segments);

}  // namespace coterie::engine

// Rules that describe the segments of a method, into a record.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/feature_table.h"
#include "engine/results.h"
#include "understand/segments/rfm.h"
#include "understand/segments/segment_rules.h"

namespace coterie::engine {

/// What the rules of a method's segments may ask for, and what all of its members have in common.
struct Describing {
  std::vector<understand::RuleColumn> columns;
  std::optional<understand::Rule> scope = {};
};

/// Features by their names: feature.NAME, those that `features` lacks left out. `scope` is a rule's text; empty for none.
base::Result<Describing> describing_features(const data::FeatureTable& features,
                                             std::span<const std::string_view> names, std::string_view scope);

/// rfm.r, rfm.f, rfm.m of every row of the feature table; a score that nobody has is left out.
std::vector<data::FeatureColumn> rfm_columns(size_t rows, const std::vector<understand::RfmMember>& members);

/// By these columns.
Describing describing_rfm(const std::vector<data::FeatureColumn>& columns);

/// Adds `description` {rule, users, precision, recall} (null where no rule is the segment's) to the segments of the membership's
/// method, and returns {accuracy, cross_validated, largest_share, is_hard_to_describe, depth}.
base::Result<nlohmann::json> add_segment_rules(const Describing& describing,
                                               const SegmentMembership& membership, uint64_t seed,
                                               nlohmann::json* segments, const base::Context& context);

}  // namespace coterie::engine

// What a segment buys more than everybody: items and categories by lift.
#pragma once

#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/feature_table.h"
#include "profile/as_of.h"
#include "understand/personas/segments_view.h"

namespace coterie::understand {

struct Tastes {
  std::vector<std::vector<Lift>> items;       ///< of each segment, the highest lift first
  std::vector<std::vector<Lift>> categories;  ///< the same
};

inline constexpr size_t kTopTastes = 5;  ///< at most so many of each

/// Only what stands out beyond chance among all candidates and segments.
///
/// Items       share: of the (member, item) pairs of the segment, so that heavy buyers do not make everything
///             look loved; lift = (users + 5) / (expected users + 5), at least 5 users
/// Categories  share: the mean over members of what the category makes up among the different items they bought;
///             lift: the ratio of the two shares, each with 5 average members added
///
/// `categories[i]` is the category of item i of `bought`, empty where unknown. Members of `features` that bought
/// nothing count for nothing. Errors: kResourceExhausted. Cost: O(pairs + items · segments); 4 bytes an item and
/// segment, 20 a member. Source: docs/methods/personas.md
base::Result<Tastes> find_tastes(const data::FeatureTable& features, const SegmentsView& segments,
                                 const profile::BoughtItems& bought,
                                 const std::vector<std::string>& categories, const base::Context& context);

}  // namespace coterie::understand

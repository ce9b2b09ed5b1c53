// Taste segments: members who care about the same categories, by k-means on the square roots of shares.
//
// The Euclidean distance of √shares is the Hellinger distance of two members' interests (Hellinger 1909): a
// category that nobody else cares about weighs more than a little more of what all want. docs/methods/tastes.md.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/feature_table.h"
#include "profile/tastes.h"
#include "registry/registry.h"
#include "understand/segments/clusters.h"

namespace coterie::understand {

struct TasteOptions {
  double min_interest = 6;  ///< days of interest (taste_interest) from which a member's tastes are known
  size_t k_min = 3;
  size_t k_max = 12;
  size_t silhouette_sample = 5000;
  uint64_t random_state = 0;
};

/// Segments of the members whose tastes are known, the k with the best silhouette. `typical` and `differences`
/// of a segment are about the taste columns' shares (medians; means against everybody's, in standard
/// deviations). `inertia` and `silhouette` are of √shares. The model keeps the vocabulary.
///
/// Errors: kInvalidArgument (no taste columns in `features`; fewer different members than k_min), kCancelled,
/// kResourceExhausted. Threads: the context's; the same bits for any number.
base::Result<Clustering> compute_tastes(const data::FeatureTable& features,
                                        const profile::TasteVocabulary& vocabulary,
                                        const TasteOptions& options, const base::Context& context);

/// How many members' tastes are known.
size_t members_with_tastes(const data::FeatureTable& features, const TasteOptions& options);

}  // namespace coterie::understand

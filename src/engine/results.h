// Results on their way into the workspace: features, segments, scores and recommendations of one run.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/feature_table.h"
#include "store/commit.h"
#include "understand/predict/predict.h"
#include "understand/recommend/recommend.h"
#include "understand/segments/clusters.h"
#include "understand/segments/lifecycle.h"
#include "understand/segments/rfm.h"

namespace coterie::engine {

/// Who is in which segment of one method.
struct SegmentMembership {
  std::string method;                 ///< "rfm", "lifecycle", "clusters", "tastes", or a kept division's name
  std::vector<std::string> segments;  ///< names
  std::vector<uint32_t> rows;         ///< of the feature table
  std::vector<uint32_t> segment_of;   ///< index into `segments`, one a row
};

inline constexpr size_t kMembershipBytes = 2 * sizeof(uint32_t);  ///< a member in a segment

SegmentMembership rfm_membership(const std::vector<understand::RfmMember>& members);

SegmentMembership lifecycle_membership(const understand::Lifecycle& lifecycle);

/// Segments are called cluster_1, … in the order of their labels.
SegmentMembership clusters_membership(const understand::Clustering& clustering);

/// Segments are called taste_1, … in the same order.
SegmentMembership tastes_membership(const understand::Clustering& clustering);

/// A prediction as it enters the tables; `version` is 0 when a baseline made the scores.
struct StoredPrediction {
  const understand::Prediction* prediction;
  int64_t version;
};

/// Each replaces the table of the run before. Errors: those of store::Commit.
base::Status write_features(store::Connection& connection, const data::FeatureTable& features,
                            store::Commit& commit, const base::Context& context);
base::Status write_segments(store::Connection& connection, const data::FeatureTable& features,
                            std::span<const SegmentMembership> memberships, store::Commit& commit,
                            const base::Context& context);
base::Status write_scores(store::Connection& connection, const data::FeatureTable& features,
                          std::span<const StoredPrediction> predictions, store::Commit& commit,
                          const base::Context& context);
base::Status write_recommendations(store::Connection& connection,
                                   const understand::Recommendations& recommendations, store::Commit& commit,
                                   const base::Context& context);

}  // namespace coterie::engine

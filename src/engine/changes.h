// What changed between two instants of a shop: who moved, what drifted, what members do differently, data quality.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/feature_table.h"
#include "engine/kept_runs.h"
#include "engine/results.h"
#include "profile/as_of.h"
#include "store/workspace.h"
#include "understand/predict/model.h"
#include "understand/predict/task.h"

namespace coterie::engine {

/// The earlier instant, computed again from what is stored now.
struct Earlier {
  base::Timestamp as_of = 0;
  std::optional<KeptRun> run = {};  ///< the run of that instant
  base::MemoryBudget::Reservation memory = {};
  data::FeatureTable features = {};
  std::vector<SegmentMembership> memberships = {};  ///< "rfm"; "lifecycle" and "clusters" where there are any
};

/// What a comparison begins with when nobody asks for another: the last kept run before `as_of`, or 28 local days
/// before; nothing when there were no events by then.
std::optional<Earlier> choose_earlier(const profile::AsOf& source, const std::vector<KeptRun>& runs,
                                      base::Timestamp as_of);

/// Fills features and memberships. Clusters bear the names that the run gave them. Errors: kResourceExhausted and
/// those of the query engine.
base::Status compute_earlier(profile::AsOf& source, uint64_t seed, int64_t members, Earlier* earlier);

/// Gives the clusters of `now` the names of those of `earlier` that they continue, by the best matching of members;
/// the others get numbers from `*next_cluster` on. Labels and their order stay.
void keep_cluster_names(const Earlier& earlier, const data::FeatureTable& features, SegmentMembership* now,
                        int64_t* next_cluster);

/// A model of today, which scores the members of both instants.
struct ScoredTask {
  understand::PredictTask task;
  const understand::PredictModel* model;  ///< not owned
};

struct ChangesInput {
  const data::FeatureTable& features;  ///< as of the newer instant
  const std::vector<SegmentMembership>& memberships;
  const std::vector<ScoredTask>& scores;
  const nlohmann::json& quality;  ///< the record's details.quality
};

/// {since, segments, features, scores, behavior, quality}; docs/run.md has the keys. The same for any number of
/// threads.
base::Result<nlohmann::json> changes_json(profile::AsOf& source, const ChangesInput& input,
                                          const Earlier& earlier);

/// The newest run against an instant or a kept run ("2025-11-30", "7"); computes both sides again and stores nothing.
/// Errors: kNotFound (no such run), kInvalidArgument (not before the newest run, or before the first event),
/// kFailedPrecondition (no run yet).
base::Result<nlohmann::json> changes_since(store::Workspace& workspace, const std::string& since,
                                           const base::Context& context);

}  // namespace coterie::engine

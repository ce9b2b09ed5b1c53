// Reading what is stored: a member, a segment, a member's recommendations.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/context.h"
#include "base/status.h"
#include "store/workspace.h"

namespace coterie::engine {

/// A member as of the newest run: {user_id, as_of, traits, features, segments, scores, recommendations}, with
/// item names and reasons. Scores of a model that is published for ranking only carry their rank and no
/// probability. Errors: kNotFound, kFailedPrecondition (no run yet).
base::Result<nlohmann::json> user_profile(store::Workspace& workspace, const std::string& user_id,
                                          const base::Context& context);

/// Members of a segment of the newest run, or of a division that is kept: {name, method, users: [ids], total}. Errors: kNotFound.
base::Result<nlohmann::json> segment_members(store::Workspace& workspace, const std::string& segment,
                                             int64_t limit, const base::Context& context);

/// {user_id, new: [...], any: [...]}, each {rank, item_id, name, because: [{item_id, name}]}. Errors:
/// kNotFound.
base::Result<nlohmann::json> user_recommendations(store::Workspace& workspace, const std::string& user_id,
                                                  const base::Context& context);

}  // namespace coterie::engine

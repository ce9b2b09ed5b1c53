// Parts of personas as JSON; docs/run.md has the keys.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "understand/personas/feature_contrast.h"
#include "understand/personas/segments_view.h"

namespace coterie::engine {

/// {users, median, q1, q3, mean}.
nlohmann::json typical_json(const understand::TypicalValue& value);

/// What stands out beyond chance, the furthest first, at most 12.
nlohmann::json differences_json(const std::vector<understand::FeatureContrast>& contrasts);

/// {users, share, share_everybody, lift}.
nlohmann::json lift_json(const understand::Lift& lift);

/// The same with name, and trait where it is of one.
nlohmann::json lifts_json(const std::vector<understand::Lift>& lifts);

}  // namespace coterie::engine

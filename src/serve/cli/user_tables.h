// One member as tables for people.
#pragma once

#include <nlohmann/json.hpp>

#include "base/messages.h"

namespace coterie::serve {

/// `profile` as of engine::user_profile.
void print_user(const nlohmann::json& profile, base::Language language);

/// `lists` as of engine::user_recommendations.
void print_recommendations_of_user(const nlohmann::json& lists, base::Language language);

}  // namespace coterie::serve

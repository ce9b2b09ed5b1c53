// The three pictures of a model's evidence. Each says in words when its part of the evidence is missing.
#pragma once

#include <nlohmann/json.hpp>

#include "serve/report/page.h"

namespace coterie::serve {

/// evidence.roc: how many are found for how many wrong ones.
void draw_roc(const Page& page, const nlohmann::json& evidence);

/// evidence.calibration.bins: predicted against what happened, with the 95 % range of chance around what
/// happened.
void draw_calibration(const Page& page, const nlohmann::json& evidence);

/// evidence.lift: how much denser the cases are among the highest scores.
void draw_lift(const Page& page, const nlohmann::json& evidence);

}  // namespace coterie::serve

// A run's record as tables for people; `run`, `segments`, `models` and `recommend` print parts of it.
#pragma once

#include <nlohmann/json.hpp>

#include "base/messages.h"

namespace coterie::serve {

/// All of it, in at most 36 lines.
void print_record(const nlohmann::json& record, base::Language language);

void print_segments(const nlohmann::json& segments, base::Language language);
void print_models(const nlohmann::json& models, base::Language language);
void print_recommend(const nlohmann::json& recommend, base::Language language);

}  // namespace coterie::serve

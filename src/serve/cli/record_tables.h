// A run's record as tables for people; `run`, `segments`, `models` and `recommend` print parts of it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/messages.h"

namespace coterie::serve {

/// All of it, in at most 36 lines.
void print_record(const nlohmann::json& record, base::Language language);

void print_segments(const nlohmann::json& segments, base::Language language);
void print_models(const nlohmann::json& models, base::Language language);
void print_recommend(const nlohmann::json& recommend, base::Language language);

/// {value, low, high} as "0.743 (0.727–0.759)".
std::string interval_text(const nlohmann::json& metric);

/// How stable a segment is, of groups of like members; "–" of those that are what they are.
std::string stability_text(const nlohmann::json& segment, base::Language language);

}  // namespace coterie::serve

// Divisions in words: what segments are called, and a paragraph of facts about each.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "base/messages.h"
#include "understand/segments/division.h"

namespace coterie::engine {

/// A quantity as people call it: "age", "days since the last purchase", "sum(buy.line_amount, 90d)".
std::string quantity_in_words(const understand::Quantity& quantity, base::Language language);

/// {en, zh}: the values of a combination, a class of the total, or what stands out.
nlohmann::json division_label(const understand::DivisionSegment& segment, understand::DivisionMethod method,
                              std::span<const understand::Quantity> by);

/// {en, zh}: how many, what is typical of them, what is commoner among them. `segment` has users, share and a persona
/// {differences, traits} whose features and traits are quantities' texts, found in `by`.
nlohmann::json division_text(const nlohmann::json& segment, std::span<const understand::Quantity> by);

}  // namespace coterie::engine

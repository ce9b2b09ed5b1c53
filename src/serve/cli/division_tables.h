// Divisions as tables for a terminal, in the language of the person.
#pragma once

#include <nlohmann/json.hpp>

#include "base/messages.h"

namespace coterie::serve {

/// The record of a division, whole: docs/methods/segmentations.md.
void print_division(const nlohmann::json& record, base::Language language);

/// A line for each segment of the divisions that are kept.
void print_kept_divisions(const nlohmann::json& divisions, base::Language language);

/// A segment's `description` of the record: its rule, and how well it tells the segment.
void print_description(const nlohmann::json& description, base::Language language);

}  // namespace coterie::serve

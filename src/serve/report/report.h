// The report: one self-contained HTML file, Chinese or English, that opens offline.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/messages.h"

namespace coterie::serve {

/// Draws the record of a run (engine/run.h). Pure; safe from any thread; a few milliseconds.
std::string report_html(const nlohmann::json& record, base::Language language);

}  // namespace coterie::serve

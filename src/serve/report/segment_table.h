// The table of segments that have names and hints: how many, and medians of recency, orders and amount.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "serve/report/page.h"

namespace coterie::serve {

/// A row a segment of the record, with the hint "report_hint_" + name below its label.
void segment_table(const Page& page, const std::string& title,
                   const std::vector<const nlohmann::json*>& segments);

}  // namespace coterie::serve

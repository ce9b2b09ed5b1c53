// JSON that comes from outside the process (state.db, manifests), parsed without exceptions.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/status.h"

namespace coterie::base {

/// Errors: kDataLoss, naming `what`; the text itself is not repeated. Defined once: the parser is dear to compile.
Result<nlohmann::json> parse_json(std::string_view text, std::string_view what);

}  // namespace coterie::base

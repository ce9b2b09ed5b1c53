// JSON that comes from outside the process (state.db, manifests), parsed without exceptions.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/status.h"

namespace coterie::base {

/// Errors: kDataLoss, naming `what`; the text itself is not repeated.
inline Result<nlohmann::json> parse_json(std::string_view text, std::string_view what) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return error(Code::kDataLoss, "{} is damaged; restore it from a backup", what);
  return json;
}

}  // namespace coterie::base

#include "base/json.h"

#include <nlohmann/json.hpp>

namespace coterie::base {

Result<nlohmann::json> parse_json(std::string_view text, std::string_view what) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return error(Code::kDataLoss, "{} is damaged; restore it from a backup", what);
  return json;
}

}  // namespace coterie::base

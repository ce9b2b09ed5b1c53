#include "engine/item_names.h"

namespace coterie::engine {

using base::Result;
using base::Status;
using store::Parameter;
using store::Rows;

Result<ItemNames> ItemNames::load(profile::AsOf& source, base::Timestamp as_of) {
  ItemNames out;
  const Parameter parameters[] = {{"as_of", as_of}};
  COTERIE_CHECK_OK(source.read("item_names.sql", parameters, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) out.names_.emplace(rows.text(0, i), rows.text(1, i));
    return {};
  }));
  return out;
}

nlohmann::json ItemNames::item_json(const std::string& item_id) const {
  const auto it = names_.find(item_id);
  return {{"item_id", item_id}, {"name", it == names_.end() ? nlohmann::json() : nlohmann::json(it->second)}};
}

}  // namespace coterie::engine

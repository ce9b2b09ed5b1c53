#include "engine/item_names.h"

#include "profile/as_of.h"

namespace coterie::engine {

using base::Result;
using base::Status;
using store::Parameter;
using store::Rows;

Result<ItemNames> ItemNames::load(store::Connection& connection, base::Timestamp as_of) {
  ItemNames out;
  const Parameter parameters[] = {{"as_of", as_of}};
  COTERIE_ASSIGN(const std::string_view sql, profile::sql_text("item_names.sql"));
  COTERIE_CHECK_OK(connection.query(sql, parameters, [&](const Rows& rows) -> Status {
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

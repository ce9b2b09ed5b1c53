// What items are called, for records and lookups.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/status.h"
#include "base/time.h"
#include "store/duckdb.h"

namespace coterie::engine {

class ItemNames {
 public:
  /// The names known at `as_of`.
  static base::Result<ItemNames> load(store::Connection& connection, base::Timestamp as_of);

  /// {item_id, name}; the name is null where there is none.
  nlohmann::json item_json(const std::string& item_id) const;

 private:
  std::map<std::string, std::string> names_;
};

}  // namespace coterie::engine

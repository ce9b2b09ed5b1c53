#include "engine/stored_features.h"

#include <algorithm>
#include <vector>

namespace coterie::engine {

using base::Result;
using base::Status;
using data::FeatureColumn;
using data::FeatureTable;
using store::Rows;

namespace {

FeatureTable empty_table(std::span<const std::string> names) {
  FeatureTable out;
  for (const std::string& name : names) out.columns.emplace_back().name = name;
  return out;
}

// False when the rows do not ascend by user.
bool append(const Rows& rows, FeatureTable& table) {
  bool is_in_order = true;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string_view user = rows.text(0, i);
    is_in_order = is_in_order && (table.users.empty() || table.users.back() < user);
    table.users.emplace_back(user);
  }
  for (size_t c = 0; c < table.columns.size(); ++c) {
    FeatureColumn& column = table.columns[c];
    for (size_t i = 0; i < rows.size(); ++i) {
      const bool is_missing = rows.is_null(c + 1, i);
      column.values.push_back(is_missing ? 0.0 : rows.number(c + 1, i));
      column.valid.push_back(is_missing ? 0 : 1);
    }
  }
  return is_in_order;
}

}  // namespace

Result<std::vector<std::string>> stored_feature_names(store::Connection& connection) {
  std::vector<std::string> out;
  COTERIE_CHECK_OK(
      connection.query("SELECT column_name FROM (DESCRIBE features)", {}, [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i)
          if (rows.text(0, i) != "user_id") out.emplace_back(rows.text(0, i));
        return {};
      }));
  return out;
}

Result<FeatureTable> read_stored_features(store::Connection& connection, std::span<const std::string> names,
                                          const base::CancelToken* cancel) {
  COTERIE_ASSIGN(const auto stored, stored_feature_names(connection));
  if (stored.empty()) return empty_table(names);  // a run without members
  for (const std::string& name : names)
    if (std::find(stored.begin(), stored.end(), name) == stored.end())
      return base::error(
          base::Code::kFailedPrecondition,
          "the newest run, made by an older Coterie, did not store the feature {}; run the shop again", name);
  std::string sql = "SELECT user_id";
  for (const std::string& name : names) sql += ", " + store::sql_name(name);
  sql += " FROM features";
  // Sorting what lies in order already would take most of the time.
  for (const char* order : {"", " ORDER BY user_id"}) {
    FeatureTable table = empty_table(names);
    bool is_in_order = true;
    COTERIE_CHECK_OK(connection.query(
        sql + order, {},
        [&](const Rows& rows) -> Status {
          is_in_order = append(rows, table) && is_in_order;
          return {};
        },
        cancel));
    if (is_in_order) return table;
  }
  return base::error(base::Code::kInternal, "a user has stored features twice");
}

}  // namespace coterie::engine

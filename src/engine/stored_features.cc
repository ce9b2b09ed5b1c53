#include "engine/stored_features.h"

#include <algorithm>
#include <vector>

namespace coterie::engine {

using base::Result;
using base::Status;
using data::FeatureColumn;
using data::FeatureTable;
using store::Parameter;
using store::Rows;

namespace {

constexpr std::string_view kEveryMember = "frequency";  // a feature that is never missing

// Rows (user_id, feature, value), all of a user together, users ascending.
class Reader {
 public:
  explicit Reader(std::span<const std::string> names) : names_(names) {
    table_.columns.resize(names.size());
    for (size_t c = 0; c < names.size(); ++c) table_.columns[c].name = names[c];
  }

  void add(const Rows& rows) {
    for (size_t i = 0; i < rows.size(); ++i) {
      if (table_.users.empty() || table_.users.back() != rows.text(0, i)) begin_user(rows.text(0, i));
      const auto at = std::find(names_.begin(), names_.end(), rows.text(1, i));
      if (at == names_.end()) continue;
      FeatureColumn& column = table_.columns[static_cast<size_t>(at - names_.begin())];
      column.values.back() = rows.number(2, i);
      column.valid.back() = 1;
    }
  }

  bool is_in_order() const { return is_in_order_; }
  FeatureTable take() { return std::move(table_); }

 private:
  void begin_user(std::string_view user) {
    is_in_order_ = is_in_order_ && (table_.users.empty() || table_.users.back() < user);
    table_.users.emplace_back(user);
    for (FeatureColumn& column : table_.columns) {
      column.values.push_back(0);
      column.valid.push_back(0);
    }
  }

  std::span<const std::string> names_;
  FeatureTable table_;
  bool is_in_order_ = true;
};

}  // namespace

Result<FeatureTable> read_stored_features(store::Connection& connection, std::span<const std::string> names,
                                          const base::CancelToken* cancel) {
  std::vector<std::string> parameter_names;
  for (size_t i = 0; i <= names.size(); ++i) parameter_names.push_back(fmt::format("f{}", i));
  std::vector<Parameter> parameters;
  std::string list;
  for (size_t i = 0; i <= names.size(); ++i) {
    parameters.push_back({parameter_names[i], i == names.size() ? kEveryMember : std::string_view(names[i])});
    list += fmt::format("{}${}", i == 0 ? "" : ", ", parameter_names[i]);
  }
  // A list that is asked once for each entry of the column's dictionary; IN would compare every row with every name.
  const std::string sql =
      fmt::format("SELECT user_id, feature, value FROM features WHERE list_contains([{}], feature)", list);
  // Sorting what lies in order already would take most of the time.
  for (const char* order : {"", " ORDER BY user_id, feature"}) {
    Reader reader(names);
    COTERIE_CHECK_OK(connection.query(
        sql + order, parameters,
        [&](const Rows& rows) -> Status {
          reader.add(rows);
          return {};
        },
        cancel));
    if (reader.is_in_order()) return reader.take();
  }
  return base::error(base::Code::kInternal, "the stored features of a user lie apart");
}

}  // namespace coterie::engine

#include "engine/overview.h"

#include <algorithm>
#include <map>

#include "base/json.h"
#include "base/money.h"
#include "store/catalog.h"

namespace coterie::engine {

using base::Result;
using base::Status;
using nlohmann::json;
using store::Parameter;
using store::Rows;

namespace {

double amount(int64_t units) {
  return static_cast<double>(units) / static_cast<double>(base::Decimal::kScale);
}

}  // namespace

Result<json> quality_json(store::Workspace& workspace) {
  COTERIE_ASSIGN(const auto documents, workspace.catalog().documents("imports"));
  json imports = json::array();
  std::map<std::string, uint64_t> totals;
  std::map<std::string, uint64_t> by_rule;
  for (const auto& document : documents) {
    COTERIE_ASSIGN(json import, base::parse_json(document.body, "state.db, a record of an import"));
    for (const char* key : {"received", "accepted", "duplicate", "quarantined"})
      totals[key] += import.at(key).get<uint64_t>();
    for (const auto& [rule, rows] : import.at("quarantined_by_rule").items())
      by_rule[rule] += rows.get<uint64_t>();
    import["import_id"] = document.key;
    imports.push_back(std::move(import));
  }
  json out = totals;
  out["quarantined_by_rule"] = by_rule;
  out["imports"] = std::move(imports);
  return out;
}

Result<json> sales_json(profile::AsOf& source, base::Timestamp as_of) {
  struct Week {
    int64_t buy_units = 0, refund_units = 0;  // DECIMAL(18,4): sums of ranges are exact
    int64_t orders = 0, members = 0, guest_orders = 0;
  };
  std::map<int64_t, Week> weeks;  // by the day number of its Monday
  const Parameter parameters[] = {{"as_of", as_of}};
  COTERIE_CHECK_OK(source.read_by_range("sales.sql", parameters, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      const int64_t day = rows.int64(0, i);
      Week& week = weeks[day - ((day + 3) % 7 + 7) % 7];  // 1970-01-01 was a Thursday
      week.buy_units += rows.is_null(1, i) ? 0 : rows.int64(1, i);
      week.refund_units += rows.is_null(2, i) ? 0 : rows.int64(2, i);
      week.orders += rows.int64(3, i);
      week.members += rows.int64(4, i);
      week.guest_orders += rows.int64(5, i);
    }
    return {};
  }));
  json out = json::array();
  for (const auto& [monday, week] : weeks)
    out.push_back({{"week", base::utc_string(monday * base::kDay).substr(0, 10)},
                   {"buy_amount", amount(week.buy_units)},
                   {"refund_amount", amount(week.refund_units)},
                   {"orders", week.orders},
                   {"members", week.members},
                   {"guest_orders", week.guest_orders}});
  return out;
}

Result<json> behaviors_json(profile::AsOf& source, base::Timestamp as_of) {
  struct Total {
    int64_t events = 0, members = 0;
  };
  std::map<std::string, Total, std::less<>> totals;
  const Parameter parameters[] = {{"as_of", as_of}};
  COTERIE_CHECK_OK(source.read_by_range("behavior_totals.sql", parameters, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      Total& total = totals[std::string(rows.text(0, i))];
      total.events += rows.int64(1, i);
      total.members += rows.int64(2, i);
    }
    return {};
  }));
  std::vector<std::pair<std::string, Total>> sorted(totals.begin(), totals.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.events > b.second.events; });
  json out = json::array();
  for (const auto& [behavior, total] : sorted)
    out.push_back({{"behavior", behavior}, {"events", total.events}, {"members", total.members}});
  return out;
}

}  // namespace coterie::engine

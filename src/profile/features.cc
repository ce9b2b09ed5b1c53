#include "profile/features.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "profile/feature_catalog.h"

namespace coterie::profile {

using base::kDay;
using base::kHour;
using base::Result;
using base::Status;
using data::FeatureColumn;
using data::FeatureTable;
using store::Parameter;
using store::Rows;

namespace {

double days(int64_t microseconds) { return static_cast<double>(microseconds) / static_cast<double>(kDay); }

// Entropy in nats of counts n_i with sum N: log N - (sum n_i log n_i) / N.
double entropy(double total, double sum_n_log_n) {
  return total > 0 ? std::log(total) - sum_n_log_n / total : 0.0;
}

// Writes single cells of the table.
class Cells {
 public:
  explicit Cells(FeatureTable& table) : table_(table) {}

  void set(size_t feature, size_t user, double value) {
    table_.columns[feature].values[user] = value;
    table_.columns[feature].valid[user] = 1;
  }

 private:
  FeatureTable& table_;
};

// The orders of one member, in time order.
struct Orders {
  std::vector<int64_t> order_us;
  uint64_t items = 0;

  void clear() {
    order_us.clear();
    items = 0;
  }

  double since(int64_t from) const {
    return static_cast<double>(order_us.end() - std::lower_bound(order_us.begin(), order_us.end(), from));
  }
};

// Starts of the windows of local days that end at as_of.
struct Windows {
  base::Timestamp as_of, d30, d90, d180;

  Windows(const base::Calendar& calendar, base::Timestamp end)
      : as_of(end),
        d30(calendar.add_days(end, -30)),
        d90(calendar.add_days(end, -90)),
        d180(calendar.add_days(end, -180)) {}
};

void finish_gaps(const Orders& orders, double recency, size_t user, Cells& cells) {
  const size_t gaps = orders.order_us.size() - 1;
  const double mean = days(orders.order_us.back() - orders.order_us.front()) / static_cast<double>(gaps);
  cells.set(feature_index("gap_mean_days"), user, mean);
  if (mean <= 0) return;
  cells.set(feature_index("recency_over_gap"), user, recency / mean);
  if (gaps < 2) return;
  double squares = 0;
  for (size_t i = 1; i <= gaps; ++i) {
    const double deviation = days(orders.order_us[i] - orders.order_us[i - 1]) - mean;
    squares += deviation * deviation;
  }
  cells.set(feature_index("gap_cv"), user, std::sqrt(squares / static_cast<double>(gaps)) / mean);
}

void finish_habits(const Orders& orders, const base::Calendar& calendar, size_t user, Cells& cells) {
  double hours[24] = {};
  double weekend = 0;
  double evening = 0;
  for (const base::Timestamp ts : orders.order_us) {
    const int64_t us = calendar.to_local(ts);
    const auto hour = static_cast<size_t>((us % kDay + kDay) % kDay / kHour);
    const int64_t day = (us - (us % kDay + kDay) % kDay) / kDay;
    const int64_t weekday = ((day + 3) % 7 + 7) % 7;  // 1970-01-01 was a Thursday; 0 = Monday
    hours[hour] += 1;
    weekend += weekday >= 5 ? 1 : 0;
    evening += hour >= 18 ? 1 : 0;
  }
  const auto n = static_cast<double>(orders.order_us.size());
  double sum_n_log_n = 0;
  for (const double count : hours) sum_n_log_n += count > 0 ? count * std::log(count) : 0.0;
  cells.set(feature_index("hour_entropy"), user, entropy(n, sum_n_log_n));
  cells.set(feature_index("weekend_share"), user, weekend / n);
  cells.set(feature_index("evening_share"), user, evening / n);
}

void finish_orders(const Orders& orders, const base::Calendar& calendar, const Windows& windows, size_t user,
                   Cells& cells) {
  const auto n = static_cast<double>(orders.order_us.size());
  const double recency = days(windows.as_of - orders.order_us.back());
  const double last_90d = orders.since(windows.d90);
  cells.set(feature_index("recency_days"), user, recency);
  cells.set(feature_index("tenure_days"), user, days(windows.as_of - orders.order_us.front()));
  cells.set(feature_index("frequency"), user, n);
  cells.set(feature_index("frequency_30d"), user, orders.since(windows.d30));
  cells.set(feature_index("frequency_90d"), user, last_90d);
  cells.set(feature_index("frequency_180d"), user, orders.since(windows.d180));
  cells.set(feature_index("basket_items"), user, static_cast<double>(orders.items) / n);
  cells.set(feature_index("trend_90d"), user,
            std::log1p(last_90d) - std::log1p(orders.since(windows.d180) - last_90d));
  if (orders.order_us.size() > 1) finish_gaps(orders, recency, user, cells);
  finish_habits(orders, calendar, user, cells);
}

Status read_orders(AsOf& source, const Windows& windows, Cells& cells) {
  Orders orders;
  int64_t current = -1;
  const auto finish = [&] {
    if (current >= 0) finish_orders(orders, source.calendar(), windows, static_cast<size_t>(current), cells);
    orders.clear();
  };
  COTERIE_RETURN_IF_ERROR(source.read("orders.sql", {}, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows.int64(0, i) != current) {
        finish();
        current = rows.int64(0, i);
      }
      orders.order_us.push_back(rows.int64(1, i));
      orders.items += static_cast<uint64_t>(rows.int64(2, i));
    }
    return {};
  }));
  finish();
  return {};
}

// Needs `frequency` (finished before).
Status read_amounts(AsOf& source, const Windows& windows, const FeatureTable& table, Cells& cells) {
  const FeatureColumn& frequency = table.columns[feature_index("frequency")];
  const Parameter parameters[] = {
      {"from_30d", windows.d30}, {"from_90d", windows.d90}, {"from_180d", windows.d180}};
  return source.read("amounts.sql", parameters, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto user = static_cast<size_t>(rows.int64(0, i));
      const auto amount = [&](size_t column) {
        return rows.is_null(column, i) ? 0.0 : rows.number(column, i);
      };
      cells.set(feature_index("refund_orders"), user, static_cast<double>(rows.int64(8, i)));
      if (rows.int64(7, i) == 0) continue;  // no line of the member carries an amount
      const double bought = amount(1);
      const double orders = frequency.values[user];
      cells.set(feature_index("monetary"), user, bought + amount(2));
      cells.set(feature_index("monetary_30d"), user, amount(3));
      cells.set(feature_index("monetary_90d"), user, amount(4));
      cells.set(feature_index("monetary_180d"), user, amount(5));
      if (orders > 0) cells.set(feature_index("order_value"), user, bought / orders);
      if (amount(6) > 0) cells.set(feature_index("unit_price_mean"), user, bought / amount(6));
      if (bought > 0) cells.set(feature_index("refund_share"), user, -amount(2) / bought);
    }
    return {};
  });
}

// What one member's histogram of order lines per item adds up to.
struct ItemSpread {
  double lines = 0, items = 0, order_items = 0, sum_n_log_n = 0;
};

Status read_items(AsOf& source, size_t users, Cells& cells) {
  std::vector<ItemSpread> spread(users);
  COTERIE_RETURN_IF_ERROR(source.read("items.sql", {}, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      ItemSpread& s = spread[static_cast<size_t>(rows.int64(0, i))];
      const auto n = static_cast<double>(rows.int64(1, i));
      const auto items = static_cast<double>(rows.int64(2, i));
      s.lines += n * items;
      s.items += items;
      s.order_items += static_cast<double>(rows.int64(3, i));
      s.sum_n_log_n += items * n * std::log(n);
    }
    return {};
  }));
  for (size_t user = 0; user < users; ++user) {
    const ItemSpread& s = spread[user];
    if (s.items == 0) continue;
    cells.set(feature_index("distinct_items"), user, s.items);
    cells.set(feature_index("item_entropy"), user, entropy(s.lines, s.sum_n_log_n));
    cells.set(feature_index("repeat_item_share"), user, 1.0 - s.items / s.order_items);
  }
  return {};
}

Status read_behaviors(AsOf& source, Cells& cells) {
  return source.read("behaviors.sql", {}, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto user = static_cast<size_t>(rows.int64(0, i));
      cells.set(feature_index("count_view"), user, static_cast<double>(rows.int64(1, i)));
      cells.set(feature_index("count_favorite"), user, static_cast<double>(rows.int64(2, i)));
      cells.set(feature_index("count_cart"), user, static_cast<double>(rows.int64(3, i)));
      cells.set(feature_index("count_buy"), user, static_cast<double>(rows.int64(4, i)));
    }
    return {};
  });
}

Result<FeatureTable> empty_table(AsOf& source, base::Timestamp as_of) {
  FeatureTable table;
  table.as_of = as_of;
  COTERIE_CHECK_OK(source.connection().query("SELECT user_id FROM members ORDER BY user_index", {},
                                             [&](const Rows& rows) -> Status {
                                               for (size_t i = 0; i < rows.size(); ++i)
                                                 table.users.emplace_back(rows.text(0, i));
                                               return {};
                                             }));
  for (const FeatureInfo& feature : kFeatureCatalog) {
    FeatureColumn column;
    column.name = feature.name;
    column.values.assign(table.users.size(), 0.0);
    column.valid.assign(table.users.size(), feature.null_policy == NullPolicy::kZero ? 1 : 0);
    table.columns.push_back(std::move(column));
  }
  return table;
}

}  // namespace

Result<FeatureTable> compute_features(AsOf& source, base::Timestamp as_of) {
  const Parameter parameters[] = {{"as_of", as_of}};
  COTERIE_CHECK_OK(source.run("members.sql", parameters));
  COTERIE_CHECK_OK(source.run("as_of_events.sql", parameters));
  COTERIE_ASSIGN(FeatureTable table, empty_table(source, as_of));
  const Windows windows(source.calendar(), as_of);
  Cells cells(table);
  COTERIE_CHECK_OK(read_orders(source, windows, cells));
  COTERIE_CHECK_OK(read_amounts(source, windows, table, cells));
  COTERIE_CHECK_OK(read_items(source, table.users.size(), cells));
  COTERIE_CHECK_OK(read_behaviors(source, cells));
  return table;
}

}  // namespace coterie::profile

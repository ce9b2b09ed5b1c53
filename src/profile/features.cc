#include "profile/features.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <vector>

#include "profile/activity.h"
#include "profile/acts.h"
#include "profile/feature_catalog.h"
#include "store/ingest.h"

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

// Writes single cells of the table, and reads them.
class Cells {
 public:
  explicit Cells(FeatureTable& table) : table_(table) {}

  void set(size_t feature, size_t user, double value) {
    table_.columns[feature].values[user] = value;
    table_.columns[feature].valid[user] = 1;
  }
  double value(size_t feature, size_t user) const { return table_.columns[feature].values[user]; }

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
  cells.set(feature_index("last_gap_days"), user, days(orders.order_us[gaps] - orders.order_us[gaps - 1]));
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
Status read_amounts(AsOf& source, const Windows& windows, Cells& cells) {
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
      const double orders = cells.value(feature_index("frequency"), user);
      cells.set(feature_index("monetary"), user, bought + amount(2));
      cells.set(feature_index("monetary_30d"), user, amount(3));
      cells.set(feature_index("monetary_90d"), user, amount(4));
      cells.set(feature_index("monetary_180d"), user, amount(5));
      if (orders > 0) cells.set(feature_index("order_value"), user, bought / orders);
      if (amount(6) > 0) cells.set(feature_index("unit_price_mean"), user, bought / amount(6));
      if (bought > 0) cells.set(feature_index("refund_share"), user, -amount(2) / bought);
      if (const double listed = bought + amount(9); listed > 0)
        cells.set(feature_index("discount_share"), user, amount(9) / listed);
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

// Needs `frequency` (finished before).
void finish_activity(const Activity& activity, base::Timestamp as_of, size_t user, Cells& cells) {
  const auto count = [&](size_t feature, uint64_t n) { cells.set(feature, user, static_cast<double>(n)); };
  count(feature_index("count_view"), activity.count(ActKind::kView));
  count(feature_index("count_favorite"), activity.count(ActKind::kFavorite));
  count(feature_index("count_cart"), activity.count(ActKind::kCart));
  count(feature_index("count_buy"), activity.count(ActKind::kBuy));
  count(feature_index("active_days"), activity.active_days);
  count(feature_index("active_days_30d"), activity.active_days_30d);
  count(feature_index("active_days_90d"), activity.active_days_90d);
  if (activity.active_days == 0) return;
  const auto active_days = static_cast<double>(activity.active_days);
  const double tenure = days(as_of - activity.first_ts), recency = days(as_of - activity.last_ts);
  cells.set(feature_index("active_tenure_days"), user, tenure);
  cells.set(feature_index("active_recency_days"), user, recency);
  cells.set(feature_index("missed_active_days"), user, recency * active_days / (tenure + 1));
  cells.set(feature_index("orders_per_active_day"), user,
            cells.value(feature_index("frequency"), user) / active_days);
}

// The members of one range, in ascending order of their ids.
struct Members {
  std::vector<std::string> users;
  std::vector<Activity> activity;
};

Result<Members> read_members(AsOf& source, const Windows& windows, const BucketRange& range,
                             TasteCounter* tastes) {
  Members out;
  COTERIE_CHECK_OK(read_acts(source, windows.as_of, range,
                             [&](std::string_view user, std::span<const Act> acts) -> Status {
                               out.users.emplace_back(user);
                               out.activity.push_back(count_activity(acts, windows.d30, windows.d90));
                               if (tastes) tastes->add(acts);
                               return {};
                             }));
  if (tastes) COTERIE_CHECK_OK(tastes->end_range(*source.context().budget));
  return out;
}

// For the statements that follow: user_id and its place.
Status write_members(AsOf& source, const std::vector<std::string>& users) {
  auto made = source.connection().execute("CREATE TEMP TABLE members (user_id VARCHAR, user_index BIGINT)");
  if (!made) return made.error();
  COTERIE_ASSIGN_OR_STATUS(auto appender, source.connection().appender("members"));
  constexpr size_t kRowsPerBlock = 2048;
  for (size_t begin = 0; begin < users.size(); begin += kRowsPerBlock) {
    data::TextColumn ids;
    std::vector<int64_t> places;
    for (size_t i = begin; i < std::min(users.size(), begin + kRowsPerBlock); ++i) {
      ids.append(users[i]);
      places.push_back(static_cast<int64_t>(i));
    }
    const store::Appender::ColumnData columns[] = {&ids, places};
    COTERIE_RETURN_IF_ERROR(appender->append(columns, places.size()));
  }
  return appender->close();
}

FeatureTable empty_table(std::vector<std::string> users) {
  FeatureTable table;
  table.users = std::move(users);
  for (const FeatureInfo& feature : kFeatureCatalog) {
    FeatureColumn column;
    column.name = feature.name;
    column.values.assign(table.users.size(), 0.0);
    column.valid.assign(table.users.size(), feature.null_policy == NullPolicy::kZero ? 1 : 0);
    table.columns.push_back(std::move(column));
  }
  return table;
}

// The tables of one range make room for those of the next.
Status drop_tables(AsOf& source) {
  for (const char* statement : {"DROP TABLE IF EXISTS as_of_lines", "DROP TABLE IF EXISTS members"})
    if (auto done = source.connection().execute(statement); !done) return done.error();
  return {};
}

// Every feature of the members of one range, in ascending order of their ids.
Result<FeatureTable> range_features(AsOf& source, const Windows& windows, const BucketRange& range,
                                    TasteCounter* tastes = nullptr) {
  const Parameter as_of[] = {{"as_of", windows.as_of}};
  COTERIE_ASSIGN(Members members, read_members(source, windows, range, tastes));
  COTERIE_CHECK_OK(drop_tables(source));
  COTERIE_CHECK_OK(write_members(source, members.users));
  COTERIE_CHECK_OK(source.run("as_of_lines.sql", with_buckets(as_of, range)));
  FeatureTable table = empty_table(std::move(members.users));
  Cells cells(table);
  COTERIE_CHECK_OK(read_orders(source, windows, cells));
  COTERIE_CHECK_OK(read_amounts(source, windows, cells));
  COTERIE_CHECK_OK(read_items(source, table.users.size(), cells));
  for (size_t user = 0; user < table.rows(); ++user)
    finish_activity(members.activity[user], windows.as_of, user, cells);
  COTERIE_CHECK_OK(drop_tables(source));
  return table;
}

// Adds the rows of `part`; columns that `table` does not keep are left behind.
void append(FeatureTable& table, FeatureTable part) {
  std::move(part.users.begin(), part.users.end(), std::back_inserter(table.users));
  size_t next = 0;
  for (FeatureColumn& column : table.columns) {
    while (part.columns[next].name != column.name) ++next;
    const FeatureColumn& from = part.columns[next];
    column.values.insert(column.values.end(), from.values.begin(), from.values.end());
    column.valid.insert(column.valid.end(), from.valid.begin(), from.valid.end());
  }
}

Result<FeatureTable> kept_columns(base::Timestamp as_of, std::span<const std::string_view> features) {
  FeatureTable table;
  table.as_of = as_of;
  const auto keeps = [&](std::string_view name) {
    return features.empty() || std::find(features.begin(), features.end(), name) != features.end();
  };
  for (const FeatureInfo& feature : kFeatureCatalog)
    if (keeps(feature.name)) table.columns.emplace_back().name = feature.name;
  if (!features.empty() && table.columns.size() != features.size())
    return base::error(base::Code::kInternal, "{} features are kept of {} named ones", table.columns.size(),
                       features.size());
  return table;
}

// What counts the tastes that are asked for, if any; read_acts() gives their categories.
Result<std::optional<TasteCounter>> taste_counter(AsOf& source, base::Timestamp as_of,
                                                  const FeatureOptions& options) {
  if (options.fit_tastes) {
    COTERIE_ASSIGN(const auto paths, name_categories(source, as_of, kMostLevels));
    return TasteCounter::at_all_levels(paths);
  }
  if (options.tastes && !options.tastes->empty()) {
    COTERIE_ASSIGN(const auto categories, name_categories(source, as_of, options.tastes->levels));
    return TasteCounter::at_one_level(categories);
  }
  COTERIE_CHECK_OK(name_no_categories(source));
  return std::nullopt;
}

}  // namespace

Result<FeatureTable> compute_features(AsOf& source, base::Timestamp as_of, const FeatureOptions& options) {
  COTERIE_ASSIGN(FeatureTable table, kept_columns(as_of, options.features));
  COTERIE_ASSIGN(auto tastes, taste_counter(source, as_of, options));
  const Windows windows(source.calendar(), as_of);
  COTERIE_CHECK_OK(source.for_each_range([&](const BucketRange& range) -> Status {
    COTERIE_ASSIGN_OR_STATUS(auto part, range_features(source, windows, range, tastes ? &*tastes : nullptr));
    append(table, std::move(part));
    return {};
  }));
  if (options.fit_tastes) *options.fit_tastes = tastes->vocabulary();
  const TasteVocabulary* vocabulary = options.fit_tastes ? options.fit_tastes : options.tastes;
  if (tastes && !vocabulary->empty()) tastes->add_columns(*vocabulary, table);
  sort_rows(table);
  return table;
}

Result<FeatureTable> compute_features_of(AsOf& source, base::Timestamp as_of, std::string_view user_id) {
  const int64_t bucket = store::bucket(user_id);
  COTERIE_CHECK_OK(name_no_categories(source));
  return range_features(source, Windows(source.calendar(), as_of), {bucket, bucket})
      .map([&](FeatureTable neighbours) {
        FeatureTable table;
        table.as_of = as_of;
        const auto found = std::lower_bound(neighbours.users.begin(), neighbours.users.end(), user_id);
        const bool is_known = found != neighbours.users.end() && *found == user_id;
        const auto row = static_cast<size_t>(found - neighbours.users.begin());
        if (is_known) table.users.emplace_back(user_id);
        for (FeatureColumn& column : neighbours.columns) {
          FeatureColumn& one = table.columns.emplace_back();
          one.name = std::move(column.name);
          if (is_known) {
            one.values = {column.values[row]};
            one.valid = {column.valid[row]};
          }
        }
        return table;
      });
}

}  // namespace coterie::profile

// Features against a slow plain computation over the same events, and what may be known as of an instant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/random.h"
#include "fixtures/shop.h"
#include "profile/feature_catalog.h"
#include "profile/features.h"

namespace coterie::profile {
namespace {

using base::kDay;
using base::kHour;
using base::Timestamp;
using testing::at;
using testing::TestEvent;
using testing::TestShop;

std::vector<TestEvent> random_events(uint64_t seed) {
  base::Random random(seed);
  std::vector<TestEvent> events;
  const Timestamp begin = at("2011-01-01");
  for (int i = 0; i < 1500; ++i) {
    TestEvent event;
    event.user = random.chance(0.1) ? "" : "user" + std::to_string(random.below(40));
    event.item = random.chance(0.05) ? "" : "item" + std::to_string(random.below(30));
    const double kind = random.uniform();
    event.behavior = kind < 0.3    ? "view"
                     : kind < 0.4  ? "cart"
                     : kind < 0.45 ? "favorite"
                     : kind < 0.52 ? "refund"
                     : kind < 0.55 ? "impression"
                                   : "buy";
    event.ts = begin + static_cast<int64_t>(random.below(400 * 24 * 60)) * 60 * base::kSecond;
    if (random.chance(0.7)) event.order = "order" + std::to_string(random.below(600));
    if (random.chance(0.9)) {
      const double amount = static_cast<double>(random.below(10'000)) / 4.0;
      event.amount = event.behavior == "refund" ? -amount : amount;
      if (random.chance(0.3)) event.discount = static_cast<double>(random.below(1'000)) / 4.0;
    }
    events.push_back(event);
  }
  return events;
}

double entropy(const std::map<std::string, double>& counts) {
  double total = 0, out = 0;
  for (const auto& [key, n] : counts) total += n;
  for (const auto& [key, n] : counts) out -= n / total * std::log(n / total);
  return out;
}

// Written for clearness: every definition of docs/methods/features.md, one member at a time.
std::map<std::string, double> plain_features(const std::vector<TestEvent>& all, const std::string& user,
                                             Timestamp as_of, const base::Calendar& calendar) {
  std::map<std::string, double> out;
  std::map<std::string, Timestamp> orders;
  std::map<std::string, std::set<std::string>> items_of_order;
  std::map<std::string, double> lines_of_item, hours;
  std::set<std::string> refunds;
  double bought = 0, refunded = 0, discount = 0, quantity = 0, priced = 0, weekend = 0, evening = 0;
  std::map<int, double> net;
  Timestamp first_act = INT64_MAX, last_act = INT64_MIN;
  std::map<int, std::set<int64_t>> active_days;
  for (const TestEvent& e : all) {
    if (e.user != user || e.ts >= as_of) continue;
    const int64_t local = calendar.to_local(e.ts);
    const std::string order = e.order.empty() ? "day " + std::to_string(local / kDay) : e.order;
    out["count_view"] += e.behavior == "view";
    out["count_favorite"] += e.behavior == "favorite";
    out["count_cart"] += e.behavior == "cart";
    out["count_buy"] += e.behavior == "buy";
    if (e.behavior != "refund" && e.behavior != "impression") {
      first_act = std::min(first_act, e.ts);
      last_act = std::max(last_act, e.ts);
      active_days[0].insert(local / kDay);
      for (const int days : {30, 90})
        if (e.ts >= calendar.add_days(as_of, -days)) active_days[days].insert(local / kDay);
    }
    const bool is_buy = e.behavior == "buy";
    if (!is_buy && e.behavior != "refund") continue;
    if (is_buy) {
      orders[order] = orders.contains(order) ? std::min(orders[order], e.ts) : e.ts;
      quantity += 1;
      if (!e.item.empty()) {
        items_of_order[order].insert(e.item);
        lines_of_item[e.item] += 1;
      }
    } else {
      refunds.insert(order);
    }
    if (!e.amount) continue;
    priced += 1;
    (is_buy ? bought : refunded) += *e.amount;
    if (is_buy) discount += e.discount.value_or(0);
    for (const int days : {30, 90, 180})
      if (e.ts >= calendar.add_days(as_of, -days)) net[days] += *e.amount;
  }
  out["refund_orders"] = static_cast<double>(refunds.size());
  out["frequency"] = static_cast<double>(orders.size());
  std::map<int, double> recent;
  std::vector<Timestamp> times;
  for (const auto& [order, ts] : orders) {
    times.push_back(ts);
    for (const int days : {30, 90, 180}) recent[days] += ts >= calendar.add_days(as_of, -days);
    const int64_t local = calendar.to_local(ts);
    hours[std::to_string(local % kDay / kHour)] += 1;
    weekend += (local / kDay + 3) % 7 >= 5;
    evening += local % kDay / kHour >= 18;
  }
  for (const int days : {30, 90, 180}) out["frequency_" + std::to_string(days) + "d"] = recent[days];
  out["trend_90d"] = std::log1p(recent[90]) - std::log1p(recent[180] - recent[90]);
  const auto n = static_cast<double>(orders.size());
  if (priced > 0) {
    out["monetary"] = bought + refunded;
    for (const int days : {30, 90, 180}) out["monetary_" + std::to_string(days) + "d"] = net[days];
    if (n > 0) out["order_value"] = bought / n;
    if (quantity > 0) out["unit_price_mean"] = bought / quantity;
    if (bought > 0) out["refund_share"] = -refunded / bought;
    if (bought + discount > 0) out["discount_share"] = discount / (bought + discount);
  }
  out["distinct_items"] = static_cast<double>(lines_of_item.size());
  const auto days = [](Timestamp us) { return static_cast<double>(us) / static_cast<double>(kDay); };
  const auto active = static_cast<double>(active_days[0].size());
  out["active_days"] = active;
  for (const int window : {30, 90})
    out["active_days_" + std::to_string(window) + "d"] = static_cast<double>(active_days[window].size());
  if (active > 0) {
    out["active_recency_days"] = days(as_of - last_act);
    out["active_tenure_days"] = days(as_of - first_act);
    out["missed_active_days"] = out["active_recency_days"] * active / (out["active_tenure_days"] + 1);
    out["orders_per_active_day"] = n / active;
  }
  if (n == 0) return out;
  std::sort(times.begin(), times.end());
  out["recency_days"] = days(as_of - times.back());
  out["tenure_days"] = days(as_of - times.front());
  double order_items = 0;
  for (const auto& [order, items] : items_of_order) order_items += static_cast<double>(items.size());
  out["basket_items"] = order_items / n;
  out["hour_entropy"] = entropy(hours);
  out["weekend_share"] = weekend / n;
  out["evening_share"] = evening / n;
  if (!lines_of_item.empty()) {
    out["item_entropy"] = entropy(lines_of_item);
    out["repeat_item_share"] = 1 - static_cast<double>(lines_of_item.size()) / order_items;
  }
  if (times.size() < 2) return out;
  const double mean = days(times.back() - times.front()) / (n - 1);
  out["gap_mean_days"] = mean;
  out["last_gap_days"] = days(times.back() - times[times.size() - 2]);
  if (mean > 0) out["recency_over_gap"] = out["recency_days"] / mean;
  if (times.size() < 3 || mean <= 0) return out;
  double squares = 0;
  for (size_t i = 1; i < times.size(); ++i) squares += std::pow(days(times[i] - times[i - 1]) - mean, 2);
  out["gap_cv"] = std::sqrt(squares / (n - 1)) / mean;
  return out;
}

TEST(Features, EqualAPlainComputationMemberByMember) {
  for (const uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    TestShop shop;
    const auto events = random_events(seed);
    shop.add(events);
    auto source = AsOf::open(shop.workspace(), shop.context());
    ASSERT_TRUE(source) << source.error().message();
    const Timestamp as_of = (*source)->calendar().to_utc(at("2011-10-31"));
    const auto table = compute_features(**source, as_of);
    ASSERT_TRUE(table) << table.error().message();
    ASSERT_GT(table->rows(), 30u);
    EXPECT_TRUE(std::is_sorted(table->users.begin(), table->users.end()));
    for (size_t row = 0; row < table->rows(); ++row) {
      const auto expected = plain_features(events, table->users[row], as_of, (*source)->calendar());
      for (const auto& column : table->columns) {
        const auto it = expected.find(column.name);
        ASSERT_EQ(column.is_missing(row), it == expected.end()) << table->users[row] << " " << column.name;
        if (it == expected.end()) continue;
        EXPECT_NEAR(column.values[row], it->second, 1e-9 * std::max(1.0, std::abs(it->second)))
            << table->users[row] << " " << column.name;
      }
    }
  }
}

TEST(Features, AreTheSameBitsForAnyNumberOfThreads) {
  std::vector<std::vector<double>> values;
  for (const size_t threads : {1, 2, 7}) {
    TestShop shop("Asia/Shanghai", threads);
    shop.add(random_events(9));
    auto source = AsOf::open(shop.workspace(), shop.context());
    const auto table = compute_features(**source, at("2011-12-01"));
    ASSERT_TRUE(table);
    values.emplace_back();
    for (const auto& column : table->columns)
      values.back().insert(values.back().end(), column.values.begin(), column.values.end());
  }
  EXPECT_EQ(values[0], values[1]);
  EXPECT_EQ(values[0], values[2]);
}

std::vector<double> all_values(const data::FeatureTable& table) {
  std::vector<double> values;
  for (const auto& column : table.columns) {
    values.insert(values.end(), column.values.begin(), column.values.end());
    values.insert(values.end(), column.valid.begin(), column.valid.end());
  }
  return values;
}

TEST(Features, AreTheSameBitsForAnyNumberOfBucketRanges) {
  TestShop shop;
  shop.add(random_events(11));
  shop.add({{"late", "item1", "buy", at("2011-05-01"), "o", 3.0}});  // a second file
  const auto with = [&](size_t ranges) {
    auto source = AsOf::open(shop.workspace(), shop.context(), {.bucket_ranges = ranges});
    EXPECT_EQ((*source)->bucket_ranges().size(), ranges);
    return *compute_features(**source, at("2011-12-01"));
  };
  const auto one = with(1);
  EXPECT_EQ(one.users.size(), 41u);
  EXPECT_TRUE(std::is_sorted(one.users.begin(), one.users.end()));
  for (const size_t ranges : {4, 64, 300}) {
    const auto many = with(ranges);
    EXPECT_EQ(many.users, one.users) << ranges;
    EXPECT_EQ(all_values(many), all_values(one)) << ranges;
  }
}

TEST(AsOf, ARangeOfBucketsIsAFilterOfTheScan) {
  TestShop shop;
  shop.add(random_events(12));
  auto source = AsOf::open(shop.workspace(), shop.context());
  std::string plan;
  ASSERT_TRUE(
      (*source)
          ->connection()
          .query("EXPLAIN SELECT count(*) FROM events WHERE bucket BETWEEN $first_bucket AND $last_bucket",
                 with_buckets({}, {100, 60000}),
                 [&](const store::Rows& rows) -> base::Status {
                   plan += rows.text(1, 0);
                   return {};
                 })
          .ok());
  EXPECT_EQ(plan.find("CAST"), std::string::npos) << "no row group is skipped by a column that is cast:\n"
                                                  << plan;
  EXPECT_NE(plan.find("bucket>=100"), std::string::npos) << plan;
}

// In St. John's the clock went back from 00:01 to 23:01 of the day before.
TEST(Features, ADayThatTheClockGoesBackToIsOneDay) {
  TestShop shop("America/St_Johns");
  shop.add({{"u", "a", "view", at("2010-11-07T02:30:30")},    // 00:00:30 on the 7th
            {"u", "a", "view", at("2010-11-07T03:00:00")},    // 23:30 on the 6th
            {"u", "a", "view", at("2010-11-07T04:00:00")}});  // 00:30 on the 7th
  auto source = AsOf::open(shop.workspace(), shop.context());
  const auto table = *compute_features(**source, at("2010-11-08T03:30:00"));
  EXPECT_EQ((*table.column("active_days"))->values[0], 2.0);
  EXPECT_EQ((*table.column("active_days_30d"))->values[0], 2.0);
  EXPECT_EQ((*table.column("active_recency_days"))->values[0], 23.5 / 24);
  EXPECT_EQ((*table.column("active_tenure_days"))->values[0], 25.0 / 24 - 0.5 / 60 / 24);
}

TEST(Features, KeepTheNamedColumnsAndOneMember) {
  TestShop shop;
  shop.add(random_events(12));
  auto source = AsOf::open(shop.workspace(), shop.context(), {.bucket_ranges = 3});
  const Timestamp as_of = at("2011-12-01");
  const auto all = *compute_features(**source, as_of);
  const std::string_view names[] = {"monetary", "recency_days"};
  const auto two = *compute_features(**source, as_of, {.features = names});
  ASSERT_EQ(two.columns.size(), 2u);
  EXPECT_EQ((*two.column("monetary"))->values, (*all.column("monetary"))->values);
  EXPECT_EQ((*two.column("recency_days"))->valid, (*all.column("recency_days"))->valid);
  const auto one = *compute_features_of(**source, as_of, "user7");
  ASSERT_EQ(one.users, std::vector<std::string>{"user7"});
  const auto row =
      static_cast<size_t>(std::find(all.users.begin(), all.users.end(), "user7") - all.users.begin());
  for (size_t c = 0; c < all.columns.size(); ++c) {
    EXPECT_EQ(one.columns[c].valid[0], all.columns[c].valid[row]) << all.columns[c].name;
    EXPECT_EQ(one.columns[c].values[0], all.columns[c].values[row]) << all.columns[c].name;
  }
  EXPECT_EQ(compute_features_of(**source, as_of, "nobody")->rows(), 0u);
}

TEST(Features, CatalogIsDescribedInBothLanguages) {
  for (const auto& feature : kFeatureCatalog) {
    for (const auto language : {base::Language::kEnglish, base::Language::kChinese}) {
      EXPECT_FALSE(describe(feature, language).empty()) << feature.name;
      EXPECT_FALSE(base::text_by_key("name_" + std::string(feature.name), language).empty()) << feature.name;
    }
  }
}

TEST(AsOf, DefaultIsTheLastLocalMidnight) {
  TestShop shop("Asia/Shanghai");
  shop.add({{"u", "i", "buy", at("2011-12-08 16:30")}});
  auto source = AsOf::open(shop.workspace(), shop.context());
  EXPECT_EQ(*(*source)->default_as_of(), at("2011-12-08 16:00"));  // midnight of the 9th in Shanghai
}

TEST(AsOf, SaysWhatToDoWhenThereAreNoEvents) {
  TestShop shop;
  auto source = AsOf::open(shop.workspace(), shop.context());
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->default_as_of().error().code(), base::Code::kFailedPrecondition);
}

TEST(AsOf, LabelsLookAtTheWindowAlone) {
  TestShop shop;
  shop.add({{"before", "i", "buy", at("2011-10-31 23:59")},
            {"first", "i", "buy", at("2011-11-01")},
            {"last", "i", "buy", at("2011-11-30 23:59")},
            {"after", "i", "buy", at("2011-12-01")},
            {"viewer", "i", "view", at("2011-11-15")},
            {"", "i", "buy", at("2011-11-15")}});
  auto source = AsOf::open(shop.workspace(), shop.context());
  EXPECT_THAT(*(*source)->buyers_between(at("2011-11-01"), at("2011-12-01")),
              ::testing::ElementsAre("first", "last"));
}

TEST(AsOf, LabelsAndInteractionsAreTheSameForAnyNumberOfBucketRanges) {
  TestShop shop;
  shop.add(random_events(13));
  const Timestamp begin = at("2011-01-01"), middle = at("2011-09-01"), end = at("2012-02-01");
  auto one = AsOf::open(shop.workspace(), shop.context(), {.bucket_ranges = 1});
  const auto buyers = *(*one)->buyers_between(middle, end);
  const auto bought = *(*one)->bought_items(middle, begin, middle);
  const auto rows = [](const BoughtItems& items) {
    std::vector<std::tuple<uint32_t, uint32_t, uint32_t, Timestamp>> out;
    for (const auto& row : items.rows) out.emplace_back(row.user, row.item, row.orders, row.last_ts);
    return out;
  };
  EXPECT_TRUE(std::is_sorted(bought.users.begin(), bought.users.end()));
  const auto expected = rows(bought);
  EXPECT_TRUE(std::is_sorted(expected.begin(), expected.end()));
  for (const size_t ranges : {4, 64}) {
    auto many = AsOf::open(shop.workspace(), shop.context(), {.bucket_ranges = ranges});
    EXPECT_EQ(*(*many)->buyers_between(middle, end), buyers);
    EXPECT_EQ(*(*many)->count_members(), *(*one)->count_members());
    const auto again = *(*many)->bought_items(middle, begin, middle);
    EXPECT_EQ(again.users, bought.users);
    EXPECT_EQ(again.items, bought.items);
    EXPECT_EQ(rows(again), expected);
  }
}

TEST(BucketRanges, CoverEveryBucketOnce) {
  for (const size_t n : {1, 3, 64, 65'536}) {
    const auto ranges = bucket_ranges(n);
    ASSERT_EQ(ranges.size(), n);
    EXPECT_EQ(ranges.front().first, 0);
    EXPECT_EQ(ranges.back().last, kBuckets - 1);
    for (size_t i = 1; i < n; ++i) EXPECT_EQ(ranges[i].first, ranges[i - 1].last + 1);
  }
}

TEST(BucketRanges, AreOneForSmallShopsAndGrowWithEventsAndThrift) {
  constexpr uint64_t kGb = uint64_t{1} << 30;
  EXPECT_EQ(bucket_range_count(0, 4 * kGb), 1u);
  EXPECT_EQ(bucket_range_count(4'000'000, 4 * kGb), 1u);
  EXPECT_EQ(bucket_range_count(100'000'000, 4 * kGb), 32u);
  EXPECT_EQ(bucket_range_count(100'000'000, 100 * kGb), 32u);
  EXPECT_EQ(bucket_range_count(100'000'000, kGb / 4), 512u);
}

TEST(AsOf, KnowsWhatIsNoProductFromTheDayItIsSaid) {
  TestShop shop;
  shop.add({{"a", "postage", "buy", at("2011-01-01"), "o1"},
            {"a", "lamp", "buy", at("2011-01-01"), "o1"},
            {"a", "lamp", "buy", at("2011-01-05"), "o2"}},
           {{"postage", "is_product", "false", at("2011-02-01")}});
  auto source = AsOf::open(shop.workspace(), shop.context());
  const auto before = (*source)->bought_items(at("2011-01-31"), 0, at("2011-03-01"));
  const auto after = (*source)->bought_items(at("2011-02-01"), 0, at("2011-03-01"));
  EXPECT_THAT(before->items, ::testing::ElementsAre("lamp", "postage"));
  EXPECT_THAT(after->items, ::testing::ElementsAre("lamp"));
  EXPECT_EQ(after->rows[0].orders, 2u);
  EXPECT_EQ(after->rows[0].last_ts, at("2011-01-05"));
}

}  // namespace
}  // namespace coterie::profile

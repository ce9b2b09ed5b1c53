// Sales counted by SQL against a plain count over the same events; calendar arithmetic; what may be known.
#include "profile/sales.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <deque>

#include <algorithm>
#include <numeric>
#include <set>

#include "base/random.h"
#include "fixtures/shop.h"

namespace coterie::profile {
namespace {

using base::kDay;
using base::Timestamp;
using testing::at;
using testing::TestAttribute;
using testing::TestEvent;
using testing::TestShop;

int64_t units(double amount) { return static_cast<int64_t>(amount * base::Decimal::kScale); }

TEST(Period, IsCutAsTheCalendarIs) {
  const auto day = [](std::string_view text) { return at(text) / kDay; };
  EXPECT_EQ(period_start(day("2011-12-09"), Period::kWeek), day("2011-12-05"));
  EXPECT_EQ(period_start(day("2011-12-05"), Period::kWeek), day("2011-12-05"));
  EXPECT_EQ(period_end(day("2011-12-11"), Period::kWeek), day("2011-12-12"));
  EXPECT_EQ(period_start(day("2012-02-29"), Period::kMonth), day("2012-02-01"));
  EXPECT_EQ(period_end(day("2012-02-29"), Period::kMonth), day("2012-03-01"));
  EXPECT_EQ(period_end(day("2011-12-31"), Period::kMonth), day("2012-01-01"));
  EXPECT_EQ(period_start(day("2011-12-09"), Period::kDay), day("2011-12-09"));
  EXPECT_EQ(month_start(12 * 2011 + 11), day("2011-12-01"));
  EXPECT_EQ(month_start(12 * 1970), 0);
  for (int64_t d = -200'000; d < 200'000; d += 13) {
    const int64_t start = period_start(d, Period::kMonth), end = period_end(d, Period::kMonth);
    ASSERT_LE(start, d);
    ASSERT_GT(end, d);
    ASSERT_EQ(base::utc_string(start * kDay).substr(0, 7), base::utc_string(d * kDay).substr(0, 7));
    ASSERT_NE(base::utc_string(end * kDay).substr(0, 7), base::utc_string(d * kDay).substr(0, 7));
  }
}

// Members and guests who buy, give back and look around; with and without orders, amounts, sessions; some in dollars;
// some by testers.
std::vector<TestEvent> random_sales_events(uint64_t seed) {
  constexpr const char* kBehaviors[] = {"view", "view", "cart", "buy", "buy", "buy", "refund", "share"};
  base::Random random(seed);
  std::vector<TestEvent> events;
  for (int i = 0; i < 4000; ++i) {
    TestEvent event;
    event.user = random.chance(0.1) ? "" : "user" + std::to_string(random.below(300));
    event.guest = "guest" + std::to_string(random.below(90));
    event.item = random.chance(0.05) ? "" : "item" + std::to_string(random.below(40));
    event.behavior = kBehaviors[random.below(std::size(kBehaviors))];
    event.ts = at("2011-01-01") + static_cast<int64_t>(random.below(200 * 24 * 60)) * 60 * base::kSecond;
    if (random.chance(0.5)) event.order = "order" + std::to_string(random.below(1500));
    if (random.chance(0.9))
      event.amount = (event.behavior == "refund" ? -1 : 1) * 0.25 * static_cast<double>(random.below(400));
    if (random.chance(0.97)) event.session = "session" + std::to_string(random.below(700));
    event.currency = random.chance(0.9) ? "" : random.chance(0.5) ? "gbp" : "USD";
    events.push_back(event);
  }
  return events;
}

std::vector<TestAttribute> traits() {
  return {{"user1", "is_bot", "true", at("2011-02-01")},
          {"user2", "is_test", "true", at("2011-07-01")},  // known later than most instants asked
          {"user3", "is_internal", "false", at("2010-02-01")}};
}

std::vector<TestAttribute> products() { return {{"item7", "is_product", "false", at("2010-01-01")}}; }

// The same facts by loops over the events.
class PlainSales {
 public:
  PlainSales(const std::vector<TestEvent>& events, Timestamp as_of, const base::Calendar& calendar, Period by)
      : calendar_(calendar), by_(by) {
    for (const TestEvent& event : events) {
      const bool is_tester = event.user == "user1" || (event.user == "user2" && as_of >= at("2011-07-01"));
      if (event.ts < as_of && !is_tester) events_.push_back(event);
    }
    Timestamp last = 0;
    for (const TestEvent& event : events_) last = std::max(last, event.ts);
    facts.known_until = std::min(as_of, calendar.add_days(calendar.midnight_not_after(last), 1));
    facts.end_day = day(facts.known_until);
    for (const TestEvent& event : events_) count(event);
    for (const auto& [key, order] : orders_) count(order, std::get<0>(key));
    for (auto& [user, orders] : by_member_) count(orders);
    for (const auto& [who, bought] : bought_)
      if (bought) (who.front() == 'u' ? facts.member_units : facts.item_units).push_back(net_[who]);
    for (const auto& [session, steps] : steps_) ++facts.funnel[steps];
    facts.days.merge(refunds());
    std::sort(facts.member_units.begin(), facts.member_units.end());
    std::sort(facts.item_units.begin(), facts.item_units.end());
  }

  SalesFacts facts;

 private:
  struct Order {
    Timestamp ts = 0;
    int64_t amount = 0;
    bool has_amount = false;
  };
  using Key = std::tuple<std::string, std::string, std::string, int64_t>;  // user, guest, order, day

  int64_t day(Timestamp ts) const { return calendar_.to_local(ts) / kDay; }

  static int64_t month(int64_t day) {
    const std::string text = base::utc_string(day * kDay);
    return 12 * std::stoll(text.substr(0, 4)) + std::stoll(text.substr(5, 2)) - 1;
  }

  void count(const TestEvent& event) {
    const bool is_ours = event.amount && event.currency != "USD";
    const int64_t amount = is_ours ? units(*event.amount) : 0;
    BehaviorFacts& behavior = facts.behaviors[event.behavior];
    ++behavior.events;
    behavior.of_members += event.user.empty() ? 0 : 1;
    behavior.with_session += event.session.empty() ? 0 : 1;
    behavior.with_amount += is_ours ? 1 : 0;
    behavior.other_currency += event.amount && !is_ours ? 1 : 0;
    const int64_t step = event.behavior == "view" ? 1 : event.behavior == "cart" ? 2 : 8;
    if (event.behavior != "share" && event.behavior != "refund" && !event.session.empty())
      steps_[event.session] |= step;
    if (event.behavior != "buy" && event.behavior != "refund") return;
    const std::string guest = event.user.empty() ? event.guest : "";
    for (const std::string& who : {event.user, event.item}) {
      if (who.empty() || who == "item7") continue;
      net_[who] += amount;
      bought_[who] = bought_[who] || event.behavior == "buy";
    }
    if (event.behavior == "refund") {
      Order& refund = refunds_[{event.user, guest, event.order, day(event.ts)}];
      refund.ts = event.ts;
      refund.amount += amount;
      return;
    }
    Order& order = orders_[{event.user, guest, event.order, event.order.empty() ? day(event.ts) : 0}];
    order.ts = order.ts == 0 ? event.ts : std::min(order.ts, event.ts);
    order.amount += amount;
    order.has_amount = order.has_amount || is_ours;
  }

  void count(const Order& order, const std::string& user) {
    SalesDay& sums = facts.days[day(order.ts)];
    sums.buy_units += order.amount;
    sums.orders += 1;
    sums.priced_orders += order.has_amount ? 1 : 0;
    sums.guest_orders += user.empty() ? 1 : 0;
    const double amount = static_cast<double>(order.amount) / base::Decimal::kScale;
    sums.squares += amount * amount;
    if (!user.empty()) by_member_[user].push_back(order.ts);
  }

  void count(std::vector<Timestamp>& orders) {
    std::sort(orders.begin(), orders.end());
    ++facts.members;
    std::set<int64_t> periods, months;
    const int64_t first = day(orders[0]);
    for (size_t i = 0; i < orders.size(); ++i) {
      periods.insert(period_start(day(orders[i]), by_));
      months.insert(month(day(orders[i])) - month(first));
      if (i > 0) ++facts.gaps[day(orders[i]) - day(orders[i - 1])];
    }
    for (const int64_t period : periods) ++facts.buyers[period].members;
    ++facts.buyers[period_start(first, by_)].new_members;
    for (const int64_t since : months) ++facts.cohorts[month(first)][since];
    if (first >= facts.end_day) return;
    const bool has_second = orders.size() > 1 && day(orders[1]) < facts.end_day;
    ++second[{(has_second ? day(orders[1]) : facts.end_day - 1) - first, has_second}];
  }

  std::map<int64_t, SalesDay> refunds() {
    std::map<int64_t, SalesDay> out;
    for (const auto& [key, refund] : refunds_) {
      const auto found = facts.days.find(day(refund.ts));
      SalesDay& sums = found == facts.days.end() ? out[day(refund.ts)] : found->second;
      sums.refund_units += refund.amount;
      sums.refunds += 1;
    }
    return out;
  }

  const base::Calendar& calendar_;
  Period by_;
  std::vector<TestEvent> events_;
  std::map<Key, Order> orders_, refunds_;
  std::map<std::string, std::vector<Timestamp>> by_member_;
  std::map<std::string, int64_t> net_, steps_;
  std::map<std::string, bool> bought_;

 public:
  std::map<std::pair<int64_t, bool>, uint64_t> second;
};

std::map<std::pair<int64_t, bool>, uint64_t> seconds(const SalesFacts& facts) {
  std::map<std::pair<int64_t, bool>, uint64_t> out;
  for (const auto& one : facts.second_orders) out[{one.days, one.has_second}] = one.members;
  return out;
}

void expect_equal(SalesFacts& read, PlainSales& plain) {
  SalesFacts& facts = plain.facts;
  EXPECT_EQ(read.known_until, facts.known_until);
  EXPECT_EQ(read.end_day, facts.end_day);
  ASSERT_EQ(read.behaviors.size(), facts.behaviors.size());
  for (const auto& [name, behavior] : facts.behaviors) {
    const BehaviorFacts& other = read.behaviors.at(name);
    EXPECT_EQ(
        std::tie(other.events, other.of_members, other.with_session, other.with_amount, other.other_currency),
        std::tie(behavior.events, behavior.of_members, behavior.with_session, behavior.with_amount,
                 behavior.other_currency))
        << name;
  }
  ASSERT_EQ(read.days.size(), facts.days.size());
  for (const auto& [day, sums] : facts.days) {
    const SalesDay& other = read.days.at(day);
    EXPECT_EQ(std::tie(other.buy_units, other.refund_units, other.orders, other.priced_orders,
                       other.guest_orders, other.refunds),
              std::tie(sums.buy_units, sums.refund_units, sums.orders, sums.priced_orders, sums.guest_orders,
                       sums.refunds))
        << day;
    EXPECT_NEAR(other.squares, sums.squares, 1e-6);
  }
  ASSERT_EQ(read.buyers.size(), facts.buyers.size());
  for (const auto& [day, buyers] : facts.buyers) {
    EXPECT_EQ(read.buyers.at(day).members, buyers.members);
    EXPECT_EQ(read.buyers.at(day).new_members, buyers.new_members);
  }
  EXPECT_EQ(read.members, facts.members);
  EXPECT_EQ(read.cohorts, facts.cohorts);
  EXPECT_EQ(seconds(read), plain.second);
  EXPECT_EQ(read.gaps, facts.gaps);
  std::sort(read.member_units.begin(), read.member_units.end());
  EXPECT_EQ(read.member_units, facts.member_units);
  EXPECT_EQ(read.item_units, facts.item_units);
  EXPECT_TRUE(read.funnel_is_of_sessions);
  EXPECT_EQ(read.funnel, facts.funnel);
}

TEST(Sales, EqualAPlainCountOverTheEvents) {
  for (const char* zone : {"Asia/Shanghai", "America/New_York"})
    for (const char* date : {"2011-05-15 00:00", "2011-07-10 13:30", "2012-01-01 00:00"})
      for (const Period by : {Period::kDay, Period::kWeek, Period::kMonth}) {
        SCOPED_TRACE(fmt::format("{} {} {}", zone, date, to_string(by)));
        TestShop shop(zone);
        const auto events = random_sales_events(3);
        shop.add(events, products(), traits());
        auto source = *AsOf::open(shop.workspace(), shop.context(), {.bucket_ranges = 5});
        auto read = read_sales(*source, {at(date), "GBP", by});
        ASSERT_TRUE(read) << read.error().message();
        PlainSales plain(events, at(date), source->calendar(), by);
        expect_equal(*read, plain);
      }
}

TEST(Sales, AreTheSameForAnyNumberOfRangesAndThreads) {
  std::deque<TestShop> shops;  // facts hold on to the budget of theirs
  std::vector<SalesFacts> all;
  for (const auto& [threads, ranges] : {std::pair<size_t, size_t>{1, 1}, {2, 5}, {7, 64}}) {
    TestShop& shop = shops.emplace_back("Europe/London", threads);
    shop.add(random_sales_events(4), products(), traits());
    auto source = *AsOf::open(shop.workspace(), shop.context(), {.bucket_ranges = ranges});
    all.push_back(*read_sales(*source, {at("2011-07-01"), "GBP", Period::kWeek}));
  }
  for (const SalesFacts& other : all) {
    ASSERT_EQ(other.days.size(), all[0].days.size());
    for (const auto& [day, sums] : all[0].days) {
      EXPECT_EQ(other.days.at(day).buy_units, sums.buy_units);
      EXPECT_EQ(other.days.at(day).squares, sums.squares) << "the same bits";
    }
    EXPECT_EQ(other.cohorts, all[0].cohorts);
    EXPECT_EQ(other.gaps, all[0].gaps);
    EXPECT_EQ(seconds(other), seconds(all[0]));
    EXPECT_EQ(other.funnel, all[0].funnel);
  }
}

TEST(Sales, OfAShopWithoutCustomersAreEmpty) {
  TestShop shop;
  shop.add({{"robot", "a", "buy", at("2011-01-01"), "o", 5.0}}, {}, {{"robot", "is_bot", "true", 0}});
  auto source = *AsOf::open(shop.workspace(), shop.context());
  const auto facts = read_sales(*source, {at("2011-02-01"), "GBP", Period::kWeek});
  ASSERT_TRUE(facts) << facts.error().message();
  EXPECT_TRUE(facts->behaviors.empty());
  EXPECT_TRUE(facts->days.empty());
  EXPECT_TRUE(facts->member_units.empty());
}

}  // namespace
}  // namespace coterie::profile

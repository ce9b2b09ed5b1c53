// Sales and cohorts: small shops counted by hand, what cannot be said, planted changes, and what may be known.
#include "understand/sales/sales.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "fixtures/shop.h"

namespace coterie::understand {
namespace {

using base::kDay;
using base::Timestamp;
using profile::Period;
using testing::at;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::TestEvent;
using testing::TestShop;

int64_t day(std::string_view text) { return at(text) / kDay; }

Sales sales_of(TestShop& shop, std::string_view as_of, Period by = Period::kMonth) {
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  auto sales = compute_sales(*source, {at(as_of), "GBP", by});
  EXPECT_TRUE(sales) << sales.error().message();
  return std::move(*sales);
}

std::vector<std::string> codes(const Sales& sales) {
  std::vector<std::string> out;
  for (const auto& limit : sales.limits) out.push_back(limit["code"]);
  return out;
}

// Four members, of whom a, b and c bought twice and d once; a guest; one refund. The login says that the shop was open
// on the last day of March.
std::vector<TestEvent> small_shop() {
  return {{"a", "lamp", "buy", at("2011-01-05 10:00"), "1", 60.0},
          {"a", "vase", "buy", at("2011-01-05 10:01"), "1", 20.0},
          {"b", "lamp", "buy", at("2011-01-20 10:00"), "2", 60.0},
          {"a", "lamp", "buy", at("2011-02-04 10:00"), "3", 30.0},
          {"c", "pen", "buy", at("2011-02-10 10:00"), "4", 4.0},
          {"", "pen", "buy", at("2011-02-11 10:00"), "5", 6.0},
          {"a", "lamp", "refund", at("2011-02-12 10:00"), "R", -30.0},
          {"d", "vase", "buy", at("2011-03-01 10:00"), "6", 10.0},
          {"b", "pen", "buy", at("2011-03-20 10:00"), "7", 5.0},
          {"c", "pen", "buy", at("2011-03-22 10:00"), "8", 5.0},
          {"d", "", "login", at("2011-03-31 12:00")},
          {"a", "cup", "buy", at("2011-03-31 23:59"), "9", 0.0}};
}

TEST(Sales, OfASmallShopAreCountedByHand) {
  TestShop shop;
  shop.add(small_shop());
  const Sales sales =
      sales_of(shop, "2011-03-31 23:00");  // London's clock went forward on the 27th: UTC's 23:00 is midnight
  ASSERT_EQ(sales.periods.size(), 3u);
  const auto& [january, february, march] = std::tie(sales.periods[0], sales.periods[1], sales.periods[2]);
  EXPECT_EQ(january.start_day, day("2011-01-01"));
  EXPECT_FALSE(january.is_whole) << "the data begin on the fifth";
  EXPECT_TRUE(february.is_whole);
  EXPECT_TRUE(march.is_whole);
  EXPECT_EQ(january.sums.buy_units, 140 * base::Decimal::kScale);
  EXPECT_EQ(january.sums.orders, 2);
  EXPECT_EQ(january.buyers.new_members, 2);
  EXPECT_EQ(*average_order(january.sums), 70);
  EXPECT_EQ(february.sums.buy_units, 40 * base::Decimal::kScale);
  EXPECT_EQ(february.sums.refund_units, -30 * base::Decimal::kScale);
  EXPECT_EQ(february.sums.refunds, 1);
  EXPECT_EQ(february.sums.guest_orders, 1);
  EXPECT_EQ(february.buyers.members, 2);
  EXPECT_EQ(february.buyers.new_members, 1);
  EXPECT_EQ(march.buyers.members, 3) << "the order of 23:59 is of April: after as_of";
  EXPECT_EQ(sales.total.sums.orders, 8);
  EXPECT_EQ(sales.total.buyers.members, 4);
  EXPECT_THAT(codes(sales), ElementsAre("sales_no_weekdays", "sales_not_watched", "sales_no_funnel"));
}

TEST(Sales, CohortsEndWithTheLastWholeMonth) {
  TestShop shop;
  shop.add(small_shop());
  const Sales whole = sales_of(shop, "2011-03-31 23:00");
  ASSERT_EQ(whole.cohorts.size(), 3u);
  EXPECT_EQ(whole.cohorts[0].month, 12 * 2011);
  EXPECT_EQ(whole.cohorts[0].members, 2);
  EXPECT_THAT(whole.cohorts[0].again, ElementsAre(2, 1, 1));
  EXPECT_THAT(whole.cohorts[1].again, ElementsAre(1, 1));
  EXPECT_THAT(whole.cohorts[2].again, ElementsAre(1));
  const Sales early = sales_of(shop, "2011-03-25");
  ASSERT_EQ(early.cohorts.size(), 3u);
  EXPECT_THAT(early.cohorts[0].again, ElementsAre(2, 1)) << "March is not over: empty, not zero";
  EXPECT_FALSE(early.cohorts[2].is_whole);
  EXPECT_EQ(early.cohorts[2].members, 1);
  EXPECT_THAT(early.cohorts[2].again, IsEmpty());
}

TEST(Sales, SecondPurchasesAreCensoredAtTheLastWholeDay) {
  TestShop shop;
  shop.add(small_shop());
  const Sales sales = sales_of(shop, "2011-03-31 23:00");
  // a after 30 days, c after 40, d not within 30 (31 March is the last whole day), b after 59.
  const SecondPurchase& second = *sales.second_purchase;
  EXPECT_EQ(second.members, 4u);
  EXPECT_EQ(second.again, 3u);
  EXPECT_EQ(second.shares[0].days, 30);
  EXPECT_EQ(second.shares[0].at_risk, 4u);
  EXPECT_DOUBLE_EQ(*second.shares[0].share, 0.25);
  EXPECT_LT(*second.shares[0].low, 0.25);
  EXPECT_GT(*second.shares[0].high, 0.25);
  EXPECT_EQ(second.median.value, 40.0);  // 3/4 · 1/2 = 3/8
  EXPECT_EQ(second.shares[1].share, 1.0) << "nobody observed for 59 days had not bought again";
  EXPECT_FALSE(second.shares[1].low);
  EXPECT_EQ(second.curve.front().share, 0.0);
  EXPECT_EQ(second.curve.back().days, 56);
}

TEST(Sales, GapsAreLocalDaysBetweenOrders) {
  TestShop shop;
  shop.add(small_shop());
  const Sales sales = sales_of(shop, "2011-03-31 23:00");
  EXPECT_EQ(sales.gaps->gaps, 3u);  // 30, 40, 59
  EXPECT_DOUBLE_EQ(sales.gaps->quantiles[2], 40);
  EXPECT_DOUBLE_EQ(sales.gaps->quantiles[0], 32);
  EXPECT_EQ(sales.gaps->histogram[3].gaps, 1u);
  EXPECT_EQ(sales.gaps->histogram[4].from, 31);
  EXPECT_EQ(sales.gaps->histogram[4].to, 60);
  EXPECT_EQ(sales.gaps->histogram[4].gaps, 2u);
  EXPECT_FALSE(sales.gaps->histogram.back().to);
}

TEST(Sales, ClassesAreOfNetAmounts) {
  TestShop shop;
  shop.add(small_shop(), {{"pen", "is_product", "false", 0}});
  const Sales sales = sales_of(shop, "2011-03-31 23:00");
  // Items: lamp 120, vase 30; pens are no product. Members: a 80, b 65, d 10, c 9.
  EXPECT_EQ(sales.items->count, 2u);
  EXPECT_EQ(sales.items->classes[0].count, 1u) << "120 of 150 are 80 %";
  EXPECT_EQ(sales.items->classes[1].count, 1u);
  EXPECT_DOUBLE_EQ(sales.items->gini, (120.0 - 30) / (2 * 150));
  EXPECT_EQ(sales.members->count, 4u);
  EXPECT_EQ(sales.members->classes[0].count, 2u);
  EXPECT_EQ(sales.members->classes[0].amount, 145 * base::Decimal::kScale);
}

TEST(Sales, TheFunnelIsOfSessionsWhereThereAreSome) {
  TestShop shop;
  const auto event = [](const char* user, const char* behavior, const char* session) {
    TestEvent made{user, "lamp", behavior, at("2011-01-05")};
    made.session = session;
    return made;
  };
  shop.add({event("a", "view", "1"), event("a", "cart", "1"), event("a", "buy", "1"),  // all the way
            event("", "view", "2"), event("b", "cart", "2"),                           // logs in on the way
            event("b", "view", "3"), event("b", "buy", "4"),  // the purchase is in another
            event("c", "buy", "5")});                         // without a look
  const Sales sales = sales_of(shop, "2011-02-01");
  ASSERT_TRUE(sales.funnel);
  EXPECT_TRUE(sales.funnel->is_of_sessions);
  ASSERT_EQ(sales.funnel->steps.size(), 3u);
  const auto& [view, cart, buy] =
      std::tie(sales.funnel->steps[0], sales.funnel->steps[1], sales.funnel->steps[2]);
  EXPECT_EQ(view.reached, 3);
  EXPECT_FALSE(view.conversion);
  EXPECT_EQ(cart.reached, 2);
  EXPECT_DOUBLE_EQ(*cart.conversion, 2.0 / 3);
  EXPECT_EQ(buy.did, 3);
  EXPECT_EQ(buy.reached, 1);
  EXPECT_DOUBLE_EQ(*buy.conversion, 0.5);
  EXPECT_THAT(sales.funnel->absent, ElementsAre("checkout"));
  EXPECT_THAT(codes(sales),
              ::testing::IsSupersetOf({"sales_no_checkout", "sales_no_amounts", "sales_no_refunds"}));
}

TEST(Sales, TheFunnelIsOfMembersWherePurchasesHaveNoSession) {
  TestShop shop;
  TestEvent view{"a", "lamp", "view", at("2011-01-05")};
  view.session = "1";
  shop.add({view, {"a", "lamp", "buy", at("2011-01-06")}, {"", "lamp", "buy", at("2011-01-06")}});
  const Sales sales = sales_of(shop, "2011-02-01");
  EXPECT_FALSE(sales.funnel->is_of_sessions);
  EXPECT_EQ(sales.funnel->steps.back().reached, 1);
  EXPECT_EQ(sales.funnel->left_out, 1) << "the guest's";
}

TEST(Sales, WhatAShopDoesNotRecordIsLeftOutAndSaid) {
  TestShop views, guests, plain;
  views.add({{"a", "lamp", "view", at("2011-01-05")}, {"a", "lamp", "cart", at("2011-01-05")}});
  const Sales looked = sales_of(views, "2011-02-01");
  EXPECT_THAT(codes(looked), ElementsAre("sales_none", "sales_no_checkout"));
  EXPECT_THAT(looked.periods, IsEmpty());
  EXPECT_TRUE(looked.funnel);
  guests.add({{"", "lamp", "buy", at("2011-01-05"), "1", 5.0}, {"", "", "buy", at("2011-01-06"), "2", 5.0}});
  const Sales anonymous = sales_of(guests, "2011-02-01");
  EXPECT_THAT(codes(anonymous), ::testing::Contains("sales_no_members"));
  EXPECT_FALSE(anonymous.second_purchase);
  EXPECT_FALSE(anonymous.members);
  EXPECT_EQ(anonymous.total.sums.guest_orders, 2);
  plain.add({{"a", "lamp", "buy", at("2011-01-05")}, {"b", "lamp", "buy", at("2011-01-06")}});
  const Sales unpriced = sales_of(plain, "2011-02-01");
  EXPECT_THAT(codes(unpriced), ::testing::IsSupersetOf({"sales_no_amounts", "sales_no_gaps"}));
  EXPECT_FALSE(unpriced.items);
  EXPECT_FALSE(average_order(unpriced.total.sums));
  EXPECT_EQ(unpriced.total.sums.orders, 2);
  EXPECT_EQ(unpriced.second_purchase->members, 2u);
  EXPECT_FALSE(unpriced.second_purchase->shares[0].share) << "nobody was observed for thirty days";
}

TEST(Sales, AmountsInAnotherCurrencyCountInNoSum) {
  TestShop shop;
  TestEvent dollars{"a", "lamp", "buy", at("2011-01-06"), "2", 100.0};
  dollars.currency = "USD";
  shop.add({{"a", "lamp", "buy", at("2011-01-05"), "1", 5.0}, dollars});
  const Sales sales = sales_of(shop, "2011-02-01");
  EXPECT_EQ(sales.total.sums.buy_units, 5 * base::Decimal::kScale);
  EXPECT_EQ(sales.total.sums.orders, 2);
  EXPECT_EQ(*average_order(sales.total.sums), 5);
  EXPECT_THAT(codes(sales), ::testing::Contains("sales_some_amounts"));
}

// `daily` orders a day for a year, on Sundays a half, from `turn` on `after` as many.
std::vector<TestEvent> year(double daily, int64_t turn, double after) {
  base::Random random(7);
  std::vector<TestEvent> events;
  for (int64_t d = 0; d < 364; ++d) {
    const bool is_sunday = d % 7 == 6;  // 2011-01-03 is a Monday
    const double expected = daily * (is_sunday ? 0.5 : 1) * (d >= turn ? after : 1);
    const auto orders = static_cast<int>(expected + std::sqrt(expected) * random.normal());
    for (int i = 0; i < orders; ++i)
      events.push_back({"user" + std::to_string(random.below(2000)), "lamp", "buy",
                        at("2011-01-03") + d * kDay + 12 * base::kHour + i * base::kSecond,
                        fmt::format("{} {}", d, i), 1.0 + static_cast<double>(random.below(99))});
  }
  return events;
}

TEST(Sales, FindAPlantedChangeAndThePlantedWeek) {
  TestShop shop("UTC");
  shop.add(year(60, 210, 1.6));
  const Sales sales = sales_of(shop, "2012-01-02", Period::kWeek);
  ASSERT_EQ(sales.periods.size(), 52u);
  ASSERT_EQ(sales.shifts->shifts.size(), 1u);
  const SalesShift& shift = sales.shifts->shifts[0];
  EXPECT_NEAR(static_cast<double>(shift.since_day - day("2011-01-03")), 210, 3);
  EXPECT_LT(shift.low, 0.6);
  EXPECT_GT(shift.high, 0.6);
  EXPECT_GT(shift.low, 0.2);
  ASSERT_TRUE(sales.weekdays);
  EXPECT_NEAR(sales.weekdays->factors[6], 0.5 * 7 / 6.5, 0.1);
  EXPECT_NEAR(sales.weekdays->factors[2], 7 / 6.5, 0.1);
}

TEST(Sales, KnowNothingOfWhatComesAfter) {
  auto events = small_shop();
  TestShop before, with_more;
  before.add(events);
  for (const TestEvent& more : {TestEvent{"d", "lamp", "buy", at("2011-03-25"), "x", 900.0},
                                TestEvent{"e", "lamp", "view", at("2011-03-30")},
                                TestEvent{"b", "lamp", "refund", at("2012-03-26"), "y", -60.0}})
    events.push_back(more);
  with_more.add(events, {{"lamp", "is_product", "false", at("2011-03-26")}},
                {{"a", "is_bot", "true", at("2011-04-01")}});
  const Sales a = sales_of(before, "2011-03-25"), b = sales_of(with_more, "2011-03-25");
  EXPECT_EQ(a.known_until, b.known_until);
  EXPECT_EQ(a.total.sums.buy_units, b.total.sums.buy_units);
  EXPECT_EQ(a.total.sums.refunds, b.total.sums.refunds);
  EXPECT_EQ(a.second_purchase->median.value, b.second_purchase->median.value);
  EXPECT_EQ(a.gaps->quantiles, b.gaps->quantiles);
  EXPECT_EQ(a.items->gini, b.items->gini);
  EXPECT_EQ(a.members->gini, b.members->gini);
  EXPECT_EQ(codes(a), codes(b));
}

TEST(Sales, AreKnownToTheLastEventAndNotToADistantInstant) {
  TestShop shop;
  shop.add(small_shop());
  const Sales sales = sales_of(shop, "2999-01-01");
  EXPECT_EQ(sales.known_until, at("2011-04-01 23:00"))
      << "the midnight after 23:59 UTC of 31 March, 0:59 in London";
  EXPECT_EQ(sales.periods.size(), 4u);
  EXPECT_EQ(sales.cohorts[0].again.size(), 3u);
}

}  // namespace
}  // namespace coterie::understand

// Tastes against a plain computation over the same events; which columns a shop gets; what may be known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "base/random.h"
#include "fixtures/shop.h"
#include "profile/features.h"

namespace coterie::profile {
namespace {

using base::kDay;
using base::Timestamp;
using testing::at;
using testing::TestAttribute;
using testing::TestEvent;
using testing::TestShop;

std::vector<TestEvent> random_tastes_events(uint64_t seed) {
  constexpr const char* kBehaviors[] = {"view", "view", "favorite", "cart", "buy", "refund", "share"};
  base::Random random(seed);
  std::vector<TestEvent> events;
  for (int i = 0; i < 3000; ++i) {
    TestEvent event;
    event.user = random.chance(0.1) ? "" : "user" + std::to_string(random.below(50));
    event.item = random.chance(0.05) ? "" : "item" + std::to_string(random.below(40));
    event.behavior = kBehaviors[random.below(std::size(kBehaviors))];
    event.ts = at("2011-01-01") + static_cast<int64_t>(random.below(200 * 24 * 60)) * 60 * base::kSecond;
    events.push_back(event);
  }
  return events;
}

// Item n is filed under food/n % 3 or home/n % 4; some move on 2011-06-01, some are filed nowhere.
std::vector<TestAttribute> categories() {
  std::vector<TestAttribute> out;
  for (int n = 0; n < 36; ++n) {
    const std::string item = "item" + std::to_string(n);
    out.push_back({item, "category",
                   n % 2 == 0 ? "food / " + std::to_string(n % 3) : "home>" + std::to_string(n % 4),
                   at("2010-01-01")});
    if (n % 5 == 0) out.push_back({item, "category", "home/moved", at("2011-06-01")});
  }
  return out;
}

std::string category_at(const std::string& item, Timestamp as_of) {
  if (item.empty()) return "";
  const int n = std::stoi(item.substr(4));
  if (n >= 36) return "";
  if (n % 5 == 0 && as_of >= at("2011-06-01")) return "home/moved";
  return n % 2 == 0 ? "food/" + std::to_string(n % 3) : "home/" + std::to_string(n % 4);
}

// By user, category and local day: 2 for a buy, else 1.
std::map<std::string, std::map<std::string, double>> plain_interest(const std::vector<TestEvent>& events,
                                                                    Timestamp as_of,
                                                                    const base::Calendar& calendar) {
  std::map<std::string, std::map<std::string, std::map<int64_t, double>>> days;
  for (const TestEvent& e : events) {
    const std::string category = category_at(e.item, as_of);
    if (e.user.empty() || category.empty() || e.ts >= as_of) continue;
    if (e.behavior == "refund" || e.behavior == "share") continue;
    double& day = days[e.user][category][calendar.to_local(e.ts) / kDay];
    day = std::max(day, e.behavior == "buy" ? 2.0 : 1.0);
  }
  std::map<std::string, std::map<std::string, double>> out;
  for (const auto& [user, by_category] : days)
    for (const auto& [category, by_day] : by_category)
      for (const auto& [day, weight] : by_day) out[user][category] += weight;
  return out;
}

TEST(Tastes, EqualAPlainComputationMemberByMember) {
  for (const char* date : {"2011-05-15", "2011-07-10"}) {
    SCOPED_TRACE(date);
    TestShop shop("Asia/Shanghai");
    const auto events = random_tastes_events(3);
    shop.add(events, categories());
    auto source = AsOf::open(shop.workspace(), shop.context());
    const Timestamp as_of = at(date);
    const auto vocabulary = fit_tastes(**source, as_of);
    ASSERT_TRUE(vocabulary) << vocabulary.error().message();
    const auto plain = plain_interest(events, as_of, (*source)->calendar());
    std::map<std::string, double> shop_wide;
    double all = 0;
    for (const auto& [user, interest] : plain)
      for (const auto& [category, days] : interest) shop_wide[category] += days, all += days;
    ASSERT_EQ(vocabulary->categories.size(), shop_wide.size());
    const auto table = compute_features(**source, as_of, {.tastes = &*vocabulary});
    ASSERT_TRUE(table) << table.error().message();
    size_t known = 0;
    for (size_t row = 0; row < table->rows(); ++row) {
      const auto it = plain.find(table->users[row]);
      double total = 0;
      if (it != plain.end())
        for (const auto& [category, days] : it->second) total += days;
      EXPECT_EQ((*table->column(kTasteInterest))->values[row], total);
      for (const auto& [category, days] : shop_wide) {
        const auto* column = *table->column(std::string(kTastePrefix) + category);
        ASSERT_EQ(column->is_missing(row), total == 0);
        if (total == 0) continue;
        ++known;
        const auto own = it->second.find(category);
        const double expected = ((own == it->second.end() ? 0 : own->second) + 2 * days / all) / (total + 2);
        EXPECT_NEAR(column->values[row], expected, 1e-12) << table->users[row] << " " << category;
      }
    }
    EXPECT_GT(known, 200u);
  }
}

TEST(Tastes, AreTheSameBitsForAnyNumberOfRangesAndThreads) {
  std::vector<std::vector<double>> values;
  std::vector<std::vector<int64_t>> interests;
  for (const auto& [threads, ranges] : {std::pair<size_t, size_t>{1, 1}, {2, 5}, {7, 64}}) {
    TestShop shop("Europe/London", threads);
    shop.add(random_tastes_events(4), categories());
    auto source = AsOf::open(shop.workspace(), shop.context(), {.bucket_ranges = ranges});
    const auto vocabulary = *fit_tastes(**source, at("2011-07-01"));
    const auto table = *compute_features(**source, at("2011-07-01"), {.tastes = &vocabulary});
    interests.push_back(vocabulary.interest);
    values.emplace_back();
    for (const auto& column : table.columns)
      values.back().insert(values.back().end(), column.values.begin(), column.values.end());
  }
  EXPECT_EQ(interests[0], interests[1]);
  EXPECT_EQ(interests[0], interests[2]);
  EXPECT_EQ(values[0], values[1]);
  EXPECT_EQ(values[0], values[2]);
}

// `top` departments of `deep` categories each; the first is looked at most, then the second, ...
void add_shop(TestShop& shop, int top, int deep) {
  std::vector<TestEvent> events;
  std::vector<TestAttribute> attributes;
  for (int i = 0; i < top * deep; ++i) {
    const std::string item = "item" + std::to_string(i);
    attributes.push_back(
        {item, "category", "d" + std::to_string(100 + i / deep) + "/c" + std::to_string(i), 0});
    for (int views = 0; views < 1 + top * deep - i; ++views)
      events.push_back({"user" + std::to_string(views), item, "view", at("2011-01-01")});
  }
  shop.add(events, attributes);
}

TEST(Tastes, TellApartTheDeepestLevelThatFitsAndPutTheRestTogether) {
  const auto vocabulary_of = [](int top, int deep) {
    TestShop shop;
    add_shop(shop, top, deep);
    auto source = AsOf::open(shop.workspace(), shop.context());
    return *fit_tastes(**source, at("2012-01-01"));
  };
  const auto fine = vocabulary_of(4, 5);
  EXPECT_EQ(fine.categories.size(), 20u);
  EXPECT_EQ(fine.categories[0], "d100/c0");
  EXPECT_EQ(fine.other_interest, 0);
  const auto departments = vocabulary_of(7, 3);
  EXPECT_EQ(departments.levels, 1);
  EXPECT_EQ(departments.categories.size(), 7u);
  EXPECT_EQ(departments.columns(), 7u);
  const auto many = vocabulary_of(25, 1);
  EXPECT_EQ(many.categories.size(), kMostTastes);
  EXPECT_GT(many.other_interest, 0);
  EXPECT_EQ(many.categories.back(), "d119");  // those of least interest are the rest
  EXPECT_EQ(many.column_names().back(), "taste:other");
  const auto shares = many.mean_shares();
  EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1.0, 1e-12);
}

// Of 4 by 5, 7 by 3 and 25 by 1 categories each fits at another level, or at none.
TEST(Tastes, AreTheSameFittedInThePassOfTheFeatures) {
  for (const auto& [top, deep] : {std::pair<int, int>{4, 5}, {7, 3}, {25, 1}, {0, 0}}) {
    for (const size_t ranges : {1, 7}) {
      SCOPED_TRACE(::testing::Message() << top << " by " << deep << ", " << ranges << " ranges");
      TestShop shop;
      add_shop(shop, top, deep);
      if (top == 0) shop.add({{"u", "a", "view", at("2011-01-01")}});
      auto source = AsOf::open(shop.workspace(), shop.context(), {.bucket_ranges = ranges});
      const Timestamp as_of = at("2012-01-01");
      const auto alone = *fit_tastes(**source, as_of);
      const auto given = *compute_features(**source, as_of, {.tastes = &alone});
      TasteVocabulary fitted;
      const auto table = *compute_features(**source, as_of, {.fit_tastes = &fitted});
      EXPECT_EQ(fitted.levels, alone.levels);
      EXPECT_EQ(fitted.categories, alone.categories);
      EXPECT_EQ(fitted.interest, alone.interest);
      EXPECT_EQ(fitted.other_interest, alone.other_interest);
      ASSERT_EQ(table.columns.size(), given.columns.size());
      for (size_t c = 0; c < table.columns.size(); ++c) {
        EXPECT_EQ(table.columns[c].name, given.columns[c].name);
        EXPECT_EQ(table.columns[c].values, given.columns[c].values) << table.columns[c].name;
        EXPECT_EQ(table.columns[c].valid, given.columns[c].valid) << table.columns[c].name;
      }
    }
  }
}

TEST(Tastes, HaveNamesThatColumnsMayHave) {
  TasteVocabulary vocabulary;
  vocabulary.categories = {"Other", "TOYS", "Toys", "toys", "toys (2)"};
  vocabulary.interest = {1, 1, 1, 1, 1};
  EXPECT_THAT(vocabulary.column_names(), ::testing::ElementsAre("taste:Other", "taste:TOYS", "taste:Toys (2)",
                                                                "taste:toys (3)", "taste:toys (2) (2)"));
  vocabulary.other_interest = 1;
  EXPECT_EQ(vocabulary.column_names().front(), "taste:Other (2)");
  EXPECT_EQ(vocabulary.column_names().back(), "taste:other");
}

TEST(Tastes, AreNoneWithoutCategories) {
  TestShop shop;
  shop.add(random_tastes_events(5), {{"item1", "category", "  ", 0}, {"item2", "name", "Lamp", 0}});
  auto source = AsOf::open(shop.workspace(), shop.context());
  const auto vocabulary = fit_tastes(**source, at("2011-07-01"));
  ASSERT_TRUE(vocabulary) << vocabulary.error().message();
  EXPECT_TRUE(vocabulary->empty());
  const auto table = compute_features(**source, at("2011-07-01"), {.tastes = &*vocabulary});
  EXPECT_EQ(table->columns.size(), compute_features(**source, at("2011-07-01"))->columns.size());
}

TEST(Tastes, AnotherInstantKeepsTheColumnsOfTheVocabulary) {
  TestShop shop;
  shop.add({{"u", "a", "view", at("2011-01-01")}, {"u", "b", "buy", at("2011-02-01")}},
           {{"a", "category", "known", 0}, {"b", "category", "later", at("2011-02-01")}});
  auto source = AsOf::open(shop.workspace(), shop.context());
  const auto vocabulary = *fit_tastes(**source, at("2011-01-15"));
  EXPECT_THAT(vocabulary.categories, ::testing::ElementsAre("known"));
  const auto table = *compute_features(**source, at("2011-03-01"), {.tastes = &vocabulary});
  EXPECT_EQ((*table.column("taste:known"))->values[0], 1.0);
  EXPECT_EQ((*table.column(kTasteInterest))->values[0], 1.0);  // "later" was never seen in training
}

}  // namespace
}  // namespace coterie::profile

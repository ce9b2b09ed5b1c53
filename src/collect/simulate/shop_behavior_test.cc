// The habits of the synthetic shop: what an analyst of a real one would expect to see, and the truth behind
// it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "collect/simulate/read_shop.h"
#include "collect/simulate/shop_source.h"

namespace coterie::collect::simulate {
namespace {

constexpr double kLastDays = 90;

// A clean shop, read once for all tests that look at behaviour.
class Shop : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shop_source = new ShopSource(kRetailProfile, {.users = 3'000, .days = 365, .seed = 7, .dirty = 0.0});
    std::string text;
    drain(*shop_source, 1 << 16, [&](std::string_view block) { text.append(block); });
    shop_rows = new std::vector<Fields>(rows_of(text));
    shop_rows->erase(shop_rows->begin());
  }
  static void TearDownTestSuite() {
    delete shop_rows;
    delete shop_source;
  }

  static const std::vector<Fields>& rows() { return *shop_rows; }
  static const ShopTruth& truth() { return shop_source->truth(); }
  static size_t count(std::string_view behavior) {
    return static_cast<size_t>(std::count_if(
        rows().begin(), rows().end(), [&](const Fields& row) { return row[kBehaviorType] == behavior; }));
  }
  static bool is_guest(const Fields& row) { return row[kUserId].empty(); }
  static size_t member_of(const Fields& row) { return std::stoul(row[kUserId].substr(1)); }
  static base::Timestamp time_of(const Fields& row) {
    const auto civil = base::parse_civil_time(row[kTimestamp]);
    EXPECT_TRUE(civil.has_value() && civil->offset_seconds == 8 * 3600) << row[kTimestamp];
    return civil->local_us;
  }
  static base::Timestamp end() { return base::parse_civil_time("2026-01-01")->local_us; }

 private:
  static inline ShopSource* shop_source = nullptr;
  static inline std::vector<Fields>* shop_rows = nullptr;
};

TEST_F(Shop, EveryLineHasEveryFieldAndAnIdOfItsOwn) {
  std::set<std::string> ids;
  for (const Fields& row : rows()) {
    ASSERT_EQ(row.size(), size_t{kColumns});
    EXPECT_TRUE(ids.insert(row[kEventId]).second);
  }
}

TEST_F(Shop, ComesOutInOrderOfTimeWithinThePeriod) {
  base::Timestamp last = end() - 365 * base::kDay;
  for (const Fields& row : rows()) {
    const base::Timestamp now = time_of(row);
    ASSERT_LE(last, now);
    last = now;
  }
  EXPECT_LT(last, end());
  EXPECT_EQ(end() - 8 * base::kHour, kShopEnd);
}

TEST_F(Shop, EveryMemberActsAtLeastOnce) {
  std::set<std::string> users;
  for (const Fields& row : rows())
    if (!is_guest(row)) users.insert(row[kUserId]);
  EXPECT_EQ(users.size(), 3'000u);
}

TEST_F(Shop, TellsAboutItemsAndMembersOnTheirFirstRow) {
  std::set<std::string> items, users;
  size_t price_changes = 0, level_changes = 0;
  for (const Fields& row : rows()) {
    if (!row[kItemId].empty() && items.insert(row[kItemId]).second) {
      EXPECT_FALSE(row[kItemName].empty() || row[kItemCategory].empty() || row[kItemBrand].empty());
      EXPECT_FALSE(row[kItemListPrice].empty());
    } else {
      EXPECT_TRUE(row[kItemName].empty());
      price_changes += !row[kItemListPrice].empty();
    }
    if (!is_guest(row) && users.insert(row[kUserId]).second) {
      EXPECT_FALSE(row[kUserCity].empty() || row[kUserMemberLevel].empty() || row[kUserRegisteredAt].empty());
      EXPECT_LE(row[kUserRegisteredAt], row[kTimestamp].substr(0, 10));
    } else {
      EXPECT_TRUE(row[kUserCity].empty());
      level_changes += !row[kUserMemberLevel].empty();
    }
  }
  EXPECT_GT(price_changes, items.size() / 5);
  EXPECT_GT(level_changes, 100u);
}

TEST_F(Shop, LooksMoreThanItCartsAndCartsMoreThanItBuys) {
  EXPECT_GT(count("view"), 5 * count("cart"));
  EXPECT_GT(count("cart"), count("buy") * 5 / 4);
  EXPECT_GT(count("buy"), 20 * count("refund"));
  for (const auto* rare : {"search", "favorite", "share", "login", "checkout", "review", "refund"})
    EXPECT_GT(count(rare), 0u) << rare;
}

TEST_F(Shop, SellsAFewItemsMostOfTheTime) {
  std::map<std::string, double> sold;
  for (const Fields& row : rows())
    if (row[kBehaviorType] == "buy") sold[row[kItemId]] += 1;
  std::vector<double> counts;
  counts.reserve(truth().catalog.items().size());
  for (const auto& [item, n] : sold) counts.push_back(n);
  counts.resize(truth().catalog.items().size(), 0.0);
  std::sort(counts.begin(), counts.end());
  double total = 0, weighted = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    weighted += counts[i] * (static_cast<double>(counts.size() - i) - 0.5);
  }
  const double gini = 1.0 - 2.0 * weighted / (total * static_cast<double>(counts.size()));
  EXPECT_GT(gini, 0.6);
  EXPECT_LT(gini, 0.9);
}

TEST_F(Shop, IsBusierAtWeekendsInTheEveningAndOnCampaignDays) {
  std::map<std::string, double> by_date;
  double weekend = 0, evening = 0, night = 0;
  for (const Fields& row : rows()) {
    const int64_t day = time_of(row) / base::kDay;
    by_date[row[kTimestamp].substr(0, 10)] += 1;
    weekend += (day + 3) % 7 >= 5;  // 1970-01-01 was a Thursday
    const int hour = std::stoi(row[kTimestamp].substr(11, 2));
    evening += hour >= 19 && hour < 23;
    night += hour >= 2 && hour < 6;
  }
  const double all = static_cast<double>(rows().size());
  EXPECT_GT(weekend / all, 2.0 / 7.0 * 1.05);
  EXPECT_GT(evening, 8 * night);
  EXPECT_GT(by_date["2025-11-11"], 1.5 * by_date["2025-11-18"]);
}

TEST_F(Shop, MembersBuyAgainAndSomeBuyTheSameAgain) {
  std::map<std::string, std::set<std::string>> orders;
  std::set<std::string> pairs;
  double lines = 0, repeats = 0;
  for (const Fields& row : rows()) {
    if (row[kBehaviorType] != "buy") continue;
    orders[row[kUserId]].insert(row[kOrderId]);
    ++lines;
    repeats += !pairs.insert(row[kUserId] + row[kItemId]).second;
  }
  double twice = 0;
  for (const auto& [user, ids] : orders) twice += ids.size() >= 2;
  EXPECT_NEAR(twice / static_cast<double>(orders.size()), 0.57, 0.10);
  EXPECT_NEAR(repeats / lines, 0.24, 0.08);
}

TEST_F(Shop, MembersDropOutAndTheTruthKnowsWhen) {
  std::vector<base::Timestamp> last(truth().members.size());
  std::vector<int64_t> last_visit(truth().members.size());
  for (const Fields& row : rows()) {
    if (is_guest(row)) continue;
    last[member_of(row)] = time_of(row);
    if (!row[kSessionId].empty())
      last_visit[member_of(row)] = 365 - (end() - time_of(row) - 1) / base::kDay - 1;
  }
  double quiet = 0, gone = 0;
  for (size_t u = 0; u < last.size(); ++u) {
    quiet += static_cast<double>(last[u]) < static_cast<double>(end()) - kLastDays * base::kDay;
    const int32_t day = truth().members[u].dropout_day;
    if (day == kStillHere) continue;
    ++gone;
    EXPECT_EQ(last_visit[u], day) << "u" << u;
  }
  const double all = static_cast<double>(last.size());
  EXPECT_NEAR(quiet / all, 0.41, 0.08);
  EXPECT_NEAR(gone / all, 0.40, 0.12);
}

TEST_F(Shop, MembersBuyWhatTheirTasteSays) {
  std::vector<std::array<double, kCategories>> bought(truth().members.size());
  for (const Fields& row : rows()) {
    if (row[kBehaviorType] != "buy") continue;
    bought[member_of(row)][truth().catalog.items()[std::stoul(row[kItemId].substr(1))].category] += 1;
  }
  double own = 0, even = 0, total = 0;
  for (size_t u = 0; u < bought.size(); ++u) {
    const auto& taste = truth().members[u].taste;
    for (uint32_t c = 0; c < kCategories; ++c) {
      own += bought[u][c] * (taste[c] - (c == 0 ? 0.0 : taste[c - 1]));
      even += bought[u][c] / kCategories;
      total += bought[u][c];
    }
  }
  EXPECT_GT(total, 0);
  EXPECT_GT(own, 2.5 * even);
}

TEST_F(Shop, RefundsAndReviewsFollowTheirOrder) {
  std::map<std::string, base::Timestamp> bought;
  for (const Fields& row : rows()) {
    const std::string line = row[kOrderId] + "/" + row[kItemId];
    if (row[kBehaviorType] == "buy") {
      bought[line] = time_of(row);
      EXPECT_GT(std::stoi(row[kQuantity]), 0);
      EXPECT_GT(std::stod(row[kUnitPrice]), 0);
    } else if (row[kBehaviorType] == "refund" || row[kBehaviorType] == "review") {
      ASSERT_TRUE(bought.contains(line)) << line;
      EXPECT_GT(time_of(row), bought[line]);
      if (row[kBehaviorType] == "refund") {
        EXPECT_LT(std::stoi(row[kQuantity]), 0);
      } else {
        EXPECT_TRUE(row[kValue].size() == 1 && row[kValue] >= "1" && row[kValue] <= "5") << row[kValue];
      }
    }
  }
}

TEST(Catalog, NewItemsAreNotSoldBeforeTheirFirstDay) {
  const GenerateOptions options{.users = 5'000, .days = 100, .seed = 2};
  const ShopTruth truth(kRetailProfile, options);
  base::Random rng(1);
  size_t new_items = 0;
  for (const Item& item : truth.catalog.items()) new_items += item.first_day > 0;
  EXPECT_GT(new_items, truth.catalog.items().size() / 5);
  for (int i = 0; i < 20'000; ++i) {
    const auto category = static_cast<uint32_t>(rng.below(kCategories)),
               style = static_cast<uint32_t>(rng.below(kStyles));
    const auto day = static_cast<uint32_t>(rng.below(100));
    const Item& item = truth.catalog.items()[truth.catalog.pick(category, style, day, rng.uniform())];
    ASSERT_LE(item.first_day, static_cast<int32_t>(day));
    ASSERT_EQ(item.category, category);
    ASSERT_EQ(item.style, style);
  }
}

}  // namespace
}  // namespace coterie::collect::simulate

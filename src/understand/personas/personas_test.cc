// Personas say what is so, and nothing that chance or too few members could have made.
#include <gtest/gtest.h>

#include "base/random.h"
#include "understand/personas/feature_contrast.h"
#include "understand/personas/tastes.h"
#include "understand/personas/trait_shares.h"

namespace coterie::understand {
namespace {

struct Members {
  data::FeatureTable table;
  std::vector<uint32_t> rows, segment_of;
  SegmentsView view(size_t segments) const { return {rows, segment_of, segments}; }
};

// n members, every third in segment 1; `shift` is added to their share of orders at weekends.
Members some_members(size_t n, double shift, uint64_t seed) {
  base::Random random(seed);
  Members out;
  data::FeatureColumn column;
  column.name = "weekend_share";
  for (size_t i = 0; i < n; ++i) {
    out.table.users.push_back(fmt::format("u{:06}", i));
    out.rows.push_back(static_cast<uint32_t>(i));
    out.segment_of.push_back(i % 3 == 0 ? 1 : 0);
    column.values.push_back(random.normal() + (i % 3 == 0 ? shift : 0.0));
    column.valid.push_back(1);
  }
  out.table.columns.push_back(std::move(column));
  return out;
}

TEST(FeatureContrast, IsWelchAgainstTheRestScaledToEverybody) {
  // scipy.stats.ttest_ind([1, 2, 4], [3, 7, 8, 9], equal_var=False).confidence_interval(), times 4/7 over
  // numpy.std of all with ddof=1.
  Members members;
  data::FeatureColumn column;
  column.name = "weekend_share";
  column.values = {1, 2, 4, 3, 7, 8, 9};
  column.valid.assign(7, 1);
  members.table.users = {"a", "b", "c", "d", "e", "f", "g"};
  members.rows = {0, 1, 2, 3, 4, 5, 6};
  members.segment_of = {1, 1, 1, 0, 0, 0, 0};
  members.table.columns.push_back(column);
  base::OwnedContext owned;
  const auto contrasts = contrast_features(members.table, members.view(2), owned.get());
  ASSERT_TRUE(contrasts);
  const auto& entry = (*contrasts)[1][0];
  EXPECT_NEAR(entry.difference, -0.8058099247133457, 1e-12);
  EXPECT_NEAR(entry.low, -1.5559467688690836, 1e-10);
  EXPECT_NEAR(entry.high, -0.05567308055760781, 1e-10);
  EXPECT_EQ(entry.segment.median, 2);
  EXPECT_EQ(entry.everybody.median, 4);
  EXPECT_EQ(entry.everybody.q1, 2.5);
  EXPECT_FALSE(entry.stands_out);  // seven members prove nothing
}

TEST(FeatureContrast, StandsOutBySizeAndBeyondChance) {
  base::OwnedContext owned(2);
  const auto large = some_members(3000, 0.6, 1);
  EXPECT_TRUE((*contrast_features(large.table, large.view(2), owned.get()))[1][0].stands_out);
  const auto small = some_members(30, 0.6, 1);
  EXPECT_FALSE((*contrast_features(small.table, small.view(2), owned.get()))[1][0].stands_out);
  const auto slight = some_members(30'000, 0.05, 1);  // certain and of no account
  EXPECT_FALSE((*contrast_features(slight.table, slight.view(2), owned.get()))[1][0].stands_out);
}

TEST(FeatureContrast, ChanceSeldomStandsOut) {
  base::OwnedContext owned;
  size_t found = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const auto members = some_members(60, 0, seed);
    const auto contrasts = contrast_features(members.table, members.view(2), owned.get());
    found += (*contrasts)[0][0].stands_out || (*contrasts)[1][0].stands_out ? 1 : 0;
  }
  EXPECT_LE(found, 19u);  // 5 % of 200 and three standard errors
}

TEST(FeatureContrast, GainIsNothingWithoutADifferenceAndAllOfItWhenItDecides) {
  base::OwnedContext owned;
  const auto same = some_members(3000, 0, 5);
  EXPECT_LT((*contrast_features(same.table, same.view(2), owned.get()))[1][0].information_gain, 0.005);
  const auto apart = some_members(3000, 100, 5);
  // A third against two thirds: 0.918 bits; ten bins cut at tenths leave some of it.
  EXPECT_GT((*contrast_features(apart.table, apart.view(2), owned.get()))[1][0].information_gain, 0.7);
}

TEST(Tastes, AreAboutWhatIsBoughtNotHowMuch) {
  // Segment 1 buys three times as many things, and of all of them alike, but for item 0.
  Members members = some_members(900, 0, 7);
  profile::BoughtItems bought;
  bought.users = members.table.users;
  for (uint32_t i = 0; i < 30; ++i) bought.items.push_back(fmt::format("i{:02}", i));
  std::vector<std::string> categories(30, "Tea");
  for (size_t i = 0; i < 10; ++i) categories[i] = "Coffee";
  base::Random random(3);
  for (uint32_t u = 0; u < 900; ++u)
    for (uint32_t i = 0; i < 30; ++i) {
      const bool in = u % 3 == 0;
      const double chance = i == 0 && in ? 0.9 : in ? 0.3 : 0.1;
      if (random.chance(chance)) bought.rows.push_back({u, i, 1, 0});
    }
  base::OwnedContext owned;
  const auto tastes = find_tastes(members.table, members.view(2), bought, categories, owned.get());
  ASSERT_TRUE(tastes);
  ASSERT_EQ(tastes->items[1].size(), 1u);
  EXPECT_EQ(tastes->items[1][0].name, "i00");
  // 270 of 330 buyers where 330 · 2880 / 4680 = 203 are expected, by the chances above.
  EXPECT_NEAR(tastes->items[1][0].lift, (270.0 + 5) / (203 + 5), 0.08);
  EXPECT_TRUE(tastes->items[0].empty());
  ASSERT_LE(tastes->categories[1].size(), 1u);
  for (const auto& lift : tastes->categories[1]) EXPECT_EQ(lift.name, "Coffee");
}

TEST(TraitShares, AreGivenFromAFloorOn) {
  for (const size_t same_city : {kTraitFloor, kTraitFloor - 1}) {
    Members members = some_members(600, 0, 1);
    TraitCounts counts(members.table, {members.view(2)});
    size_t given = 0;
    for (size_t i = 0; i < 600; ++i) {
      const bool is_local = i % 3 == 0 && given < same_city;
      given += is_local ? 1 : 0;
      counts.add(members.table.users[i], "city", is_local ? "Lhasa" : "Beijing");
    }
    const auto lifts = counts.lifts(0);
    EXPECT_EQ(lifts[1].size(), same_city == kTraitFloor ? 1u : 0u);
    if (!lifts[1].empty()) {
      EXPECT_EQ(lifts[1][0].name, "Lhasa");
      EXPECT_NEAR(lifts[1][0].share, 10.0 / 200, 1e-12);
      EXPECT_NEAR(lifts[1][0].share_everybody, 10.0 / 600, 1e-12);
      EXPECT_NEAR(lifts[1][0].lift, (10 + 5) / (10.0 / 3 + 5), 1e-12);
    }
  }
}

TEST(TraitShares, NumbersAreGroupedAndNamesLeftOut) {
  Members members = some_members(900, 0, 1);
  TraitCounts counts(members.table, {members.view(2)});
  for (size_t i = 0; i < 900; ++i) {
    counts.add(members.table.users[i], "age", std::to_string(i % 3 == 0 ? 20 + i % 10 : 30 + i % 40));
    counts.add(members.table.users[i], "name", fmt::format("person {}", i));
    counts.add(members.table.users[i], "phone", fmt::format("13{:09}", i));
  }
  const auto lifts = counts.lifts(0);
  ASSERT_FALSE(lifts[1].empty());
  for (const auto& lift : lifts[1]) EXPECT_EQ(lift.trait, "age");
  EXPECT_EQ(lifts[1][0].name.substr(0, 5), "20–");
}

}  // namespace
}  // namespace coterie::understand

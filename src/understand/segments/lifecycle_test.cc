// Lifecycle stages against a plain reading of the days on which members ordered.
#include "understand/segments/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/messages.h"
#include "base/random.h"

namespace coterie::understand {
namespace {

constexpr double kToday = 1000;
using Days = std::vector<double>;  // of a member's orders, ascending

double mean_gap(const Days& days) {
  return (days.back() - days.front()) / static_cast<double>(days.size() - 1);
}

// What profile computes of these orders.
data::FeatureTable features_of(const std::vector<Days>& members) {
  data::FeatureTable table;
  for (const std::string_view name : kLifecycleFeatures) table.columns.emplace_back().name = name;
  const auto add = [&](size_t column, std::optional<double> value) {
    table.columns[column].values.push_back(value.value_or(0));
    table.columns[column].valid.push_back(value ? 1 : 0);
  };
  for (const Days& days : members) {
    table.users.push_back("u" + std::to_string(10'000 + table.users.size()));
    const bool bought = !days.empty(), again = days.size() > 1;
    add(0, bought ? std::optional(kToday - days.back()) : std::nullopt);
    add(1, bought ? std::optional(kToday - days.front()) : std::nullopt);
    add(2, static_cast<double>(days.size()));
    add(3, again ? std::optional(mean_gap(days)) : std::nullopt);
    add(4,
        again && mean_gap(days) > 0 ? std::optional((kToday - days.back()) / mean_gap(days)) : std::nullopt);
    add(5, again ? std::optional(days.back() - days[days.size() - 2]) : std::nullopt);
  }
  return table;
}

std::string stage_in_words(const Days& days, double typical) {
  const bool has_rhythm = days.size() >= 3 && mean_gap(days) > 0;
  const double waited = (kToday - days.back()) / (has_rhythm ? mean_gap(days) : typical);
  if (waited > 4.61) return "stage_lost";
  if (waited > 3.0) return "stage_sleeping";
  if (waited > 1.61) return "stage_cooling";
  if (days.size() == 1) return "stage_new";
  const Days before(days.begin(), days.end() - 1);
  const double rhythm = before.size() >= 2 ? mean_gap(before) : typical;
  return rhythm > 0 && days.back() - before.back() > 3.0 * rhythm ? "stage_won_back" : "stage_active";
}

std::string stage_of(const Lifecycle& lifecycle, uint32_t row) {
  const auto at = std::find(lifecycle.rows.begin(), lifecycle.rows.end(), row);
  if (at == lifecycle.rows.end()) return "none";
  return std::string(
      lifecycle_stages()[lifecycle.stage_of[static_cast<size_t>(at - lifecycle.rows.begin())]]);
}

// Thirty who order every ten days, so that the shop's gap is ten.
std::vector<Days> regulars() { return std::vector<Days>(30, Days{970, 980, 990}); }

TEST(Lifecycle, HoldsEachMemberAgainstTheirOwnRhythm) {
  auto members = regulars();
  const std::pair<Days, std::string> cases[] = {
      {{}, "none"},
      {{995}, "stage_new"},
      {{970}, "stage_cooling"},  // three gaps of the shop: the border belongs to the stage before
      {{960}, "stage_sleeping"},
      {{900}, "stage_lost"},
      {{980, 995}, "stage_active"},
      {{960, 995}, "stage_won_back"},     // 35 days, where the shop waits ten
      {{700, 800, 900}, "stage_active"},  // a hundred days are as usual for them
      {{100, 400, 700}, "stage_active"},
      {{990, 991, 992}, "stage_lost"},  // eight days are eight gaps
      {{960, 970, 980, 999}, "stage_active"},
      {{900, 905, 910, 999}, "stage_won_back"},
      {{990, 990, 990}, "stage_active"},  // three orders at once are no rhythm
  };
  for (const auto& [days, stage] : cases) members.push_back(days);
  const auto lifecycle = *compute_lifecycle(features_of(members));
  EXPECT_EQ(lifecycle.typical_gap_days, 10);
  for (uint32_t i = 0; i < std::size(cases); ++i)
    EXPECT_EQ(stage_of(lifecycle, 30 + i), cases[i].second) << "case " << i;
}

TEST(Lifecycle, IsWhatAPlainReadingOfTheDaysSays) {
  base::Random random(7);
  std::vector<Days> members;
  for (int m = 0; m < 3000; ++m) {
    Days days;
    const double gap = 1 + 80 * random.uniform();
    for (double day = random.chance(0.2) ? 900 + 100 * random.uniform() : 900 * random.uniform();
         day < kToday && !random.chance(0.1);
         day += gap * random.exponential() * (random.chance(0.1) ? 8 : 1))
      days.push_back(std::round(day * 8) / 8);  // exact sums, whatever the order
    members.push_back(days);
  }
  const auto lifecycle = *compute_lifecycle(features_of(members));
  std::vector<size_t> seen(6);
  size_t i = 0;
  for (uint32_t row = 0; row < members.size(); ++row) {
    if (members[row].empty()) continue;
    ASSERT_EQ(lifecycle.rows[i], row);
    ++seen[lifecycle.stage_of[i]];
    EXPECT_EQ(lifecycle_stages()[lifecycle.stage_of[i++]],
              stage_in_words(members[row], lifecycle.typical_gap_days));
  }
  EXPECT_EQ(i, lifecycle.rows.size());
  EXPECT_THAT(seen, ::testing::Each(::testing::Gt(20u)));
}

TEST(Lifecycle, OrdersAtOneMomentAreNoRhythmHoweverTheyRound) {
  base::Random random(5);
  auto members = regulars();
  for (int m = 0; m < 500; ++m) {
    const double first = 900 * random.uniform(), last = 999 + random.uniform();
    members.push_back({first, first, last});
  }
  const auto lifecycle = *compute_lifecycle(features_of(members));
  for (uint32_t row = 30; row < members.size(); ++row)
    EXPECT_EQ(stage_of(lifecycle, row), "stage_active") << row;
}

// The reason for the borders: 80, 95 and 99 % of waits of a steady buyer lie within them.
TEST(Lifecycle, SteadyBuyersAreSeldomCalledLost) {
  base::Random random(11);
  std::vector<Days> members;
  for (int m = 0; m < 20'000; ++m) {
    const double gap = 2 + 3 * random.uniform();  // hundreds of orders: the rhythm is known
    Days days;
    for (double day = gap * random.exponential(); day < kToday; day += gap * random.exponential())
      days.push_back(day);
    members.push_back(days);
  }
  const auto lifecycle = *compute_lifecycle(features_of(members));
  std::array<double, 6> share{};
  for (const uint32_t stage : lifecycle.stage_of)
    share[stage] += 1 / static_cast<double>(lifecycle.rows.size());
  EXPECT_NEAR(share[1] + share[2], 0.80, 0.01);
  EXPECT_NEAR(share[3], 0.15, 0.01);
  EXPECT_NEAR(share[4], 0.04, 0.005);
  EXPECT_NEAR(share[5], 0.01, 0.003);
}

TEST(Lifecycle, SaysNothingWithoutARhythm) {
  auto members = regulars();
  members.pop_back();
  members.push_back({995});
  const auto lifecycle = *compute_lifecycle(features_of(members));
  EXPECT_EQ(lifecycle.members_with_rhythm, 29u);
  EXPECT_TRUE(lifecycle.rows.empty());
  EXPECT_FALSE(compute_lifecycle(data::FeatureTable{}));
}

TEST(Lifecycle, EveryStageHasANameForPeople) {
  for (const auto stage : lifecycle_stages())
    for (const auto language : {base::Language::kEnglish, base::Language::kChinese})
      for (const auto* prefix : {"segment_", "report_hint_"})
        EXPECT_FALSE(base::text_by_key(prefix + std::string(stage), language).empty()) << stage;
}

}  // namespace
}  // namespace coterie::understand

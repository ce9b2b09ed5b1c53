// Facts of members: what SQL counts is what a plain loop over the events counts, and no text becomes SQL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>

#include "base/random.h"
#include "fixtures/shop.h"
#include "profile/member_facts.h"

namespace coterie::profile {
namespace {

using base::kDay;
using testing::TestEvent;
using testing::TestShop;

constexpr base::Timestamp kBegin = 1'700'000'000'000'000;
constexpr const char* kHostile = "custom:'; DROP TABLE events; --";

std::vector<TestEvent> random_events(uint64_t seed, size_t n) {
  base::Random random(seed);
  std::vector<TestEvent> out;
  const char* behaviors[] = {"buy", "refund", "view", kHostile};
  for (size_t i = 0; i < n; ++i) {
    TestEvent event{"u" + std::to_string(100 + random.below(40)), "i" + std::to_string(random.below(5)),
                    behaviors[random.below(4)],
                    kBegin + static_cast<int64_t>(random.below(100)) * kDay + static_cast<int64_t>(i)};
    if (random.chance(0.7)) event.amount = static_cast<double>(random.below(1000)) / 4;
    if (random.chance(0.5)) event.session = "s'\"$1";
    out.push_back(event);
  }
  return out;
}

// One member, one fact, the slow way.
std::optional<double> plain(const std::vector<TestEvent>& events, const std::string& user,
                            const EventFact& fact, base::Timestamp as_of) {
  double count = 0, sum = 0, amounts = 0, least = INFINITY, most = -INFINITY;
  base::Timestamp last = 0;
  for (const TestEvent& event : events) {
    bool is = event.user == user && event.behavior == fact.behavior && event.ts < as_of &&
              (!fact.from || event.ts >= *fact.from);
    for (const EventFilter& filter : fact.filters)
      is = is && (filter.field == TextField::kItemId ? event.item : event.session) == filter.value;
    if (!is) continue;
    ++count;
    last = std::max(last, event.ts);
    if (!event.amount) continue;
    ++amounts;
    sum += *event.amount;
    least = std::min(least, *event.amount);
    most = std::max(most, *event.amount);
  }
  switch (fact.function) {
    case Aggregate::kCount: return count;
    case Aggregate::kSum: return sum;
    case Aggregate::kAvg: return amounts > 0 ? std::optional(sum / amounts) : std::nullopt;
    case Aggregate::kMin: return amounts > 0 ? std::optional(least) : std::nullopt;
    case Aggregate::kMax: return amounts > 0 ? std::optional(most) : std::nullopt;
    case Aggregate::kDaysSince:
      return count > 0 ? std::optional(static_cast<double>(as_of - last) / static_cast<double>(kDay))
                       : std::nullopt;
  }
  return {};
}

std::vector<EventFact> every_fact(base::Timestamp as_of) {
  std::vector<EventFact> out;
  for (const char* behavior : {"buy", "refund", "view", kHostile, "share"})
    for (size_t f = 0; f < aggregate_names().size(); ++f)
      for (const bool has_window : {false, true})
        for (int filters = 0; filters < 3; ++filters) {
          EventFact fact{"fact " + std::to_string(out.size()), static_cast<Aggregate>(f), behavior};
          if (has_window) fact.from = as_of - 30 * kDay;
          if (filters > 0) fact.filters.push_back({TextField::kItemId, "i1"});
          if (filters > 1) fact.filters.push_back({TextField::kSessionId, "s'\"$1"});
          out.push_back(fact);
        }
  return out;
}

TEST(MemberFacts, AreWhatAPlainLoopCounts) {
  const auto events = random_events(1, 3000);
  TestShop shop;
  shop.add(events, {}, {{"u139", "is_test", "true"}});
  const base::Timestamp as_of = kBegin + 80 * kDay;
  const auto facts = every_fact(as_of);
  for (const size_t ranges : {1, 3}) {
    auto source = AsOf::open(shop.workspace(), shop.context(), {ranges, {}});
    ASSERT_TRUE(source) << source.error().message();
    std::vector<base::MemoryBudget::Reservation> memory;
    const auto table = member_facts(**source, as_of, facts, {}, &memory);
    ASSERT_TRUE(table) << table.error().message();
    ASSERT_EQ(table->rows(), 39u);  // u139 tests the shop
    for (size_t row = 0; row < table->rows(); ++row)
      for (size_t c = 0; c < facts.size(); ++c) {
        const auto expected = plain(events, table->users[row], facts[c], as_of);
        ASSERT_EQ(table->columns[c].is_missing(row), !expected) << facts[c].name;
        ASSERT_NEAR(table->columns[c].values[row], expected.value_or(0), 1e-9) << facts[c].name;
      }
  }
}

TEST(MemberFacts, TraitsAreTheNewestKnownThen) {
  TestShop shop;
  shop.add({{"u1", "i1", "buy", kBegin}, {"u2", "i1", "buy", kBegin}, {"u3", "i1", "buy", kBegin}}, {},
           {{"u1", "city", "a", kBegin},
            {"u1", "city", "b", kBegin + kDay},
            {"u1", "city", "c", kBegin + 9 * kDay},
            {"u3", "city", "a", kBegin},
            {"u4", "city", "d", kBegin},
            {"u2", "a'b", "x", kBegin},
            {"u9", "is_bot", "true", kBegin}});
  auto source = AsOf::open(shop.workspace(), shop.context());
  const TraitFact traits[] = {{"city", "city"}, {"odd", "a'b"}, {"none", "'; DROP TABLE users; --"}};
  std::vector<base::MemoryBudget::Reservation> memory;
  const auto table = member_facts(**source, kBegin + 5 * kDay, {}, traits, &memory);
  ASSERT_TRUE(table) << table.error().message();
  const auto text = [&](size_t column, size_t row) {
    const auto& c = table->columns[column];
    return c.is_missing(row) ? std::string("–") : c.categories[c.codes[row]];
  };
  EXPECT_EQ(text(0, 0) + text(0, 1) + text(0, 2), "b–a");
  EXPECT_EQ(text(1, 0) + text(1, 1) + text(1, 2), "–x–");
  EXPECT_EQ(text(2, 0) + text(2, 1) + text(2, 2), "–––");
  EXPECT_EQ(*trait_names(**source), (std::vector<std::string>{"a'b", "city"}));
}

}  // namespace
}  // namespace coterie::profile

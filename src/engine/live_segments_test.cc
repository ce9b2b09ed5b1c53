// Segments that are followed: at every instant and after every import who is in them is what a full computation says.
#include "engine/live_segments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "engine/rule_members.h"
#include "engine/run.h"
#include "fixtures/random_rules.h"
#include "fixtures/shop.h"
#include "store/compact.h"
#include "understand/rules/parse_rule.h"

namespace coterie::engine {
namespace {

using base::kDay;
using base::kHour;
using base::Timestamp;
using testing::TestAttribute;
using testing::TestEvent;
using testing::TestShop;
using understand::Rule;

constexpr Timestamp kLiveBegin =
    1'708'000'000'000'000;  // 2024-02-15; the clocks of London change in the weeks after

std::vector<TestEvent> random_events(base::Random& random, size_t n, Timestamp from, Timestamp until) {
  std::vector<TestEvent> out;
  constexpr const char* kBehaviors[] = {"buy", "refund", "view", "share"};
  for (size_t i = 0; i < n; ++i) {
    TestEvent event{fmt::format("u{}", random.below(25)), fmt::format("i{}", random.below(3)),
                    kBehaviors[random.below(4)]};
    event.ts = from + static_cast<Timestamp>(random.below(static_cast<uint64_t>(until - from)));
    if (random.chance(0.5)) event.ts = event.ts / kHour * kHour;  // instants that meet the borders of windows
    if (random.chance(0.8))
      event.amount = static_cast<double>(random.below(5)) * (event.behavior == "refund" ? -1 : 1);
    out.push_back(std::move(event));
  }
  return out;
}

std::vector<TestAttribute> random_traits(base::Random& random, size_t n, Timestamp from, Timestamp until) {
  std::vector<TestAttribute> out;
  for (size_t i = 0; i < n; ++i)
    out.push_back({fmt::format("u{}", random.below(30)), random.chance(0.1) ? "is_bot" : "city",
                   random.chance(0.3) ? "true" : std::string(1, static_cast<char>('a' + random.below(3))),
                   from + static_cast<Timestamp>(random.below(static_cast<uint64_t>(until - from)))});
  return out;
}

std::vector<FollowedRule> random_rules(uint64_t seed, size_t n) {
  testing::RandomRules random(seed, {{"buy", "refund", "view", "share"}, {"city"}, {}, {}, {"i0", "i1"}});
  std::vector<FollowedRule> out;
  while (out.size() < n) {
    Rule rule = random.rule();
    const auto asked = quantities(rule);
    const bool is_of_run = std::any_of(asked.begin(), asked.end(), [](const auto& quantity) {
      return quantity.source == understand::QuantitySource::kRfm;
    });
    if (!is_of_run) out.push_back({fmt::format("rule {}", out.size()), std::move(rule)});
  }
  return out;
}

// Everybody of every rule as a full computation has it; and the changes told lead from `before` to it.
void check(TestShop& shop, const std::vector<FollowedRule>& rules, const LiveSegments& live, Timestamp now,
           const std::vector<SegmentChange>& changes, std::vector<std::set<std::string>>* before) {
  std::vector<Rule> all;
  for (const FollowedRule& rule : rules) all.push_back(rule.rule);
  const auto full = rule_members(shop.workspace(), all, now, shop.context());
  ASSERT_TRUE(full) << full.error().message();
  std::map<std::string, size_t> place;
  for (size_t r = 0; r < rules.size(); ++r) place[rules[r].name] = r;
  for (const SegmentChange& change : changes) {
    auto& members = (*before)[place[change.segment]];
    if (change.came)
      ASSERT_TRUE(members.insert(change.user_id).second) << change.user_id << " came twice";
    else
      ASSERT_EQ(members.erase(change.user_id), 1u) << change.user_id << " left twice";
    ASSERT_LE(change.at, now);
  }
  for (size_t r = 0; r < rules.size(); ++r) {
    std::vector<std::string> expected;
    const auto& members = (*full)[r];
    for (size_t row = 0; row < members.holds.size(); ++row)
      if (members.holds[row] != 0) expected.push_back(members.all_users()[row]);
    ASSERT_EQ(live.members(r), expected) << to_text(rules[r].rule) << " as of " << now;
    ASSERT_EQ(live.count(r), expected.size());
    ASSERT_EQ(std::vector<std::string>((*before)[r].begin(), (*before)[r].end()), expected)
        << to_text(rules[r].rule);
  }
}

TEST(LiveSegments, AgreesWithAFullComputationWhateverHappens) {
  const char* asked = std::getenv("LIVE_CASES");
  const size_t shops = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 2;
  for (uint64_t seed = 0; seed < shops; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    base::Random random(seed);
    TestShop shop(seed % 2 == 0 ? "Europe/London" : "Asia/Shanghai");
    const Timestamp end = kLiveBegin + 90 * kDay;
    // Some of it lies ahead of the instant that following begins at.
    shop.add(random_events(random, 150, kLiveBegin, end), {}, random_traits(random, 20, kLiveBegin, end));
    Timestamp now = kLiveBegin + 30 * kDay;
    const auto rules = random_rules(100 + seed, 40);
    const auto live = LiveSegments::open(shop.workspace(), rules, now, shop.context());
    ASSERT_TRUE(live) << live.error().message();
    std::vector<std::set<std::string>> members;
    for (size_t r = 0; r < rules.size(); ++r) {
      const auto ids = (*live)->members(r);
      members.emplace_back(ids.begin(), ids.end());
    }
    ASSERT_NO_FATAL_FAILURE(check(shop, rules, **live, now, {}, &members));
    for (int step = 0; step < 12; ++step) {
      std::vector<SegmentChange> changes;
      if (random.chance(0.5)) {  // late, ahead, of new members and of known ones
        shop.add(
            random_events(random, 1 + random.below(20), kLiveBegin, end), {},
            random.chance(0.4) ? random_traits(random, 3, kLiveBegin, end) : std::vector<TestAttribute>{});
        if (random.chance(0.3)) {
          ASSERT_TRUE(store::compact(shop.workspace(), {}, shop.context()));
        }
        const auto polled = (*live)->poll(&changes);
        ASSERT_TRUE(polled) << polled.error().message();
      }
      now +=
          static_cast<Timestamp>(random.below(static_cast<uint64_t>(random.chance(0.5) ? kDay : 12 * kDay)));
      if (random.chance(0.3)) now = now / kHour * kHour;
      const auto advanced = (*live)->advance(now, &changes);
      ASSERT_TRUE(advanced.ok()) << advanced.message();
      ASSERT_NO_FATAL_FAILURE(check(shop, rules, **live, now, changes, &members)) << "step " << step;
    }
  }
}

std::vector<FollowedRule> one(const char* text) { return {{"it", *understand::parse_rule(text)}}; }

TEST(LiveSegments, AnEventAndTimeTouchTheirMemberAlone) {
  TestShop shop;
  shop.add({{"a", "i", "buy", kLiveBegin, "", 600.0}, {"b", "i", "view", kLiveBegin}});
  const auto live = LiveSegments::open(shop.workspace(), one("sum(buy.line_amount, 90d) > 500"),
                                       kLiveBegin + kDay, shop.context());
  ASSERT_TRUE(live);
  EXPECT_EQ((*live)->members(0), std::vector<std::string>{"a"});
  shop.add({{"b", "i", "buy", kLiveBegin + kHour, "", 501.0}});
  std::vector<SegmentChange> changes;
  ASSERT_EQ((*live)->poll(&changes).value(), 1u);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].user_id, "b");
  EXPECT_TRUE(changes[0].came);
  changes.clear();
  ASSERT_TRUE((*live)->advance(kLiveBegin + 100 * kDay, &changes).ok());
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].user_id, "a");
  EXPECT_FALSE(changes[0].came);
  // 90 local days later; the clocks of London went forward meanwhile.
  EXPECT_EQ(changes[0].at, kLiveBegin + 90 * kDay - kHour + 1);
  EXPECT_EQ(changes[1].at, kLiveBegin + kHour + 90 * kDay - kHour + 1);
}

TEST(LiveSegments, ARunBringsItsScoresAnew) {
  TestShop shop;
  std::vector<TestEvent> events;
  base::Random random(5);
  for (int i = 0; i < 400; ++i)
    events.push_back({fmt::format("u{:02}", random.below(60)), fmt::format("i{}", random.below(9)), "buy",
                      kLiveBegin + static_cast<Timestamp>(random.below(100)) * kDay, fmt::format("o{}", i),
                      static_cast<double>(1 + random.below(90))});
  shop.add(events);
  ASSERT_TRUE(run(shop.workspace(), {}, shop.context()));
  const Timestamp now = kLiveBegin + 101 * kDay;
  const auto rules = one("rfm.r >= 4 and count(buy) > 3");
  const auto live = LiveSegments::open(shop.workspace(), rules, now, shop.context());
  ASSERT_TRUE(live) << live.error().message();
  const auto before = (*live)->members(0);
  EXPECT_FALSE(before.empty());
  shop.add({{"u00", "i", "buy", kLiveBegin + 100 * kDay + kHour, "new", 5.0}});
  ASSERT_TRUE(run(shop.workspace(), {.is_forced = true}, shop.context()));
  std::vector<SegmentChange> changes;
  ASSERT_TRUE((*live)->poll(&changes));
  std::set<std::string> members(before.begin(), before.end());
  for (const SegmentChange& change : changes) {
    if (change.came)
      members.insert(change.user_id);
    else
      members.erase(change.user_id);
  }
  EXPECT_EQ((*live)->members(0), std::vector<std::string>(members.begin(), members.end()));
  EXPECT_FALSE((*live)->poll(&changes).value());
}

TEST(LiveSegments, SaysWhatIsMissing) {
  TestShop shop;
  shop.add({{"a", "i", "buy", kLiveBegin}});
  EXPECT_EQ(rules_to_follow(shop.workspace(), {}).error().code(), base::Code::kFailedPrecondition);
  EXPECT_EQ(rules_to_follow(shop.workspace(), {"nope"}).error().code(), base::Code::kNotFound);
  EXPECT_EQ(LiveSegments::open(shop.workspace(), one("score.churn > 0.5"), kLiveBegin + kDay, shop.context())
                .error()
                .code(),
            base::Code::kFailedPrecondition);
}

}  // namespace
}  // namespace coterie::engine

// The main job on small and odd shops: complete, repeatable, current, cancellable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "engine/lookup.h"
#include "engine/run.h"
#include "fixtures/shop.h"
#include "store/catalog.h"
#include "store/compact.h"
#include "store/duckdb.h"

namespace coterie::engine {
namespace {

using base::kDay;
using testing::TestEvent;
using testing::TestShop;

std::vector<TestEvent> some_events(int users, uint64_t seed) {
  base::Random random(seed);
  std::vector<TestEvent> events;
  for (int u = 0; u < users; ++u)
    for (uint64_t i = 0; i < 2 + random.below(12); ++i)
      events.push_back({"user" + std::to_string(1000 + u), "item" + std::to_string(random.below(40)), "buy",
                        static_cast<base::Timestamp>(random.below(400 * 24)) * base::kHour,
                        "o" + std::to_string(events.size() / 2),
                        1.0 + static_cast<double>(random.below(50))});
  return events;
}

int64_t count(TestShop& shop, std::string_view sql) {
  auto connection = shop.workspace().connect(shop.context());
  return *(*connection)->query_int64(sql);
}

TEST(Run, CommitsEveryResultInOneGeneration) {
  TestShop shop;
  shop.add(some_events(200, 1));
  const int64_t before = *shop.workspace().catalog().newest_generation();
  const auto result = run(shop.workspace(), {}, shop.context());
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(*shop.workspace().catalog().newest_generation(), before + 1);
  for (const char* key : {"as_of", "users", "items", "events", "segments", "models", "recommend"})
    EXPECT_TRUE(result->record.contains(key)) << key;
  EXPECT_EQ(result->record["users"], 200);
  EXPECT_EQ(count(shop, "SELECT count(DISTINCT user_id) FROM segments WHERE method = 'rfm'"),
            count(shop, "SELECT count(DISTINCT user_id) FROM features WHERE recency_days IS NOT NULL"));
  EXPECT_GT(count(shop, "SELECT count(*) FROM scores"), 0);
  EXPECT_GT(count(shop, "SELECT count(*) FROM recommendations"), 0);
  EXPECT_EQ(count(shop,
                  "SELECT count(*) FROM (SELECT user_id, task, rank FROM recommendations GROUP BY ALL HAVING "
                  "count(*) > 1)"),
            0);
}

TEST(Run, TakesGiftsAndViewsThatCostNothing) {
  TestShop shop;
  auto events = some_events(200, 1);
  for (size_t i = 0; i < events.size(); i += 7) events[i].amount = 0.0;
  events.push_back({"user1000", "item1", "view", 300 * kDay, "", 0.0});
  events.push_back({"user1000", "item1", "refund", 301 * kDay, "", -5.0});
  shop.add(events);
  const auto result = run(shop.workspace(), {}, shop.context());
  ASSERT_TRUE(result) << result.error().message();
}

TEST(Run, NamesWhatDoesNotFitIntoTheBudget) {
  TestShop shop;
  shop.add(some_events(300, 7));
  base::Context context = shop.context();
  const auto held = context.budget->reserve(context.budget->limit_bytes() - 50'000, "the test");
  ASSERT_TRUE(held);
  const auto refused = run(shop.workspace(), {}, context);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::Code::kResourceExhausted);
  EXPECT_THAT(refused.error().message(), ::testing::HasSubstr("features of 300 members"));
  EXPECT_THAT(refused.error().message(), ::testing::HasSubstr("--memory"));
}

TEST(Run, IsNotRepeatedUntilSomethingChanges) {
  TestShop shop;
  shop.add(some_events(60, 2));
  ASSERT_FALSE(run(shop.workspace(), {}, shop.context())->was_current);
  const auto again = run(shop.workspace(), {}, shop.context());
  EXPECT_TRUE(again->was_current);
  EXPECT_FALSE(run(shop.workspace(), {.seed = 2}, shop.context())->was_current);
  EXPECT_FALSE(run(shop.workspace(), {.seed = 2, .is_forced = true}, shop.context())->was_current);
  shop.add({{"user9", "item1", "buy", 401 * kDay, "late", 3.0}});
  EXPECT_FALSE(run(shop.workspace(), {.seed = 2}, shop.context())->was_current);
  const auto compacted = store::compact(shop.workspace(), {}, shop.context());
  ASSERT_FALSE(compacted->empty());
  EXPECT_TRUE(run(shop.workspace(), {.seed = 2}, shop.context())->was_current) << "the rows are the same";
}

TEST(Run, ReplacesTheResultsOfTheRunBefore) {
  TestShop shop;
  shop.add(some_events(60, 3));
  ASSERT_TRUE(run(shop.workspace(), {}, shop.context()));
  const int64_t rows = count(shop, "SELECT count(*) FROM segments");
  ASSERT_TRUE(run(shop.workspace(), {.is_forced = true}, shop.context()));
  EXPECT_EQ(count(shop, "SELECT count(*) FROM segments"), rows);
}

TEST(Run, SaysWhatIsMissingInOddShops) {
  const std::vector<std::vector<TestEvent>> shops = {
      {{"one", "item", "buy", 10 * kDay, "o", 5.0},
       {"one", "item", "buy", 20 * kDay, "p", 5.0}},                 // one member
      {{"a", "", "login", 1 * kDay}, {"b", "", "login", 9 * kDay}},  // nobody buys
      {{"a", "i", "buy", 1 * kDay},
       {"b", "j", "buy", 9 * kDay},
       {"c", "i", "view", 9 * kDay}},                                                // no amounts, no orders
      {{"", "i", "buy", 1 * kDay, "o", 1.0}, {"", "j", "buy", 9 * kDay, "p", 1.0}},  // guests alone
      {{"a", "i", "buy", 1 * kDay, "o", 0.0},
       {"b", "i", "buy", 1 * kDay, "o", 0.0},
       {"a", "i", "buy", 2 * kDay, "o", 0.0}},
  };
  for (size_t i = 0; i < shops.size(); ++i) {
    SCOPED_TRACE(i);
    TestShop shop;
    shop.add(shops[i]);
    const auto result = run(shop.workspace(), {}, shop.context());
    ASSERT_TRUE(result) << result.error().message();
    for (const auto& model : result->record["models"]) {
      EXPECT_EQ(model["published"], "no");
      EXPECT_FALSE(model["limits"].empty());
    }
  }
}

TEST(Run, RefusesAnAsOfBeforeTheFirstEvent) {
  TestShop shop;
  shop.add(some_events(5, 4));
  EXPECT_EQ(run(shop.workspace(), {.as_of = -kDay}, shop.context()).error().code(),
            base::Code::kFailedPrecondition);
}

TEST(Run, LeavesTheGenerationWhenItIsCancelled) {
  TestShop shop;
  shop.add(some_events(60, 5));
  const int64_t before = *shop.workspace().catalog().newest_generation();
  shop.cancel().cancel();
  EXPECT_EQ(run(shop.workspace(), {}, shop.context()).error().code(), base::Code::kCancelled);
  EXPECT_EQ(*shop.workspace().catalog().newest_generation(), before);
}

TEST(Lookup, ShowsAMemberAndHidesProbabilitiesThatAreOff) {
  TestShop shop;
  shop.add(some_events(300, 6), {{"item1", "name", "A lamp", 0}});
  EXPECT_EQ(user_profile(shop.workspace(), "user1000", shop.context()).error().code(),
            base::Code::kFailedPrecondition);
  const auto result = run(shop.workspace(), {}, shop.context());
  const auto profile = user_profile(shop.workspace(), "user1000", shop.context());
  ASSERT_TRUE(profile) << profile.error().message();
  EXPECT_TRUE((*profile)["features"].contains("frequency"));
  EXPECT_TRUE((*profile)["segments"].contains("rfm"));
  for (const auto& score : (*profile)["scores"])
    EXPECT_EQ(score["probability"].is_null(), score["published"] != "yes");
  EXPECT_EQ(user_profile(shop.workspace(), "nobody", shop.context()).error().code(), base::Code::kNotFound);
  EXPECT_EQ(segment_members(shop.workspace(), "no such", 5, shop.context()).error().code(),
            base::Code::kNotFound);
}

}  // namespace
}  // namespace coterie::engine

// Recommenders: who is judged on what, what each method ranks first, and that taste beats popularity.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fixtures/members.h"
#include "understand/recommend/evaluate_lists.h"
#include "understand/recommend/recommend.h"

namespace coterie::understand {
namespace {

using base::kDay;
using testing::TestShop;

TEST(Recommend, JudgesOnLaterPurchasesOfKnownProducts) {
  TestShop shop("UTC");
  shop.add({{"a", "lamp", "buy", 1 * kDay},
            {"a", "vase", "buy", 2 * kDay},
            {"b", "rug", "buy", 3 * kDay},
            {"a", "rug", "buy", 50 * kDay},
            {"a", "lamp", "buy", 51 * kDay},
            {"a", "novelty", "buy", 52 * kDay},
            {"stranger", "rug", "buy", 53 * kDay},
            {"b", "rug", "buy", 54 * kDay}});
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  const auto history =
      PurchaseHistory::from(*source->bought_items(40 * kDay, 0, 40 * kDay), 40 * kDay, 26 * kDay);
  const auto later = *source->bought_items(40 * kDay, 40 * kDay, 60 * kDay);
  const auto any = judged_users(history, later, RecommendTask::kAny);
  ASSERT_EQ(any.size(), 2u) << "a stranger has no history";
  const auto item = [&](const char* id) {
    return static_cast<uint32_t>(std::find(history.bought.items.begin(), history.bought.items.end(), id) -
                                 history.bought.items.begin());
  };
  EXPECT_THAT(any[0].relevant, ::testing::UnorderedElementsAre(item("lamp"), item("rug")))
      << "a novelty is not known";
  const auto fresh = judged_users(history, later, RecommendTask::kNew);
  ASSERT_EQ(fresh.size(), 1u);
  EXPECT_THAT(fresh[0].relevant, ::testing::ElementsAre(item("rug")));
}

TEST(Recommend, MethodsRankAsTheirNamesSay) {
  TestShop shop("UTC");
  shop.add({{"a", "mine", "buy", 1 * kDay, "1"},
            {"a", "mine", "buy", 2 * kDay, "2"},
            {"a", "once", "buy", 39 * kDay, "3"},
            {"b", "hit", "buy", 1 * kDay, "4"},
            {"c", "hit", "buy", 1 * kDay, "5"},
            {"d", "hit", "buy", 1 * kDay, "6"},
            {"b", "pair", "buy", 1 * kDay, "7"},
            {"b", "once", "buy", 1 * kDay, "8"},
            {"e", "trend", "buy", 38 * kDay, "9"},
            {"f", "trend", "buy", 39 * kDay, "10"}});
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  const auto history =
      PurchaseHistory::from(*source->bought_items(40 * kDay, 0, 40 * kDay), 40 * kDay, 26 * kDay);
  const auto fitted = *fit_methods(history, shop.context());
  const auto first = [&](std::string_view method, RecommendTask task) {
    RankScratch scratch;
    for (const auto& candidate : fitted.methods)
      if (candidate->name() == method)
        return history.bought.items[best_items(*candidate, history, 0, task, 1, scratch).at(0).item];
    return std::string("no such method");
  };
  EXPECT_EQ(first("popularity", RecommendTask::kAny), "hit");
  EXPECT_EQ(first("recent_popularity", RecommendTask::kAny), "trend");
  EXPECT_EQ(first("own_history", RecommendTask::kAny), "mine");
  EXPECT_EQ(first("item_knn", RecommendTask::kNew), "pair") << "b bought it with what a bought";
}

TEST(Recommend, InterestIsWhatWasViewedMarkedCartedOrBought) {
  TestShop shop("UTC");
  shop.add({{"a", "mine", "buy", 1 * kDay, "1"},
            {"a", "lamp", "view", 2 * kDay},
            {"b", "lamp", "favorite", 2 * kDay},
            {"b", "shade", "buy", 3 * kDay, "2"},
            {"c", "lamp", "cart", 3 * kDay},
            {"c", "shade", "buy", 4 * kDay, "3"},
            {"d", "hit", "buy", 1 * kDay, "4"},
            {"e", "hit", "buy", 1 * kDay, "5"},
            {"f", "hit", "buy", 1 * kDay, "6"},
            {"f", "lamp", "buy", 1 * kDay, "6"},
            {"stranger", "lamp", "view", 5 * kDay},
            {"a", "window only", "view", 5 * kDay},
            {"a", "hit", "view", 41 * kDay}});
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  auto bought = *source->bought_items(40 * kDay, 0, 40 * kDay);
  const auto viewed = *source->viewed_items(bought, 40 * kDay, 40 * kDay);
  EXPECT_EQ(viewed.rows.size(), 3u) << "not a stranger's, not of what nobody bought, not later";
  const auto history = PurchaseHistory::from(std::move(bought), 40 * kDay, 26 * kDay, viewed);
  EXPECT_EQ(history.interest.of_user(0).size(), 2u) << "mine and lamp";
  const auto fitted = *fit_methods(history, shop.context());
  const auto best = [&](std::string_view name, RecommendTask task, size_t n) {
    RankScratch scratch;
    std::vector<std::string> out;
    for (const auto& method : fitted.methods)
      if (method->name() == name)
        for (const auto& item : best_items(*method, history, 0, task, n, scratch))
          out.push_back(history.bought.items[item.item]);
    return out;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(best("item_knn", RecommendTask::kNew, 1), ElementsAre("hit"))
      << "nobody else bought it: popularity";
  EXPECT_THAT(best("item_knn_interest", RecommendTask::kNew, 1), ElementsAre("shade"));
  EXPECT_THAT(best("own_history_interest", RecommendTask::kAny, 2), ElementsAre("mine", "shade"));
  EXPECT_THAT(best("own_history", RecommendTask::kAny, 2), ElementsAre("mine", "hit"));
}

TEST(Recommend, ShopsWithoutViewsHaveNoInterest) {
  TestShop shop("UTC");
  shop.add({{"a", "mine", "buy", 1 * kDay}, {"b", "mine", "buy", 2 * kDay}});
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  auto bought = *source->bought_items(40 * kDay, 0, 40 * kDay);
  const auto viewed = *source->viewed_items(bought, 40 * kDay, 40 * kDay);
  const auto history = PurchaseHistory::from(std::move(bought), 40 * kDay, 26 * kDay, viewed);
  EXPECT_FALSE(history.has_interest());
  const auto fitted = *fit_methods(history, shop.context());
  for (const auto& method : fitted.methods)
    EXPECT_FALSE(method->name().ends_with("_interest")) << method->name();
}

TEST(Recommend, RanksAsIfEveryItemHadBeenScored) {
  TestShop shop("UTC");
  auto events = testing::plausible_events(17, 200);
  base::Random random(3);
  for (size_t i = 0, buys = events.size(); i < buys; ++i)  // everybody looks at what somebody buys
    events.push_back({events[i].user, events[random.below(buys)].item, "view", events[i].ts - 1});
  shop.add(events);
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  const base::Timestamp as_of = *source->default_as_of();
  auto bought = *source->bought_items(as_of, source->range().first, as_of);
  const auto viewed = *source->viewed_items(bought, as_of, as_of);
  const auto history = PurchaseHistory::from(std::move(bought), as_of, as_of - 30 * base::kDay, viewed);
  ASSERT_TRUE(history.has_interest());
  const auto fitted = *fit_methods(history, shop.context());
  std::vector<double> scores(history.interactions.items);
  const double most = history.buyers_of_item[history.by_popularity.front()] + 1.0;
  // The formulas of docs/methods/recommend.md, item by item.
  const auto score_all = [&](std::string_view name, size_t user) {
    const bool of_interest = name.ends_with("_interest");
    (of_interest ? fitted.item_knn_interest : fitted.item_knn)
        ->score((of_interest ? history.interest : history.interactions).of_user(user), scores);
    for (size_t item = 0; item < scores.size(); ++item) {
      if (name == "own_history_interest") scores[item] = scores[item] / (1 + scores[item]);
      if (name == "item_knn_recent")
        scores[item] *= (history.recent_buyers_of_item[item] + 1.0) / (history.buyers_of_item[item] + 10.0);
      const bool is_bought_alone =
          name == "own_history_interest" && scores[item] == 0 && history.has(user, item);
      if (!is_bought_alone) scores[item] += 1e-9 * history.buyers_of_item[item] / most;
    }
    if (name == "own_history_interest")
      for (const auto& row : history.of_user(user)) scores[row.item] += row.orders;
  };
  RankScratch scratch;  // of all methods together, which share what they may
  for (size_t user = 0; user < history.interactions.users; ++user) {
    const auto owned = history.interactions.of_user(user);
    for (const auto& method : fitted.methods) {
      if (!method->name().starts_with("item_knn") && method->name() != "own_history_interest") continue;
      score_all(method->name(), user);
      ASSERT_EQ(method->best(user, owned, 20, scratch), learn::top_items(scores, owned, {}, 20)) << user;
      ASSERT_EQ(method->best(user, {}, 3, scratch), learn::top_items(scores, {}, {}, 3)) << user;
    }
  }
}

TEST(Recommend, JudgesASampleOfManyMembers) {
  std::vector<JudgedUser> users;
  for (uint32_t user = 0; user < 10'000; ++user) users.push_back({user, {user % 7}});
  EXPECT_EQ(sample_judged(users, 10'000, 1).size(), 10'000u);
  double mean = 0;
  std::vector<uint32_t> drawn;
  for (const JudgedUser& judged : sample_judged(users, 2'000, 1)) {
    EXPECT_EQ(judged.relevant.at(0), judged.user % 7);
    drawn.push_back(judged.user);
    mean += judged.user / 2'000.0;
  }
  EXPECT_EQ(drawn.size(), 2'000u);
  EXPECT_TRUE(std::is_sorted(drawn.begin(), drawn.end()));
  EXPECT_EQ(std::adjacent_find(drawn.begin(), drawn.end()), drawn.end());
  EXPECT_NEAR(mean, 5'000, 4 * 10'000 / std::sqrt(12.0 * 2'000)) << "four standard errors";
  const auto other = sample_judged(users, 2'000, 2);
  EXPECT_FALSE(std::equal(other.begin(), other.end(), drawn.begin(),
                          [](const JudgedUser& judged, uint32_t user) { return judged.user == user; }));
}

TEST(Recommend, TastesMakeItemKnnBeatPopularity) {
  TestShop shop("UTC");
  shop.add(testing::plausible_events(11, 600));
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  const auto out = recommend(*source, *source->default_as_of(), 1, shop.context());
  ASSERT_TRUE(out) << out.error().message();
  ASSERT_EQ(out->tasks.size(), 2u);
  const auto& methods = out->tasks[0].evidence["methods"];
  EXPECT_GT(methods["item_knn"]["recall20"]["low"].get<double>(),
            methods["popularity"]["recall20"]["high"].get<double>());
  EXPECT_FALSE(methods.contains("own_history")) << "what one has is not new";
  const auto lists = out->lists(0, out->history->interactions.users, shop.context());
  for (size_t t = 0; t < out->tasks.size(); ++t) {
    const auto& task = out->tasks[t];
    EXPECT_FALSE(task.published.empty());
    for (const auto& entry : lists[t]) {
      ASSERT_LE(entry.rank, kListLength);
      if (task.task != RecommendTask::kNew) continue;
      const auto owned = out->history->interactions.of_user(entry.user);
      ASSERT_FALSE(std::binary_search(owned.begin(), owned.end(), entry.item));
    }
  }
}

TEST(Recommend, GivesTheSameBitsForAnyNumberOfThreads) {
  std::vector<std::string> records;
  for (const size_t threads : {1, 2, 7}) {
    TestShop shop("UTC", threads);
    shop.add(testing::plausible_events(13, 300));
    auto source = *profile::AsOf::open(shop.workspace(), shop.context());
    const auto out = *recommend(*source, *source->default_as_of(), 1, shop.context());
    records.emplace_back();
    for (const auto& task : out.tasks) records.back() += task.evidence.dump();
    for (const auto& list : out.lists(0, out.history->interactions.users, shop.context()))
      for (const auto& entry : list)
        records.back() +=
            fmt::format("{} {} {:a} {};", entry.user, entry.item, entry.score, fmt::join(entry.reasons, " "));
  }
  EXPECT_EQ(records[0], records[1]);
  EXPECT_EQ(records[0], records[2]);
}

}  // namespace
}  // namespace coterie::understand

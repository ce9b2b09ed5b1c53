// Item-kNN against a slow plain version over all pairs, and by hand.
#include "learn/neighbors/item_knn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/random.h"

namespace coterie::learn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Interactions from_profiles(const std::vector<std::vector<uint32_t>>& profiles, size_t items) {
  Interactions interactions{profiles.size(), items, {0}, {}};
  for (const std::vector<uint32_t>& profile : profiles) {
    interactions.item_index.insert(interactions.item_index.end(), profile.begin(), profile.end());
    interactions.offsets.push_back(interactions.item_index.size());
  }
  return interactions;
}

Interactions random_interactions(uint64_t seed, size_t users, size_t items) {
  base::Random random(seed);
  std::vector<std::vector<uint32_t>> profiles(users);
  for (std::vector<uint32_t>& profile : profiles)
    for (uint32_t item = 0; item < items; ++item)
      if (random.chance(0.6 / (1.0 + 0.2 * item))) profile.push_back(item);
  profiles[0] = {0};
  return from_profiles(profiles, items);
}

ItemKnn fit(const Interactions& interactions, const ItemKnnOptions& options, size_t threads = 1) {
  base::OwnedContext context(threads);
  auto model = ItemKnn::fit(interactions, options, context.get());
  EXPECT_TRUE(model) << (model ? "" : model.error().message());
  return model ? *model : ItemKnn();
}

// cos(i, j) of every pair from sets of users, then the k nearest of every j by sorting all of them.
std::vector<std::vector<double>> plain_similarity(const Interactions& interactions,
                                                  const ItemKnnOptions& options) {
  std::vector<std::set<size_t>> users(interactions.items);
  for (size_t user = 0; user < interactions.users; ++user)
    for (const uint32_t item : interactions.of_user(user)) users[item].insert(user);
  std::vector<std::vector<double>> nearest(interactions.items, std::vector<double>(interactions.items));
  for (size_t j = 0; j < interactions.items; ++j) {
    std::vector<std::pair<double, size_t>> order;
    for (size_t i = 0; i < interactions.items; ++i) {
      size_t shared = 0;
      for (const size_t user : users[i]) shared += users[j].count(user);
      if (i == j || shared == 0 || shared < options.min_support) continue;
      const double root =
          std::sqrt(static_cast<double>(users[j].size()) * static_cast<double>(users[i].size()));
      order.emplace_back(-static_cast<double>(shared) / (root + options.shrinkage), i);
    }
    std::sort(order.begin(), order.end());
    for (size_t n = 0; n < std::min(options.k, order.size()); ++n)
      nearest[j][order[n].second] = -order[n].first;
  }
  return nearest;
}

TEST(ItemKnn, AgreesWithAllPairs) {
  const std::vector<ItemKnnOptions> choices{
      {}, {.k = 3}, {.k = 1, .shrinkage = 2.5}, {.k = 7, .min_support = 3}, {.k = 1000, .shrinkage = 0.1}};
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::Random random(seed);
    const Interactions interactions = random_interactions(seed, 2 + random.below(60), 1 + random.below(50));
    const ItemKnnOptions& options = choices[seed % choices.size()];
    const auto nearest = plain_similarity(interactions, options);
    const ItemKnn model = fit(interactions, options);
    std::vector<double> scores(interactions.items, -1.0);
    for (size_t user = 0; user < interactions.users; ++user) {
      model.score(interactions.of_user(user), scores);
      for (size_t j = 0; j < interactions.items; ++j) {
        double expected = 0;
        for (const uint32_t i : interactions.of_user(user)) expected += nearest[j][i];
        ASSERT_DOUBLE_EQ(scores[j], expected) << "user " << user << " item " << j;
      }
    }
  }
}

TEST(ItemKnn, NeighboursAreThoseOfTheTargetNotOfTheProfile) {
  // Item 0 is everybody's; 1 and 2 come with it. With k = 1 the nearest of 1 is 0 and the nearest of 2 is 0,
  // but only one of them is the nearest of 0: both must score for a profile of {0}.
  const Interactions interactions = from_profiles({{0, 1}, {0, 1}, {0, 2}, {0, 3}}, 4);
  const ItemKnn model = fit(interactions, {.k = 1});
  std::vector<double> scores(4);
  model.score(std::vector<uint32_t>{0}, scores);
  EXPECT_DOUBLE_EQ(scores[1], 2.0 / std::sqrt(8.0));
  EXPECT_DOUBLE_EQ(scores[2], 1.0 / std::sqrt(4.0));
  EXPECT_DOUBLE_EQ(scores[3], 1.0 / std::sqrt(4.0));
  EXPECT_DOUBLE_EQ(scores[0], 0.0);
}

TEST(ItemKnn, TiesGoToTheLowerIndex) {
  // 0, 1 and 2 are equally like 3.
  const ItemKnn model = fit(from_profiles({{0, 3}, {1, 3}, {2, 3}}, 4), {.k = 2});
  std::vector<double> scores(4);
  model.score(std::vector<uint32_t>{2}, scores);
  EXPECT_EQ(scores[3], 0.0);
  model.score(std::vector<uint32_t>{1}, scores);
  EXPECT_DOUBLE_EQ(scores[3], 1.0 / std::sqrt(3.0));
}

TEST(ItemKnn, RecommendsByScoreWithoutWhatIsExcluded) {
  const ItemKnn model = fit(from_profiles({{0, 1}, {0, 1}, {0, 2}, {0, 3}}, 5), {});
  const std::vector<uint32_t> profile{0};
  const auto list = model.recommend(profile, profile, {}, 10);
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].item, 1u);
  EXPECT_EQ(list[1].item, 2u);  // as good as 3, and lower
  EXPECT_EQ(list[2].item, 3u);
  EXPECT_EQ(model.recommend(profile, profile, std::vector<uint8_t>{1, 0, 1, 1, 1}, 1)[0].item, 2u);
  EXPECT_TRUE(model.recommend({}, {}, {}, 10).empty());
}

TEST(ItemKnn, ReasonsSumToTheScore) {
  const Interactions interactions = random_interactions(77, 50, 30);
  const ItemKnn model = fit(interactions, {.k = 8});
  std::vector<uint32_t> places(model.items());
  for (size_t user = 0; user < interactions.users; ++user) {
    const auto profile = interactions.of_user(user);
    const auto list = model.recommend(profile, {}, {}, 5);
    std::vector<uint32_t> items;
    for (const RankedItem& ranked : list) items.push_back(ranked.item);
    const auto together = model.explain(profile, items, 2, places);
    for (size_t i = 0; i < list.size(); ++i)
      EXPECT_EQ(together[i], model.explain(profile, items[i], 2)) << user;
    for (const RankedItem& ranked : list) {
      const auto reasons = model.explain(profile, ranked.item, 100);
      double sum = 0;
      for (size_t r = 0; r < reasons.size(); ++r) {
        sum += reasons[r].cosine;
        EXPECT_TRUE(std::binary_search(profile.begin(), profile.end(), reasons[r].item));
        if (r > 0) {
          EXPECT_GE(reasons[r - 1].cosine, reasons[r].cosine);
        }
      }
      EXPECT_NEAR(sum, ranked.score, 1e-12);
      const auto first = model.explain(profile, ranked.item, 1);
      ASSERT_EQ(first.size(), 1u);
      EXPECT_EQ(first[0], reasons[0]);
    }
  }
}

TEST(ItemKnn, ItemsItHasNeverSeenDoNotCount) {
  const ItemKnn model = fit(from_profiles({{0, 1}}, 2), {});
  const auto list = model.recommend(std::vector<uint32_t>{0, 500}, {}, {}, 10);
  EXPECT_THAT(list, ElementsAre(RankedItem{1, 1.0}));
  EXPECT_TRUE(model.explain(std::vector<uint32_t>{500}, 1, 3).empty());
}

TEST(ItemKnn, GivesTheSameBitsForAnyNumberOfThreads) {
  const Interactions interactions = random_interactions(5, 500, 300);
  const ModelState one = fit(interactions, {.k = 20}, 1).state();
  for (const size_t threads : {2, 7}) {
    const ModelState many = fit(interactions, {.k = 20}, threads).state();
    for (size_t t = 0; t < one.tensors.size(); ++t) EXPECT_EQ(many.tensors[t].values, one.tensors[t].values);
  }
}

TEST(ItemKnn, RefusesOptionsOutOfRange) {
  const Interactions interactions = from_profiles({{0, 1}}, 2);
  base::OwnedContext context;
  const auto message = [&](const ItemKnnOptions& options) {
    const auto model = ItemKnn::fit(interactions, options, context.get());
    EXPECT_FALSE(model);
    return model ? "" : model.error().message();
  };
  EXPECT_THAT(message({.k = 0}), HasSubstr("k is 0"));
  EXPECT_THAT(message({.shrinkage = -1}), HasSubstr("shrinkage is -1"));
  EXPECT_THAT(message({.min_support = 0}), HasSubstr("min_support is 0"));
}

}  // namespace
}  // namespace coterie::learn

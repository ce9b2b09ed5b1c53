// Segments, predictions and recommendations: rules, honesty and the plain versions they are checked against.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/random.h"
#include "fixtures/shop.h"
#include "profile/features.h"
#include "understand/feature_matrix.h"
#include "understand/predict/predict.h"
#include "understand/recommend/evaluate_lists.h"
#include "understand/recommend/recommend.h"
#include "understand/segments/clusters.h"
#include "understand/segments/rfm.h"

namespace coterie::understand {
namespace {

using base::kDay;
using base::Timestamp;
using registry::Published;
using testing::TestEvent;
using testing::TestShop;

// A table of buyers with the three RFM features; a missing monetary is NaN.
data::FeatureTable rfm_table(const std::vector<std::array<double, 3>>& rows) {
  data::FeatureTable table;
  const char* names[] = {"recency_days", "frequency", "monetary"};
  for (int j = 0; j < 3; ++j) {
    data::FeatureColumn column;
    column.name = names[j];
    for (const auto& row : rows) {
      column.values.push_back(std::isnan(row[j]) ? 0 : row[j]);
      column.valid.push_back(std::isnan(row[j]) ? 0 : 1);
    }
    table.columns.push_back(column);
  }
  for (size_t i = 0; i < rows.size(); ++i) table.users.push_back("u" + std::to_string(100 + i));
  return table;
}

TEST(Rfm, QuintilesGiveEqualMembersEqualScores) {
  EXPECT_THAT(quintiles({10, 20, 30, 40, 50}), ::testing::ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(quintiles({7, 7, 7, 7}), ::testing::ElementsAre(3, 3, 3, 3));
  EXPECT_THAT(quintiles({1, 1, 1, 9}), ::testing::ElementsAre(2, 2, 2, 5));
  EXPECT_TRUE(quintiles({}).empty());
}

TEST(Rfm, EveryPairOfScoresHasOneOfElevenNames) {
  const auto names = rfm_segments();
  std::set<std::string_view> used;
  for (uint8_t recency = 1; recency <= 5; ++recency)
    for (uint8_t value = 1; value <= 5; ++value) used.insert(rfm_segment(recency, value));
  EXPECT_EQ(used.size(), 11u);
  EXPECT_EQ(used, std::set<std::string_view>(names.begin(), names.end()));
  EXPECT_EQ(rfm_segment(5, 5), "champions");
  EXPECT_EQ(rfm_segment(1, 1), "lost");
  EXPECT_EQ(rfm_segment(1, 5), "cannot_lose");
  for (const auto name : names)
    EXPECT_FALSE(base::text_by_key("segment_" + std::string(name), base::Language::kChinese).empty()) << name;
}

TEST(Rfm, LeavesOutWhoNeverBoughtAndDoesWithoutAmounts) {
  const double none = std::nan("");
  const auto members = *compute_rfm(rfm_table({{none, 0, none}, {1, 9, none}, {100, 1, none}}));
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].row, 1u);
  EXPECT_EQ(members[0].monetary, 0);
  EXPECT_EQ(members[0].value, members[0].frequency);
  EXPECT_GT(members[0].recency, members[1].recency);
}

TEST(FeatureMatrix, StandardisesOnTrainingRowsAndRemembersThem) {
  const double none = std::nan("");
  const auto table = rfm_table({{0, 1, 10}, {std::exp(2) - 1, 1, none}, {std::exp(4) - 1, 1, 30}, {500, 7, -50}});
  const std::string_view features[] = {"recency_days", "frequency", "monetary"};
  const std::vector<uint32_t> train = {0, 1, 2};
  const auto matrix = FeatureMatrix::fit(table, train, features, {});
  ASSERT_TRUE(matrix) << matrix.error().message();
  // frequency is constant in training: left out; monetary is missing once: a flag of its own.
  EXPECT_THAT(matrix->column_names(), ::testing::ElementsAre("recency_days", "monetary", "monetary is missing"));
  const auto x = *matrix->transform(table, train);
  for (size_t j = 0; j < x.cols; ++j) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < x.rows; ++i) {
      sum += x.at(i, j);
      squares += x.at(i, j) * x.at(i, j);
    }
    EXPECT_NEAR(sum, 0, 1e-12) << j;
    EXPECT_NEAR(squares / 3, 1, 1e-12) << j;
  }
  EXPECT_EQ(x.at(1, 1), 0) << "missing becomes the training mean";
  learn::ModelState state;
  matrix->add_to(state);
  const std::vector<uint32_t> later = {3};
  EXPECT_EQ(FeatureMatrix::from_state(state)->transform(table, later)->values, matrix->transform(table, later)->values);
}

// Members come in three kinds: often, sometimes, once. The first buy the whole year; a third of the last stop.
std::vector<TestEvent> plausible_events(uint64_t seed, int users) {
  base::Random random(seed);
  std::vector<TestEvent> events;
  const Timestamp begin = base::parse_civil_time("2010-01-01")->local_us;
  for (int u = 0; u < users; ++u) {
    const double gap_days = u % 3 == 0 ? 9 : u % 3 == 1 ? 35 : 110;
    const double stop_day = random.chance(0.3) ? random.uniform() * 400 : 1e9;
    for (double day = random.uniform() * 60; day < 400 && day < stop_day; day += gap_days * random.exponential() + 0.1) {
      const auto order = "o" + std::to_string(events.size());
      for (uint64_t line = 0; line < 1 + random.below(3); ++line) {
        // Taste: most items from a group of ten.
        const uint64_t item = random.chance(0.8) ? static_cast<uint64_t>(u % 5) * 10 + random.below(10) : random.below(50);
        events.push_back({"user" + std::to_string(10'000 + u), "item" + std::to_string(100 + item), "buy",
                          begin + static_cast<Timestamp>(day * static_cast<double>(kDay)), order,
                          5.0 + static_cast<double>(item)});
      }
    }
  }
  return events;
}

struct Fixture {
  TestShop shop;
  std::unique_ptr<profile::AsOf> source;
  Timestamp as_of = 0;
  std::map<int64_t, data::FeatureTable> tables;

  explicit Fixture(uint64_t seed, int users, size_t threads = 2) : shop("UTC", threads) {
    shop.add(plausible_events(seed, users));
    source = std::move(*profile::AsOf::open(shop.workspace(), shop.context()));
    as_of = *source->default_as_of();
  }
  const data::FeatureTable* features(int64_t days_before) {
    if (!tables.contains(days_before))
      tables[days_before] = *profile::compute_features(*source, source->calendar().add_days(as_of, -days_before));
    return &tables[days_before];
  }
  Prediction predict(const PredictTask& task) {
    PredictInput input{features(2 * task.horizon_days), features(task.horizon_days), features(0), {}};
    auto out = understand::predict(task, input, *source, 1, shop.context());
    EXPECT_TRUE(out) << out.error().message();
    return std::move(*out);
  }
};

TEST(Predict, SelectsMembersAndLabelsByTheTask) {
  TestShop shop("UTC");
  const auto day = [](int n) { return n * kDay + kDay / 2; };
  shop.add({{"early", "i", "buy", day(1)},
            {"steady", "i", "buy", day(10)},
            {"steady", "i", "buy", day(110)},
            {"recent", "i", "buy", day(99)},
            {"viewer", "i", "view", day(50)},
            {"refunder", "i", "refund", day(50)}});
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  const auto table = *profile::compute_features(*source, 100 * kDay);
  const auto purchase = *select_labelled_rows(kPurchase, table, *source);
  std::vector<std::string> users;
  for (const uint32_t row : purchase.rows) users.push_back(table.users[row]);
  EXPECT_THAT(users, ::testing::ElementsAre("early", "recent", "steady"));
  EXPECT_THAT(purchase.labels, ::testing::ElementsAre(0, 0, 1));
  const auto churn = *select_labelled_rows(kChurn, table, *source);
  users.clear();
  for (const uint32_t row : churn.rows) users.push_back(table.users[row]);
  EXPECT_THAT(users, ::testing::ElementsAre("recent", "steady")) << "a purchase in the last 90 days";
  EXPECT_THAT(churn.labels, ::testing::ElementsAre(1, 0));
}

TEST(Predict, PublishesOnlyWhatBeatsEveryBaseline) {
  Fixture fixture(5, 900);
  const Prediction purchase = fixture.predict(kPurchase);
  ASSERT_TRUE(purchase.evidence.contains("metrics")) << purchase.evidence;
  bool beats = true;
  for (const auto& baseline : purchase.evidence["baselines"])
    beats = beats && baseline["difference"]["low"].get<double>() > 0;
  EXPECT_EQ(purchase.published != Published::kNo, beats);
  EXPECT_EQ(purchase.method == "logistic_regression", beats);
  if (beats) {
    EXPECT_EQ(purchase.published == Published::kYes, purchase.evidence["calibration"]["calibrated"].get<bool>());
  }
  ASSERT_FALSE(purchase.scores.empty());
  for (size_t i = 1; i < purchase.scores.size(); ++i) {
    EXPECT_GE(purchase.scores[i - 1].score, purchase.scores[i].score);
    EXPECT_EQ(purchase.scores[i].rank, i + 1);
  }
}

TEST(Predict, KeepsTheBaselineWhereNothingCanBeLearnt) {
  // Purchases at random times of equal members: no feature knows more than chance.
  TestShop shop("UTC");
  base::Random random(3);
  std::vector<TestEvent> events;
  for (int u = 0; u < 400; ++u)
    for (int i = 0; i < 8; ++i)
      events.push_back({"user" + std::to_string(1000 + u), "item", "buy",
                        static_cast<Timestamp>(random.below(400 * 24)) * base::kHour, "o" + std::to_string(events.size()), 10.0});
  shop.add(events);
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  std::vector<data::FeatureTable> tables;
  for (const int64_t days : {340, 370, 400}) tables.push_back(*profile::compute_features(*source, days * kDay));
  const auto prediction = *predict(kPurchase, {&tables[0], &tables[1], &tables[2], {}}, *source, 1, shop.context());
  EXPECT_EQ(prediction.published, Published::kNo);
  EXPECT_THAT(prediction.method, ::testing::AnyOf("recency", "frequency", "monetary"));
  EXPECT_FALSE(prediction.scores.empty()) << "the baseline still ranks";
  EXPECT_TRUE(prediction.model.has_value()) << "what was not published is kept";
}

TEST(Predict, SaysWhyThereIsNoModel) {
  TestShop shop("UTC");
  shop.add({{"only", "i", "buy", kDay}, {"only", "i", "buy", 5 * kDay}});
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  const auto table = *profile::compute_features(*source, 4 * kDay);
  const auto prediction = *predict(kPurchase, {&table, &table, &table, {}}, *source, 1, shop.context());
  EXPECT_EQ(prediction.published, Published::kNo);
  EXPECT_FALSE(prediction.model.has_value());
  EXPECT_THAT(prediction.evidence["limits"][0].get<std::string>(), ::testing::HasSubstr("too little data"));
}

TEST(Predict, ModelComesBackFromItsState) {
  Fixture fixture(5, 600);
  const auto train = *select_labelled_rows(kPurchase, *fixture.features(60), *fixture.source);
  const auto model = *PredictModel::fit(train, fixture.shop.context());
  const auto back = PredictModel::from_state(model.state());
  ASSERT_TRUE(back) << back.error().message();
  const auto now = *select_rows(kPurchase, *fixture.features(0));
  EXPECT_EQ(*back->predict_proba(now), *model.predict_proba(now));
}

TEST(Clusters, PickTheNumberOfClustersBySilhouette) {
  Fixture fixture(7, 300);
  ClusterOptions options;
  options.features.assign(std::begin(kClusterFeatures), std::end(kClusterFeatures));
  const auto clustering = compute_clusters(*fixture.features(0), options, fixture.shop.context());
  ASSERT_TRUE(clustering) << clustering.error().message();
  double best = -1;
  size_t best_k = 0;
  for (const auto& [k, silhouette] : clustering->choices)
    if (silhouette > best) {
      best = silhouette;
      best_k = k;
    }
  EXPECT_EQ(clustering->choices.size(), 6u);
  EXPECT_EQ(clustering->clusters.size(), best_k);
  EXPECT_EQ(clustering->silhouette, best);
  size_t members = 0;
  for (const auto& cluster : clustering->clusters) members += cluster.members;
  EXPECT_EQ(members, clustering->rows.size());
}

TEST(Clusters, RefuseMoreClustersThanDifferentMembers) {
  const auto table = rfm_table({{1, 1, 1}, {1, 1, 1}, {2, 1, 1}});
  ClusterOptions options{.features = {"recency_days"}, .n_clusters = 3};
  const auto clustering = compute_clusters(table, options, base::OwnedContext().get());
  ASSERT_FALSE(clustering);
  EXPECT_EQ(clustering.error().code(), base::Code::kInvalidArgument);
}

TEST(Recommend, JudgesOnLaterPurchasesOfKnownProducts) {
  TestShop shop("UTC");
  shop.add({{"a", "lamp", "buy", 1 * kDay}, {"a", "vase", "buy", 2 * kDay}, {"b", "rug", "buy", 3 * kDay},
            {"a", "rug", "buy", 50 * kDay}, {"a", "lamp", "buy", 51 * kDay}, {"a", "novelty", "buy", 52 * kDay},
            {"stranger", "rug", "buy", 53 * kDay}, {"b", "rug", "buy", 54 * kDay}});
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  const auto history = PurchaseHistory::from(*source->bought_items(40 * kDay, 0, 40 * kDay), 40 * kDay);
  const auto later = *source->bought_items(40 * kDay, 40 * kDay, 60 * kDay);
  const auto any = judged_users(history, later, RecommendTask::kAny);
  ASSERT_EQ(any.size(), 2u) << "a stranger has no history";
  const auto item = [&](const char* id) {
    return static_cast<uint32_t>(std::find(history.bought.items.begin(), history.bought.items.end(), id) -
                                 history.bought.items.begin());
  };
  EXPECT_THAT(any[0].relevant, ::testing::UnorderedElementsAre(item("lamp"), item("rug"))) << "a novelty is not known";
  const auto fresh = judged_users(history, later, RecommendTask::kNew);
  ASSERT_EQ(fresh.size(), 1u);
  EXPECT_THAT(fresh[0].relevant, ::testing::ElementsAre(item("rug")));
}

TEST(Recommend, MethodsRankAsTheirNamesSay) {
  TestShop shop("UTC");
  shop.add({{"a", "mine", "buy", 1 * kDay, "1"}, {"a", "mine", "buy", 2 * kDay, "2"}, {"a", "once", "buy", 39 * kDay, "3"},
            {"b", "hit", "buy", 1 * kDay, "4"}, {"c", "hit", "buy", 1 * kDay, "5"}, {"d", "hit", "buy", 1 * kDay, "6"},
            {"b", "pair", "buy", 1 * kDay, "7"}, {"b", "once", "buy", 1 * kDay, "8"}, {"e", "trend", "buy", 38 * kDay, "9"},
            {"f", "trend", "buy", 39 * kDay, "10"}});
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  const auto history = PurchaseHistory::from(*source->bought_items(40 * kDay, 0, 40 * kDay), 40 * kDay);
  const auto fitted = *fit_methods(history, shop.context());
  const auto first = [&](std::string_view method, RecommendTask task) {
    std::vector<double> scratch;
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

TEST(Recommend, TastesMakeItemKnnBeatPopularity) {
  Fixture fixture(11, 600);
  const auto out = recommend(*fixture.source, fixture.as_of, 1, fixture.shop.context());
  ASSERT_TRUE(out) << out.error().message();
  ASSERT_EQ(out->tasks.size(), 2u);
  const auto& methods = out->tasks[0].evidence["methods"];
  EXPECT_GT(methods["item_knn"]["recall20"]["low"].get<double>(), methods["popularity"]["recall20"]["high"].get<double>());
  EXPECT_FALSE(methods.contains("own_history")) << "what one has is not new";
  for (const auto& task : out->tasks) {
    EXPECT_FALSE(task.published.empty());
    for (const auto& entry : task.lists) {
      ASSERT_LE(entry.rank, kListLength);
      if (task.task != RecommendTask::kNew) continue;
      const auto owned = out->history.interactions.of_user(entry.user);
      ASSERT_FALSE(std::binary_search(owned.begin(), owned.end(), entry.item));
    }
  }
}

TEST(Understand, GivesTheSameBitsForAnyNumberOfThreads) {
  std::vector<std::string> records;
  for (const size_t threads : {1, 2, 7}) {
    Fixture fixture(13, 300, threads);
    std::string record = fixture.predict(kPurchase).evidence.dump() + fixture.predict(kChurn).evidence.dump();
    const auto out = *recommend(*fixture.source, fixture.as_of, 1, fixture.shop.context());
    for (const auto& task : out.tasks) {
      record += task.evidence.dump();
      for (const auto& entry : task.lists) record += fmt::format("{} {} {:a};", entry.user, entry.item, entry.score);
    }
    records.push_back(record);
  }
  EXPECT_EQ(records[0], records[1]);
  EXPECT_EQ(records[0], records[2]);
}

}  // namespace
}  // namespace coterie::understand

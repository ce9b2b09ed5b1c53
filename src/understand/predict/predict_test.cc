// Purchase and churn: who is asked about, what is published, what is said when there is too little data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "fixtures/members.h"
#include "profile/features.h"
#include "understand/predict/predict.h"

namespace coterie::understand {
namespace {

using base::kDay;
using base::Timestamp;
using registry::Published;
using testing::TestEvent;
using testing::TestShop;

struct Fixture {
  TestShop shop;
  std::unique_ptr<profile::AsOf> source;
  Timestamp as_of = 0;
  std::map<int64_t, data::FeatureTable> tables;

  explicit Fixture(uint64_t seed, int users, size_t threads = 2) : shop("UTC", threads) {
    shop.add(testing::plausible_events(seed, users));
    source = std::move(*profile::AsOf::open(shop.workspace(), shop.context()));
    as_of = *source->default_as_of();
  }
  const data::FeatureTable* features(int64_t days_before) {
    if (!tables.contains(days_before))
      tables[days_before] =
          *profile::compute_features(*source, source->calendar().add_days(as_of, -days_before));
    return &tables[days_before];
  }
  TaskRows window(const PredictTask& task, int64_t days_before, Season season = Season::kTraining,
                  bool is_year_ago = false) {
    TaskRows rows = *select_labelled_rows(task, *features(days_before), *source);
    rows.season = season;
    rows.is_year_ago = is_year_ago;
    return rows;
  }
  Prediction predict(const PredictTask& task) {
    const PredictInput input{{window(task, 2 * task.horizon_days)}, features(task.horizon_days), features(0)};
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
    EXPECT_EQ(purchase.published == Published::kYes,
              purchase.evidence["calibration"]["calibrated"].get<bool>());
  }
  ASSERT_FALSE(purchase.scores.empty());
  for (size_t i = 1; i < purchase.scores.size(); ++i) {
    EXPECT_GE(purchase.scores[i - 1].score, purchase.scores[i].score);
    EXPECT_EQ(purchase.scores[i].rank, i + 1);
  }
}

TEST(Predict, KeepsTheBaselineWhereNothingCanBeLearnt) {
  // Equal members who buy at random times (a Poisson process each): the past tells nothing about the future.
  TestShop shop("UTC");
  base::Random random(3);
  std::vector<TestEvent> events;
  for (int u = 0; u < 400; ++u)
    for (uint64_t i = random.poisson(8); i > 0; --i)
      events.push_back({"user" + std::to_string(1000 + u), "item", "buy",
                        static_cast<Timestamp>(random.below(400 * 24)) * base::kHour,
                        "o" + std::to_string(events.size()), 10.0});
  shop.add(events);
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  std::vector<data::FeatureTable> tables;
  for (const int64_t days : {340, 370, 400})
    tables.push_back(*profile::compute_features(*source, days * kDay));
  const TaskRows train = *select_labelled_rows(kPurchase, tables[0], *source);
  const auto prediction = *predict(kPurchase, {{train}, &tables[1], &tables[2]}, *source, 1, shop.context());
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
  const TaskRows train = *select_labelled_rows(kPurchase, table, *source);
  const auto prediction = *predict(kPurchase, {{train}, &table, &table}, *source, 1, shop.context());
  EXPECT_EQ(prediction.published, Published::kNo);
  EXPECT_FALSE(prediction.model.has_value());
  EXPECT_THAT(prediction.evidence["limits"][0]["en"].get<std::string>(),
              ::testing::HasSubstr("too little data"));
}

TEST(Predict, ModelComesBackFromItsState) {
  Fixture fixture(5, 600);
  const std::vector<TaskRows> windows = {fixture.window(kPurchase, 60),
                                         fixture.window(kPurchase, 120, Season::kTest, true)};
  for (const size_t count : {1, 2}) {
    const auto model = *PredictModel::fit(std::span(windows).first(count), fixture.shop.context());
    const auto back = PredictModel::from_state(model.state());
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->knows_seasons(), count > 1);
    auto now = *select_rows(kPurchase, *fixture.features(0));
    now.season = Season::kTest;
    EXPECT_EQ(*back->predict_proba(now), *model.predict_proba(now));
  }
}

TEST(Predict, LearnsSquaresOnlyFromMembersEnough) {
  for (const int users : {600, 3000}) {
    Fixture fixture(5, users);
    const std::vector<TaskRows> windows = {fixture.window(kPurchase, 60)};
    const auto& labels = windows[0].labels;
    const auto positive = static_cast<size_t>(std::count(labels.begin(), labels.end(), 1));
    const auto model = *PredictModel::fit(windows, fixture.shop.context());
    const size_t features = model.matrix().columns();
    const bool is_enough = std::min(positive, labels.size() - positive) >= 10 * 2 * features;
    EXPECT_EQ(is_enough, users == 3000);
    EXPECT_EQ(model.design(windows[0], 0, 1)->cols, features * (is_enough ? 2 : 1));
  }
}

// Members who buy at a rate of their own, in December of each year twice as often. Judged on a December, taught by the
// November before it and by the year before.
TEST(Predict, LearnsTheSeasonFromTheYearBefore) {
  TestShop shop("UTC");
  base::Random random(8);
  const auto is_high_season = [](int64_t day) {
    return (day >= 330 && day < 360) || (day >= 695 && day < 725);
  };
  std::vector<TestEvent> events;
  for (int u = 0; u < 1500; ++u) {
    const double rate = 0.004 + 0.03 * random.uniform() * random.uniform();
    for (int64_t day = 0; day < 726; ++day)
      if (random.chance(rate * (is_high_season(day) ? 2.0 : 1.0)))
        events.push_back({"user" + std::to_string(10'000 + u), "item", "buy", day * kDay + kDay / 2,
                          "o" + std::to_string(events.size()), 10.0});
  }
  shop.add(events);
  auto source = *profile::AsOf::open(shop.workspace(), shop.context());
  std::map<int64_t, data::FeatureTable> tables;
  const auto window = [&](int64_t day, Season season, bool is_year_ago) {
    tables[day] = *profile::compute_features(*source, day * kDay);
    TaskRows rows = *select_labelled_rows(kPurchase, tables[day], *source);
    rows.season = season;
    rows.is_year_ago = is_year_ago;
    return rows;
  };
  const std::vector<TaskRows> windows = {window(665, Season::kTraining, false),
                                         window(300, Season::kTraining, true),
                                         window(330, Season::kTest, true), window(360, Season::kNow, true)};
  const TaskRows test = window(695, Season::kTest, false);
  const auto mean = [](const auto& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  };
  const auto blind = *PredictModel::fit(std::span(windows).first(1), shop.context());
  const auto model = *PredictModel::fit(windows, shop.context());
  EXPECT_LT(mean(*blind.predict_proba(test)), 0.75 * mean(test.labels))
      << "November says nothing of December";
  EXPECT_NEAR(mean(*model.predict_proba(test)), mean(test.labels), 0.1 * mean(test.labels));
  EXPECT_GT(model.season_effect(Season::kTest), 0.4);
  EXPECT_LT(model.season_effect(Season::kNow), 0.1)
      << "recent orders, made in the high season, promise too much";
  EXPECT_EQ(blind.season_effect(Season::kTest), 0);
  for (const Reason& driver : model.drivers()) EXPECT_FALSE(driver.column.empty());
}

TEST(Predict, KeepsAPartOfTheRowsThatDependsOnIdsAlone) {
  Fixture fixture(5, 900);
  const TaskRows rows = fixture.window(kPurchase, 60);
  ASSERT_GT(rows.rows.size(), 300u);
  const std::string_view features[] = {"frequency", "recency_over_gap"};
  const auto all = *keep_rows(rows, features, rows.rows.size());
  EXPECT_EQ(all.rows.rows.size(), rows.rows.size());
  EXPECT_EQ(all.rows.labels, rows.labels);
  const auto some = *keep_rows(rows, features, 100);
  EXPECT_NEAR(static_cast<double>(some.rows.rows.size()), 100, 35);
  EXPECT_EQ(some.users, rows.rows.size());
  for (size_t i = 0; i < some.rows.rows.size(); ++i) {
    const auto at = static_cast<size_t>(
        std::find(all.table->users.begin(), all.table->users.end(), some.table->users[i]) -
        all.table->users.begin());
    ASSERT_LT(at, all.rows.rows.size());
    EXPECT_EQ(some.rows.labels[i], all.rows.labels[at]);
    for (size_t c = 0; c < 2; ++c) {
      EXPECT_EQ(some.table->columns[c].values[i], all.table->columns[c].values[at]);
      EXPECT_EQ(some.table->columns[c].valid[i], all.table->columns[c].valid[at]);
    }
  }
}

TEST(Predict, GivesTheSameBitsForAnyNumberOfThreads) {
  std::vector<std::string> records;
  for (const size_t threads : {1, 2, 7}) {
    Fixture fixture(13, 300, threads);
    records.push_back(fixture.predict(kPurchase).evidence.dump() + fixture.predict(kChurn).evidence.dump());
  }
  EXPECT_EQ(records[0], records[1]);
  EXPECT_EQ(records[0], records[2]);
}

}  // namespace
}  // namespace coterie::understand

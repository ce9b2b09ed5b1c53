// Purchase and churn: who is asked about, what is published, what is said when there is too little data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

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
  const auto prediction =
      *predict(kPurchase, {&tables[0], &tables[1], &tables[2], {}}, *source, 1, shop.context());
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
  EXPECT_THAT(prediction.evidence["limits"][0]["en"].get<std::string>(),
              ::testing::HasSubstr("too little data"));
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

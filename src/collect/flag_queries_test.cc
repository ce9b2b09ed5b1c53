// The rules that need several rows, through a real workspace: what they find, and what they must leave alone.
#include "collect/flag_queries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "collect/collect_testing.h"
#include "collect/import.h"
#include "store/duckdb.h"

namespace coterie::collect {
namespace {

class FlagQueries : public testing::Test {
 protected:
  FlagQueries() {
    auto made =
        store::Workspace::create(folder_.path() / "shop", {"UTC", "CNY", base::Language::kEnglish, {}});
    EXPECT_TRUE(made) << made.error().message();
    workspace_ = std::move(*made);
  }

  // One act: seconds since 2024-01-01.
  void act(const std::string& user, double second, const std::string& behavior = "view") {
    const auto whole = static_cast<int64_t>(second);
    const auto micros = static_cast<int64_t>((second - static_cast<double>(whole)) * 1e6);
    rows_ += fmt::format("{},i,{},2024-01-{:02}T{:02}:{:02}:{:02}.{:06}Z,,\n", user, behavior,
                         1 + whole / 86400, whole / 3600 % 24, whole / 60 % 60, whole % 60, micros);
  }
  void sale(const std::string& item, const std::string& price, const std::string& line_amount = "") {
    rows_ += fmt::format("u{},{},buy,2024-01-01T00:00:00Z,{},{}\n", ++sales_, item, price, line_amount);
  }

  std::map<std::string, uint64_t> import() {
    const auto file =
        folder_.write("rows.csv", "user_id,item_id,behavior,ts,unit_price,line_amount\n" + rows_);
    const Input inputs[] = {{file, true}};
    const auto report = import_inputs(*workspace_, inputs, {.preset = "coterie"}, false, owned_.get());
    EXPECT_TRUE(report) << report.error().message();
    return report ? report->files[0].counts.flagged_by_rule : std::map<std::string, uint64_t>();
  }

  int64_t count(std::string_view sql) {
    auto connection = workspace_->connect(owned_.get());
    EXPECT_TRUE(connection) << connection.error().message();
    return connection ? *(*connection)->query_int64(sql) : -1;
  }

  TemporaryFolder folder_;
  base::OwnedContext owned_;
  std::unique_ptr<store::Workspace> workspace_;
  std::string rows_;
  int sales_ = 0;
};

using Counts = std::map<std::string, uint64_t>;

TEST_F(FlagQueries, ARateThatNoPersonReachesMarksTheUserFromThenOn) {
  base::Random random(1);
  double second = 1000;
  for (int i = 0; i < 500; ++i) act("scraper", second += 0.4 + 1.2 * random.uniform());
  for (int i = 0; i < 60; ++i) act("member", 1000 + 10.0 * i * i);
  EXPECT_EQ(import(), (Counts{{"bot_rate", 500}}));
  EXPECT_EQ(count("SELECT count(*) FROM flags WHERE rule = 'bot_rate' AND \"column\" = 'user_id'"), 500);
  EXPECT_EQ(
      count("SELECT count(*) FROM users WHERE user_id = 'scraper' AND trait = 'is_bot' AND value = 'true'"),
      1);
  EXPECT_EQ(count("SELECT count(*) FROM users"), 1);
  // The mark says nothing before the rate was reached.
  EXPECT_GE(count("SELECT count(*) FROM events WHERE user_id = 'scraper' "
                  "AND ts < (SELECT valid_from FROM users)"),
            300);
}

TEST_F(FlagQueries, ManyRowsOfOneSecondAreOneAct) {
  for (int i = 0; i < 1000; ++i) act("buyer", 50 + (i % 20) * 0.001, "buy");
  for (int i = 0; i < 290; ++i) act("quick", 100 + 2 * i + (i % 7) * 0.1);
  EXPECT_EQ(import(), Counts{});
}

TEST_F(FlagQueries, WhatClientsSendByThemselvesIsNoAct) {
  for (int i = 0; i < 600; ++i) act("watcher", i, "impression");
  for (int i = 0; i < 600; ++i) act("player", 10 * i, "custom:heartbeat");
  EXPECT_EQ(import(), Counts{});
}

TEST_F(FlagQueries, EvenGapsAreAProgramEvenWithJitter) {
  base::Random random(2);
  double second = 0;
  for (int i = 0; i < 120; ++i) act("poller", second += 300 * (0.92 + 0.16 * random.uniform()));
  for (int i = 0; i < 101; ++i) act("cron", 600.0 * i);
  EXPECT_EQ(import(), (Counts{{"bot_regularity", 221}}));
  EXPECT_EQ(count("SELECT count(*) FROM users WHERE trait = 'is_bot'"), 2);
}

TEST_F(FlagQueries, AHundredGapsAreNeededAndPeoplesGapsDiffer) {
  base::Random random(3);
  double second = 0;
  for (int i = 0; i < 100; ++i) act("short", 600.0 * i);
  for (int i = 0; i < 400; ++i) act("person", second += -120 * std::log(1 - random.uniform()));
  for (int i = 0; i < 300; ++i) act("minutes", 60.0 * i);  // times kept to the minute: no rhythm to see
  EXPECT_EQ(import(), Counts{});
}

TEST_F(FlagQueries, PricesFarFromTheItemsOthersAreFlaggedAndKept) {
  for (int i = 0; i < 100; ++i) sale("pen", i % 3 == 0 ? "2.10" : "2.55");
  for (int i = 0; i < 100; ++i) sale("desk", i % 2 == 0 ? "250" : "280");
  sale("pen", "255");  // the unit is wrong
  sale("desk", "2.50");
  sale("pen", "", "210");  // the price of one piece follows from the amount
  sale("pen", "5.10");     // dear, and no error
  EXPECT_EQ(import(), (Counts{{"amount_bounds", 3}}));
  EXPECT_EQ(count("SELECT count(*) FROM flags JOIN events USING (event_id) WHERE line IN (202, 203, 204)"),
            3);
  EXPECT_EQ(count("SELECT count(*) FROM events"), 204);
}

TEST_F(FlagQueries, ItemsWithWidePricesAndFewSalesAreNotJudgedHard) {
  for (int i = 0; i < 50; ++i) sale("manual", fmt::format("{}", 1 + i * i));
  for (int i = 0; i < 40; ++i) sale(fmt::format("single{}", i), fmt::format("{}", 2 + i % 9));
  EXPECT_EQ(import(), Counts{});
}

TEST_F(FlagQueries, ASecondImportFlagsNothingAgain) {
  for (int i = 0; i < 400; ++i) act("scraper", i);
  EXPECT_EQ(import(), (Counts{{"bot_rate", 400}}));
  EXPECT_EQ(import(), Counts{});
  EXPECT_EQ(count("SELECT count(*) FROM flags"), 400);
  EXPECT_EQ(count("SELECT count(*) FROM users"), 1);
}

TEST(FlagQueriesOff, AreNotAsked) {
  data::CleaningSettings settings;
  EXPECT_EQ(flag_queries(settings).size(), 3u);
  settings.set(data::Rule::kBotRate, data::RuleAction::kOff);
  settings.bot_rate = 120;
  const auto queries = flag_queries(settings);
  ASSERT_EQ(queries.size(), 2u);
  EXPECT_EQ(queries[0].rule, "bot_regularity");
  for (const auto& query : queries) EXPECT_EQ(query.select.find('{'), std::string::npos);
}

}  // namespace
}  // namespace coterie::collect

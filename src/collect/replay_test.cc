#include "collect/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/collect_testing.h"
#include "collect/import.h"
#include "store/duckdb.h"
#include "store/settings.h"

namespace coterie::collect {
namespace {

using testing::HasSubstr;

class Replay : public testing::Test {
 protected:
  Replay() { open_with({}); }

  // The shop with these settings of the rules.
  void open_with(const data::CleaningSettings& cleaning) {
    const auto folder = folder_.path() / "shop";
    if (!workspace_) {
      auto made = store::Workspace::create(folder, {"UTC", "CNY", base::Language::kEnglish, {}});
      EXPECT_TRUE(made) << made.error().message();
    }
    EXPECT_TRUE(
        store::save_settings({"UTC", "CNY", base::Language::kEnglish, cleaning}, folder / "coterie.toml")
            .ok());
    auto opened = store::Workspace::open(folder, store::Workspace::Access::kWrite);
    EXPECT_TRUE(opened) << opened.error().message();
    workspace_ = std::move(*opened);
  }

  store::IngestCounts import(const std::string& name, std::string_view rows,
                             const ImportOptions& options = {}) {
    const Input inputs[] = {{folder_.write(name, rows), true}};
    const auto report = import_inputs(*workspace_, inputs, options, false, owned_.get());
    EXPECT_TRUE(report) << report.error().message();
    return report ? report->files[0].counts : store::IngestCounts();
  }

  std::vector<ReplayReport> replay(const ReplayOptions& options = {}) {
    auto reports = replay_quarantine(*workspace_, options, owned_.get());
    EXPECT_TRUE(reports) << reports.error().message();
    for (const ReplayReport& report : *reports)
      EXPECT_EQ(report.received, report.accepted + report.duplicate + report.quarantined);
    return reports ? *reports : std::vector<ReplayReport>();
  }

  int64_t count(std::string_view sql) {
    auto connection = workspace_->connect(owned_.get());
    EXPECT_TRUE(connection) << connection.error().message();
    return connection ? *(*connection)->query_int64(sql) : -1;
  }

  TemporaryFolder folder_;
  base::OwnedContext owned_;
  std::unique_ptr<store::Workspace> workspace_;
};

constexpr std::string_view kReplayedRows =
    "user_id,item_id,behavior,ts,unit_price\n"
    "u1,i,buy,2024-01-01,5\n"
    "u2,\"i, x\",buy,2024-01-02,-5\n"
    "u3,i,buy,never,5\n"
    "u4,i,buy,2024-01-04,-5\n"
    "u5,\"i,buy,2024-01-05,-5\n"
    "u6,\xFF,buy,2024-01-06,5\n";

TEST_F(Replay, AcceptsWhatAChangedRuleAllowsInItsOldPlace) {
  EXPECT_EQ(import("a.csv", kReplayedRows).quarantined, 5u);
  data::CleaningSettings cleaning;
  cleaning.set(data::Rule::kPrice, data::RuleAction::kFlag);
  open_with(cleaning);
  const auto reports = replay();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].source, "a.csv");
  EXPECT_EQ(reports[0].received, 5u);
  EXPECT_EQ(reports[0].accepted, 2u);
  EXPECT_EQ(reports[0].quarantined_by_rule,
            (std::map<std::string, uint64_t>{{"time", 1}, {"unreadable", 2}}));
  EXPECT_EQ(reports[0].flagged_by_rule, (std::map<std::string, uint64_t>{{"price", 2}}));
  ASSERT_EQ(reports[0].not_read.size(), 1u);
  EXPECT_THAT(reports[0].not_read.begin()->first, HasSubstr("escaped bytes"));
  EXPECT_EQ(count("SELECT count(*) FROM events"), 3);
  EXPECT_EQ(count("SELECT count(*) FROM events WHERE item_id = 'i, x' AND source = 'a.csv'"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM flags WHERE line IN (3, 5) AND source = 'a.csv'"), 2);
  EXPECT_EQ(count("SELECT count(*) FROM quarantine"), 3);
  EXPECT_EQ(count("SELECT count(*) FROM quarantine WHERE line IN (4, 6, 7) AND import_id = '00000001'"), 3);
}

TEST_F(Replay, IsIdempotentAndSoIsTheFileAfterwards) {
  import("a.csv", kReplayedRows);
  data::CleaningSettings cleaning;
  cleaning.set(data::Rule::kPrice, data::RuleAction::kOff);
  open_with(cleaning);
  replay();
  const auto again = replay();
  EXPECT_EQ(again[0].received, 3u);
  EXPECT_EQ(again[0].accepted, 0u);
  const auto counts = import("a.csv", kReplayedRows);
  EXPECT_EQ(counts.accepted, 0u);
  EXPECT_EQ(counts.duplicate, 3u);
  EXPECT_EQ(count("SELECT count(*) FROM events"), 3);
  EXPECT_EQ(count("SELECT count(*) FROM quarantine"), 3);
}

TEST_F(Replay, RestatesTheVerdictOfRowsThatFailOtherwise) {
  import("a.csv", "user_id,item_id,behavior,ts,unit_price\ntest,i,buy,never,5\n");
  data::CleaningSettings cleaning;
  cleaning.set(data::Rule::kTestUser, data::RuleAction::kQuarantine);
  open_with(cleaning);
  import("b.csv", "user_id,item_id,behavior,ts,unit_price\ntest,i,buy,2024-01-01,5\n");
  cleaning.set(data::Rule::kTestUser, data::RuleAction::kOff);
  open_with(cleaning);
  EXPECT_EQ(replay({.rule = "test_user"}).size(), 1u);
  EXPECT_EQ(count("SELECT count(*) FROM quarantine WHERE rule = 'time'"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM events"), 1);
}

TEST_F(Replay, TakesAnotherMappingForTheRowsThatNeedIt) {
  import("a.csv", "who,member,what,when\nu1,,buy,2024-01-01\n,m2,buy,2024-01-02\n",
         {.columns = *parse_column_choices("user_id=who,behavior=what,ts=when")});
  EXPECT_EQ(count("SELECT count(*) FROM quarantine"), 1);
  const auto reports = replay({.columns = *parse_column_choices("anonymous_id=member")});
  EXPECT_EQ(reports[0].accepted, 1u);
  EXPECT_EQ(count("SELECT count(*) FROM events WHERE anonymous_id = 'm2' AND user_id IS NULL"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM quarantine"), 0);
  EXPECT_TRUE(replay().empty());
}

TEST_F(Replay, RefusesAMappingThatDoesNotFitAndKeepsEverything) {
  import("a.csv", kReplayedRows);
  const auto refused =
      replay_quarantine(*workspace_, {.columns = *parse_column_choices("anonymous_id=member")}, owned_.get());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("a.csv"));
  EXPECT_THAT(refused.error().message(), HasSubstr("member"));
  EXPECT_EQ(count("SELECT count(*) FROM quarantine"), 5);
}

TEST_F(Replay, KeepsEqualRowsThatThePresetSaysAreReal) {
  const std::string rows = "user_id,behavior,ts,unit_price\nu,buy,2024-01-01,-1\nu,buy,2024-01-01,-1\n";
  import("a.csv", rows, {.repeats = data::Repeats::kKeep});
  EXPECT_EQ(count("SELECT count(*) FROM quarantine"), 2);
  data::CleaningSettings cleaning;
  cleaning.set(data::Rule::kPrice, data::RuleAction::kOff);
  open_with(cleaning);
  EXPECT_EQ(replay()[0].accepted, 2u);
  EXPECT_EQ(import("a.csv", rows, {.repeats = data::Repeats::kKeep}).duplicate, 2u);
}

TEST_F(Replay, ReadsMoreThanAPage) {
  std::string rows = "user_id,behavior,ts,unit_price\n";
  for (int i = 0; i < 9000; ++i) rows += fmt::format("u{},buy,2024-01-01,-1\n", i);
  import("a.csv", rows);
  data::CleaningSettings cleaning;
  cleaning.set(data::Rule::kPrice, data::RuleAction::kOff);
  open_with(cleaning);
  EXPECT_EQ(replay()[0].accepted, 9000u);
  EXPECT_EQ(count("SELECT count(*) FROM quarantine"), 0);
}

TEST_F(Replay, OneElementOfARecordIsReadAgainWithoutTheOthers) {
  const auto counts = import(
      "calls.jsonl",
      R"({"type":"track","messageId":"m1","userId":"u1","event":"Product Viewed","properties":{"product_id":"i7","price":-1},"timestamp":"2024-01-02T03:04:05Z"}
{"type":"track","messageId":"m2","userId":"u1","event":"Order Completed","properties":{"products":[{"product_id":"i7","price":1},{"product_id":"i8","price":-1}]},"timestamp":"2024-01-02T03:04:05Z"}
)");
  EXPECT_EQ(counts.quarantined, 2u);
  data::CleaningSettings cleaning;
  cleaning.set(data::Rule::kPrice, data::RuleAction::kOff);
  open_with(cleaning);
  const auto reports = replay();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].accepted, 2u);
  EXPECT_EQ(reports[0].duplicate, 0u);
  EXPECT_EQ(count("SELECT count(*) FROM events WHERE event_id LIKE 'm2#%'"), 2);
  EXPECT_EQ(count("SELECT count(*) FROM quarantine"), 0);
}

TEST_F(Replay, TheShopsRulesHoldForTextsToo) {
  EXPECT_EQ(import("t.csv", "user_id,body,ts,rating\nu1,good,2024-01-01,many\n", {.kind = Kind::kTexts})
                .quarantined,
            1u);
  data::CleaningSettings cleaning;
  cleaning.set(data::Rule::kNumber, data::RuleAction::kOff);
  open_with(cleaning);
  EXPECT_EQ(replay()[0].accepted, 1u);
  EXPECT_EQ(count("SELECT count(*) FROM texts WHERE rating IS NULL"), 1);
}

}  // namespace
}  // namespace coterie::collect

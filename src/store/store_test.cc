// Tests of the workspace: creation, commits, deduplication, damage, lock-down.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "base/hash.h"
#include "store/catalog.h"
#include "store/duckdb.h"
#include "store/ingest.h"
#include "store/settings.h"
#include "store/workspace.h"

namespace coterie::store {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Status;
using ::testing::HasSubstr;

// A folder of the test's own, removed afterwards.
class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::temp_directory_path() /
            ("coterie_store_" + std::string(info->name()) + std::to_string(::getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~StoreTest() override { fs::remove_all(root_); }

  fs::path shop() const { return root_ / "a shop"; }
  std::unique_ptr<Workspace> create() {
    auto made = Workspace::create(shop(), {"Asia/Shanghai", "CNY", base::Language::kChinese});
    EXPECT_TRUE(made) << made.error().message();
    return std::move(*made);
  }
  base::Context context() { return owned_.get(); }

  fs::path root_;
  base::OwnedContext owned_{2};
};

void add_event(data::EventBatch& batch, std::string_view id, bool is_content_id, std::string_view user,
               uint64_t line) {
  batch.event_id.append(id);
  batch.is_content_id.push_back(is_content_id ? 1 : 0);
  batch.user_id.append(user);
  batch.anonymous_id.append_null();
  batch.item_id.append("item'1");
  batch.behavior.append("buy");
  batch.ts.push_back(1'600'000'000'000'000);
  batch.value.append_null();
  batch.quantity.append(10'000);
  batch.unit_price.append(25'500);
  batch.line_amount.append(25'500);
  batch.discount.append_null();
  for (auto* column : {&batch.currency, &batch.order_id, &batch.session_id, &batch.channel,
                       &batch.campaign_id, &batch.decision_id, &batch.properties})
    column->append_null();
  batch.line.push_back(line);
}

IngestCounts ingest(Workspace& workspace, const base::Context& context, const data::EventBatch& batch,
                    data::Repeats repeats) {
  auto job = Ingest::begin(workspace, {"file.csv", "coterie", {}, repeats, 1'700'000'000'000'000}, context);
  EXPECT_TRUE(job) << job.error().message();
  EXPECT_TRUE((*job)->append(batch).ok());
  auto counts = (*job)->commit();
  EXPECT_TRUE(counts) << counts.error().message();
  return *counts;
}

int64_t count(Workspace& workspace, const base::Context& context, std::string_view sql) {
  auto connection = workspace.connect(context);
  EXPECT_TRUE(connection) << connection.error().message();
  auto value = (*connection)->query_int64(sql);
  EXPECT_TRUE(value) << value.error().message();
  return *value;
}

TEST_F(StoreTest, CreatesOpensAndRefusesASecondCreate) {
  create();
  EXPECT_TRUE(Workspace::exists(shop()));
  EXPECT_EQ(Workspace::create(shop(), {"Asia/Shanghai", "CNY"}).error().code(), Code::kAlreadyExists);
  auto opened = Workspace::open(shop(), Workspace::Access::kRead);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ((*opened)->settings().timezone, "Asia/Shanghai");
  EXPECT_EQ((*opened)->settings().language, base::Language::kChinese);
}

TEST_F(StoreTest, RefusesAFolderWithOtherThings) {
  fs::create_directories(shop());
  std::ofstream(shop() / "letter.txt") << "hello";
  EXPECT_EQ(Workspace::create(shop(), {"Asia/Shanghai", "CNY"}).error().code(), Code::kFailedPrecondition);
  EXPECT_EQ(Workspace::open(shop(), Workspace::Access::kRead).error().code(), Code::kFailedPrecondition);
  EXPECT_EQ(Workspace::open(root_ / "none", Workspace::Access::kRead).error().code(), Code::kNotFound);
}

TEST_F(StoreTest, FinishesAnInterruptedCreate) {
  fs::create_directories(shop() / "events");
  std::ofstream(shop() / "coterie.toml") << "timezone = \"Asia/Sh";
  std::ofstream(shop() / "state.db.new") << "half";
  create();
  EXPECT_TRUE(Workspace::open(shop(), Workspace::Access::kRead));
}

TEST_F(StoreTest, NamesFileLineAndColumnOfAnUnknownSetting) {
  create();
  std::ofstream(shop() / "coterie.toml", std::ios::app) << "colour = \"red\"\n";
  auto opened = Workspace::open(shop(), Workspace::Access::kRead);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Code::kInvalidArgument);
  EXPECT_THAT(opened.error().message(), HasSubstr("coterie.toml, line 5, column 1: unknown key 'colour'"));
}

TEST_F(StoreTest, KeepsWhatAShopSaysOfTheCleaningRules) {
  Settings settings{"Asia/Shanghai", "CNY", base::Language::kChinese, {}};
  settings.cleaning.set(data::Rule::kPrice, data::RuleAction::kFlag);
  settings.cleaning.set(data::Rule::kBotRate, data::RuleAction::kOff);
  settings.cleaning.test_users = {"演示*", "demo-\"x\"", "\nfirst", "'''x'''\n"};
  settings.cleaning.internal_users = {"*@shop.example"};
  settings.cleaning.bot_rate = 120;
  settings.cleaning.repeats = data::Repeats::kKeep;
  const fs::path path = root_ / "coterie.toml";
  ASSERT_TRUE(save_settings(settings, path).ok());
  const auto loaded = load_settings(path);
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->cleaning, settings.cleaning);
  EXPECT_EQ(data::CleaningSettings().action(data::Rule::kPrice), data::RuleAction::kQuarantine);
}

TEST_F(StoreTest, NamesThePlaceOfAWrongCleaningSetting) {
  const auto message = [&](const std::string& section) {
    const fs::path path = root_ / "coterie.toml";
    std::ofstream(path) << "timezone = \"UTC\"\ncurrency = \"CNY\"\n" << section;
    const auto loaded = load_settings(path);
    EXPECT_FALSE(loaded) << section;
    return loaded ? "" : loaded.error().message();
  };
  EXPECT_THAT(message("[cleaning.rules]\nprize = \"off\"\n"),
              HasSubstr("line 4, column 1: no rule 'prize'; there are: unreadable, missing_id, "));
  EXPECT_THAT(message("[cleaning.rules]\ntime = \"flag\"\n"), HasSubstr("rule time may be: quarantine"));
  EXPECT_THAT(message("[cleaning.rules]\nbot_rate = \"quarantine\"\n"),
              HasSubstr("line 4, column 12: rule bot_rate may be: flag, off"));
  EXPECT_THAT(message("[cleaning]\nbot_rate = 10\n"), HasSubstr("a whole number from 60 to 600"));
  EXPECT_THAT(message("[cleaning]\ntest_users = \"x*\"\n"), HasSubstr("must be a list"));
  EXPECT_THAT(message("[cleaning]\ntest_users = [7]\n"), HasSubstr("texts of 1 to 256 bytes"));
  EXPECT_THAT(message("[cleaning]\ncolour = 1\n"), HasSubstr("unknown key 'cleaning.colour'"));
  EXPECT_THAT(message("cleaning = 1\n"), HasSubstr("cleaning is a section"));
}

TEST_F(StoreTest, AcceptsAnEventOnceWhateverFileItComesFrom) {
  auto workspace = create();
  data::EventBatch batch;
  add_event(batch, "own-1", false, "u1", 2);
  add_event(batch, "own-1", false, "u1", 3);
  add_event(batch, "content", true, "u2", 4);
  add_event(batch, "content", true, "u2", 5);
  const IngestCounts dropped = ingest(*workspace, context(), batch, data::Repeats::kDrop);
  EXPECT_EQ(dropped.accepted, 2u);
  EXPECT_EQ(dropped.duplicate, 2u);
  const IngestCounts again = ingest(*workspace, context(), batch, data::Repeats::kDrop);
  EXPECT_EQ(again.accepted, 0u);
  EXPECT_EQ(again.duplicate, 4u);
  EXPECT_EQ(count(*workspace, context(), "SELECT count(*) FROM events"), 2);
}

TEST_F(StoreTest, KeepsRepeatsOnceWhereThePresetSaysTheyAreReal) {
  auto workspace = create();
  data::EventBatch batch;
  for (uint64_t line = 2; line < 5; ++line) add_event(batch, "content", true, "u2", line);
  EXPECT_EQ(ingest(*workspace, context(), batch, data::Repeats::kKeep).accepted, 3u);
  EXPECT_EQ(ingest(*workspace, context(), batch, data::Repeats::kKeep).accepted, 0u);
  EXPECT_EQ(count(*workspace, context(), "SELECT count(DISTINCT event_id) FROM events"), 3);
}

TEST_F(StoreTest, StoresABadRowOnceAndCountsItEachTime) {
  auto workspace = create();
  for (int round = 0; round < 2; ++round) {
    auto job = Ingest::begin(*workspace, {"bad.csv", "coterie", {}, data::Repeats::kDrop, 0}, context());
    ASSERT_TRUE(job);
    data::QuarantineBatch bad;
    for (uint64_t line : {7, 9}) {
      bad.content_id.append("samehash");
      bad.line.push_back(line);
      bad.byte_offset.push_back(line * 10);
      bad.rule.append("time");
      bad.column.append("ts");
      bad.reason.append("not a time");
      bad.raw.append("u1,i1,buy,yesterday");
    }
    ASSERT_TRUE((*job)->append(bad).ok());
    auto counts = (*job)->commit();
    ASSERT_TRUE(counts) << counts.error().message();
    EXPECT_EQ(counts->quarantined, 2u);
    EXPECT_EQ(counts->received, 2u);
    EXPECT_EQ(counts->quarantined_by_rule.at("time"), 2u);
  }
  EXPECT_EQ(count(*workspace, context(), "SELECT count(*) FROM quarantine"), 2);
}

TEST_F(StoreTest, LeavesNothingWhenAnIngestIsDropped) {
  auto workspace = create();
  {
    auto job = Ingest::begin(*workspace, {"file.csv", "coterie", {}, data::Repeats::kDrop, 0}, context());
    data::EventBatch batch;
    add_event(batch, "a", false, "u1", 2);
    ASSERT_TRUE((*job)->append(batch).ok());
  }
  EXPECT_EQ(count(*workspace, context(), "SELECT count(*) FROM events"), 0);
  EXPECT_EQ(*workspace->catalog().newest_generation(), 0);
}

TEST_F(StoreTest, APageEntersWithItsCommitAndNotWithoutIt) {
  auto workspace = create();
  const auto put = [&](std::string_view bytes, bool is_finished) {
    auto commit = Commit::begin(*workspace, "test");
    ASSERT_TRUE(commit) << commit.error().message();
    ASSERT_TRUE((*commit)->put_page("report.html", bytes).ok());
    EXPECT_TRUE(!is_finished || (*commit)->finish(0));
  };
  put("never", false);
  EXPECT_FALSE(fs::exists(shop() / "report.html"));
  put("first", true);
  put("never", false);
  EXPECT_EQ(*base::read_file(shop() / "report.html"), "first");
  put("second", true);
  EXPECT_EQ(*base::read_file(shop() / "report.html"), "second");
  EXPECT_TRUE(fs::is_empty(*workspace->temp_folder()));
}

TEST_F(StoreTest, RemovesFilesThatACrashLeftUnlisted) {
  auto workspace = create();
  const fs::path orphan = shop() / "events" / "00000099.parquet";
  std::ofstream(orphan) << "half a file";
  EXPECT_EQ(count(*workspace, context(), "SELECT count(*) FROM events"), 0);
  data::EventBatch batch;
  add_event(batch, "a", false, "u1", 2);
  ingest(*workspace, context(), batch, data::Repeats::kDrop);
  EXPECT_FALSE(fs::exists(orphan));
}

TEST_F(StoreTest, FindsEveryFlippedBitOfAStoredFile) {
  auto workspace = create();
  data::EventBatch batch;
  add_event(batch, "a", false, "u1", 2);
  ingest(*workspace, context(), batch, data::Repeats::kDrop);
  auto files = workspace->catalog().files(TableKind::kEvents, 1);
  ASSERT_TRUE(files && files->size() == 1);
  const fs::path path = shop() / files->front().name;
  const std::string good = *base::read_file(path);
  for (size_t at = 0; at < good.size(); at += 37) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    std::ofstream(path, std::ios::binary) << bad;
    auto fresh = Workspace::open(shop(), Workspace::Access::kRead);
    ASSERT_TRUE(fresh);
    auto connection = (*fresh)->connect(context());
    ASSERT_FALSE(connection) << "byte " << at;
    EXPECT_EQ(connection.error().code(), Code::kDataLoss);
    EXPECT_THAT(connection.error().message(), HasSubstr(files->front().name));
  }
}

TEST_F(StoreTest, KeepsSqlAwayFromEverythingButTheData) {
  auto workspace = create();
  auto connection = workspace->connect(context());
  ASSERT_TRUE(connection);
  const std::string state = (shop() / "state.db").string();
  for (const std::string& sql : {
           "COPY (SELECT 1) TO '" + state + "'",
           "SELECT * FROM read_text('" + state + "')",
           std::string("SELECT * FROM read_text('/etc/hostname')"),
           "ATTACH '" + (root_ / "x.db").string() + "'",
           std::string("SET enable_external_access = true"),
           std::string("INSTALL httpfs"),
       })
    EXPECT_FALSE((*connection)->execute(sql)) << sql;
}

TEST_F(StoreTest, ReadsListsOfStructsBlockByBlock) {
  base::OwnedContext owned(2);
  const auto workspace = create();
  auto connection = workspace->connect(owned.get());
  ASSERT_TRUE(connection) << connection.error().message();
  // Row n has n % 4 elements (n, i), the last without i; every seventh list is null.
  constexpr const char* kSelect =
      "SELECT n, CASE WHEN n % 7 <> 0 THEN list_transform(range(n % 4), i -> struct_pack(n := n, i := CASE "
      "WHEN i < "
      "2 THEN i::INTEGER END)) END AS l FROM range(5000) t(n) ORDER BY n";
  int64_t next = 0;
  const Status done = (*connection)->query(kSelect, {}, [&](const Rows& rows) -> Status {
    const Rows& elements = rows.elements(1);
    for (size_t row = 0; row < rows.size(); ++row, ++next) {
      const auto [begin, end] = rows.list(1, row);
      EXPECT_EQ(rows.is_null(1, row), next % 7 == 0);
      EXPECT_EQ(static_cast<int64_t>(end - begin), next % 7 == 0 ? 0 : next % 4) << next;
      EXPECT_LE(end, elements.size());
      for (size_t i = begin; i < end; ++i) {
        EXPECT_EQ(elements.int64(0, i), next);
        EXPECT_EQ(elements.is_null(1, i), i - begin == 2);
        EXPECT_TRUE(elements.is_null(1, i) || elements.int64(1, i) == static_cast<int64_t>(i - begin));
      }
    }
    return {};
  });
  EXPECT_TRUE(done.ok()) << done.message();
  EXPECT_EQ(next, 5000);
  const Status refused =
      (*connection)->query("SELECT [1, 2] AS l", {}, [](const Rows&) -> Status { return {}; });
  EXPECT_THAT(std::string(refused.message()), HasSubstr("lists are of STRUCTs"));
}

TEST_F(StoreTest, GivesAReaderTheGenerationItBeganWith) {
  auto workspace = create();
  data::EventBatch batch;
  add_event(batch, "a", false, "u1", 2);
  ingest(*workspace, context(), batch, data::Repeats::kDrop);
  auto reader = workspace->connect(context());
  data::EventBatch more;
  add_event(more, "b", false, "u1", 2);
  ingest(*workspace, context(), more, data::Repeats::kDrop);
  EXPECT_EQ(*(*reader)->query_int64("SELECT count(*) FROM events"), 1);
  ASSERT_TRUE(workspace->refresh_views(**reader).ok());
  EXPECT_EQ(*(*reader)->query_int64("SELECT count(*) FROM events"), 2);
}

TEST_F(StoreTest, TotalsOfTheEventsComeFromTheCatalog) {
  auto workspace = create();
  auto empty = workspace->connect(context());
  EXPECT_EQ(workspace->event_totals(**empty)->events, 0U);
  for (uint64_t begin = 0; begin < 300; begin += 100) {
    data::EventBatch batch;
    for (uint64_t i = begin; i < begin + 100; ++i) add_event(batch, std::to_string(i), false, "u1", 2);
    ingest(*workspace, context(), batch, data::Repeats::kDrop);
  }
  auto connection = workspace->connect(context());
  const auto totals = workspace->event_totals(**connection);
  ASSERT_TRUE(totals) << totals.error().message();
  EXPECT_EQ(totals->events, 300U);
  EXPECT_EQ(totals->first, *(*connection)->query_int64("SELECT epoch_us(min(ts)) FROM events"));
  EXPECT_EQ(totals->last, *(*connection)->query_int64("SELECT epoch_us(max(ts)) FROM events"));
  EXPECT_EQ(workspace->event_totals(**empty)->events, 0U) << "of the generation that the connection pins";
}

}  // namespace
}  // namespace coterie::store

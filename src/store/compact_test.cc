// Compaction changes where events lie, and nothing else, whatever happens meanwhile.
#include "store/compact.h"

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "base/file.h"
#include "store/catalog.h"
#include "store/commit.h"
#include "store/compact_plan.h"
#include "store/store_testing.h"

namespace coterie::store {
namespace {

namespace fs = std::filesystem;
using base::Code;

class CompactTest : public WorkspaceTest {
 protected:
  // Every row of the events, in one number, wherever it lies.
  int64_t digest(Workspace& workspace) {
    return query(
        workspace,
        "SELECT CAST(sum(hash(row)) % 1000000007 AS BIGINT) FROM (SELECT events.* FROM events) AS row");
  }
  static CompactOptions small_files() { return {.rows_per_file = 1000, .rows_per_batch = 1500}; }

  std::vector<StoredFile> events(Workspace& workspace) {
    return *workspace.catalog().files(TableKind::kEvents, *workspace.catalog().newest_generation());
  }
};

TEST_F(CompactTest, KeepsEveryRowAndSortsByBucketUserAndTime) {
  auto workspace = create();
  for (uint64_t i = 0; i < 12; ++i) ingest(*workspace, i * 700, (i + 1) * 700, 311);
  const int64_t before = digest(*workspace);
  auto done = compact(*workspace, small_files(), context());
  ASSERT_TRUE(done) << done.error().message();
  ASSERT_EQ(done->size(), 1u);
  EXPECT_EQ(done->front().rows, 8400u);
  EXPECT_EQ(digest(*workspace), before);
  const auto files = events(*workspace);
  EXPECT_EQ(files.size(), 8u);
  EXPECT_EQ(files_in("events"), 8u) << "the inputs are gone";
  for (const StoredFile& file : files)
    EXPECT_EQ(query(*workspace,
                    fmt::format("WITH numbered AS (SELECT *, file_row_number AS n FROM read_parquet({}, "
                                "file_row_number = true)), ordered AS (SELECT n, row_number() OVER (ORDER BY "
                                "bucket, coalesce(user_id, anonymous_id), ts, event_id) - 1 AS place FROM "
                                "numbered) SELECT count(*) FROM ordered WHERE n <> place",
                                sql_quoted((shop() / file.name).string()))),
              0)
        << file.name;
  EXPECT_TRUE(compact(*workspace, small_files(), context())->empty()) << "nothing is left to do";
}

TEST_F(CompactTest, AMemberIsReadFromTheFilesThatCanHoldIt) {
  auto workspace = create();
  for (uint64_t i = 0; i < 12; ++i) ingest(*workspace, i * 700, (i + 1) * 700, 311);
  ASSERT_TRUE(compact(*workspace, small_files(), context()));
  std::map<std::string, int64_t> expected;
  {
    auto all = workspace->connect(context());
    ASSERT_TRUE(
        (*all)
            ->query(
                "SELECT user_id, count(*) FROM events WHERE user_id IS NOT NULL GROUP BY ALL ORDER BY ALL",
                {},
                [&](const Rows& rows) -> base::Status {
                  for (size_t i = 0; i < rows.size(); ++i)
                    expected[std::string(rows.text(0, i))] = rows.int64(1, i);
                  return {};
                })
            .ok());
  }
  ASSERT_EQ(expected.size(), 311U);
  // A connection takes a while: every eighth member is enough.
  size_t number = 0;
  std::erase_if(expected, [&](const auto&) { return number++ % 8 != 0; });
  for (const auto& [user, events] : expected) {
    auto mine = workspace->connect(context(), {{TableKind::kEvents}, user});
    ASSERT_TRUE(mine) << mine.error().message();
    EXPECT_EQ(query(**mine, "SELECT count(*) FROM events"), events) << user;
  }
  // Damage that the look-up does not come across is no concern of it; and it is never read unverified.
  const StoredFile damaged = events(*workspace).front();
  { std::ofstream(shop() / damaged.name, std::ios::app) << "x"; }
  size_t refused = 0;
  auto later = open(Workspace::Access::kLookUp);
  for (const auto& [user, events] : expected) {
    const bool may_be_there =
        bucket(user) >= damaged.span->first_bucket && bucket(user) <= damaged.span->last_bucket;
    auto mine = later->connect(context(), {{TableKind::kEvents}, user});
    ASSERT_EQ(mine.has_value(), !may_be_there) << user;
    refused += may_be_there ? 1 : 0;
    if (mine) {
      EXPECT_EQ(query(**mine, "SELECT count(*) FROM events"), events) << user;
    }
  }
  EXPECT_GT(refused, 0U);
  EXPECT_LT(refused, 20U);
}

TEST_F(CompactTest, GivesTheSameFilesWithOneThreadAndWithMany) {
  std::vector<std::vector<uint64_t>> checksums;
  for (const size_t threads : {1, 2, 5}) {
    fs::remove_all(shop());
    auto workspace = create();
    for (uint64_t i = 0; i < 6; ++i) ingest(*workspace, i * 900, (i + 1) * 900, 211);
    base::OwnedContext owned(threads);
    ASSERT_TRUE(compact(*workspace, small_files(), owned.get()));
    checksums.emplace_back();
    for (const StoredFile& file : events(*workspace)) checksums.back().push_back(file.checksum);
  }
  EXPECT_EQ(checksums[0], checksums[1]);
  EXPECT_EQ(checksums[0], checksums[2]);
}

TEST_F(CompactTest, LeavesWhatIsImportedMeanwhileAndDropsRepeatsAfterwards) {
  auto workspace = create();
  for (uint64_t i = 0; i < 5; ++i) ingest(*workspace, i * 500, (i + 1) * 500);
  // Another process imports between the choice of inputs and the commit.
  auto other = open(Workspace::Access::kWrite);
  std::thread importer([&] { EXPECT_EQ(ingest(*other, 2400, 3000), 500u); });
  auto done = compact(*workspace, small_files(), context());
  importer.join();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(query(*workspace, "SELECT count(*) FROM events"), 3000);
  EXPECT_EQ(query(*workspace, "SELECT count(DISTINCT event_id) FROM events"), 3000);
  EXPECT_EQ(ingest(*workspace, 0, 3000), 0u);
}

TEST_F(CompactTest, ShowsReadersAllEventsAllTheTime) {
  auto workspace = create();
  for (uint64_t i = 0; i < 8; ++i) ingest(*workspace, i * 400, (i + 1) * 400);
  auto pinned = open()->connect(context());
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    auto mine = open();
    base::OwnedContext owned(1);
    auto connection = mine->connect(owned.get());
    while (!stop) {
      EXPECT_EQ(query(**connection, "SELECT count(*) FROM events"), 3200);
      EXPECT_TRUE(mine->refresh_views(**connection).ok());
    }
  });
  for (int i = 0; i < 5; ++i) {
    CompactOptions options = small_files();
    options.rows_per_file = 500 + static_cast<uint64_t>(i % 2) * 500;
    ASSERT_TRUE(compact(*workspace, options, context()));
    ASSERT_EQ(ingest(*workspace, 0, 10), 0u);
  }
  stop = true;
  reader.join();
}

TEST_F(CompactTest, GoesOnWhereItWasInterrupted) {
  auto workspace = create();
  for (uint64_t i = 0; i < 12; ++i) ingest(*workspace, i * 700, (i + 1) * 700, 311);
  const int64_t before = digest(*workspace);
  // Stops itself after the third file of the result.
  class Stopper : public base::Progress {
   public:
    explicit Stopper(base::CancelToken* cancel) : cancel_(cancel) {}
    void on_advance(uint64_t) override {
      if (++calls_ == 10) cancel_->cancel();
    }

   private:
    base::CancelToken* cancel_;
    int calls_ = 0;
  };
  base::OwnedContext owned(2);
  Stopper stopper(&owned.cancel);
  base::Context stopping = owned.get();
  stopping.progress = &stopper;
  auto stopped = compact(*workspace, small_files(), stopping);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), Code::kCancelled);
  EXPECT_EQ(digest(*workspace), before);
  const fs::path first = shop() / "tmp" / "compact" / "range-0.parquet";
  ASSERT_TRUE(fs::exists(first));
  const auto written = fs::last_write_time(first);
  // Damage to a waiting file only costs its range.
  const fs::path second = shop() / "tmp" / "compact" / "range-1.parquet";
  std::string bytes = *base::read_file(second);
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream(second, std::ios::binary) << bytes;
  class Watcher : public base::Progress {
   public:
    explicit Watcher(fs::path path) : path_(std::move(path)) {}
    void on_advance(uint64_t) override {
      std::error_code code;
      seen_ = fs::last_write_time(path_, code);
    }
    fs::file_time_type seen_;

   private:
    fs::path path_;
  } watcher(first);
  base::Context watching = context();
  watching.progress = &watcher;
  auto done = compact(*workspace, small_files(), watching);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(watcher.seen_, written) << "the finished file was used, not written again";
  EXPECT_EQ(digest(*workspace), before);
  EXPECT_FALSE(fs::exists(shop() / "tmp" / "compact"));
}

TEST_F(CompactTest, HappensByItselfOnlyWithManySmallFilesAndLeavesLargeOnesAlone) {
  auto workspace = create();
  CompactOptions automatic{.is_automatic = true, .many_files = 5, .rows_per_file = 1000};
  ingest(*workspace, 0, 20'000, 997);
  ASSERT_TRUE(compact(*workspace, {.rows_per_file = 1000}, context()));
  const size_t large = events(*workspace).size();
  ASSERT_GT(large, 8u);
  for (uint64_t i = 0; i < 4; ++i) ingest(*workspace, 20'000 + i * 20, 20'020 + i * 20);
  EXPECT_FALSE(*needs_compaction(*workspace, automatic));
  ingest(*workspace, 20'080, 20'100);
  ingest(*workspace, 30'000, 30'020);
  EXPECT_TRUE(*needs_compaction(*workspace, automatic));
  ASSERT_TRUE(compact(*workspace, automatic, context()));
  EXPECT_EQ(events(*workspace).size(), large + 1) << "six small ones became one";
  EXPECT_EQ(files_in("event_ids"), 1u);
  EXPECT_EQ(query(*workspace, "SELECT count(*) FROM events"), 20'120);
  EXPECT_EQ(ingest(*workspace, 0, 20'100), 0u) << "every id is still known";
}

TEST_F(CompactTest, SweepsUnaskedOnlyWorkThatNobodyCanGoOnWith) {
  auto workspace = create();
  for (uint64_t i = 0; i < 3; ++i) ingest(*workspace, i * 10, (i + 1) * 10);
  const fs::path work = shop() / "tmp" / "compact";
  CompactPlan plan;
  for (const StoredFile& file : events(*workspace)) plan.inputs.push_back(file.file_id);
  fs::create_directories(work);
  ASSERT_TRUE(save_plan(work, plan).ok());
  ASSERT_TRUE(compact(*workspace, {.is_automatic = true}, context()));
  EXPECT_TRUE(fs::exists(work)) << "somebody asked for it and was interrupted";
  fs::remove_all(work);
  ASSERT_TRUE(compact(*workspace, {}, context()));
  fs::create_directories(work);
  ASSERT_TRUE(save_plan(work, plan).ok());
  ASSERT_TRUE(compact(*workspace, {.is_automatic = true}, context()));
  EXPECT_FALSE(fs::exists(work)) << "killed after its commit";
  fs::create_directories(work);
  ASSERT_TRUE(compact(*workspace, {.is_automatic = true}, context()));
  EXPECT_FALSE(fs::exists(work)) << "killed before it had a plan";
}

TEST_F(CompactTest, RefusesASecondOneAtTheSameTime) {
  auto workspace = create();
  for (uint64_t i = 0; i < 3; ++i) ingest(*workspace, i * 10, i * 10 + 10);
  auto held = LockFile::acquire_at_once(shop() / "tmp" / "compact.lock");
  ASSERT_TRUE(held);
  auto refused = compact(*workspace, {}, context());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kUnavailable);
}

TEST_F(CompactTest, ChangesNothingWhenAnInputIsDamaged) {
  auto workspace = create();
  for (uint64_t i = 0; i < 3; ++i) ingest(*workspace, i * 100, i * 100 + 100);
  const auto files = events(*workspace);
  std::string bytes = *base::read_file(shop() / files[1].name);
  bytes[bytes.size() / 3] ^= 8;
  std::ofstream(shop() / files[1].name, std::ios::binary) << bytes;
  auto fresh = open(Workspace::Access::kWrite);
  auto refused = compact(*fresh, {}, context());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kDataLoss);
  EXPECT_EQ(events(*fresh).size(), 3u);
}

}  // namespace
}  // namespace coterie::store

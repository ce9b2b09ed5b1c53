// A workspace of format 1, as the release before made it, opens with all it held (tests/golden/workspace_v1).
#include "store/migrate.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "base/file.h"
#include "store/event_id_files.h"
#include "store/state_sum.h"
#include "store/store_testing.h"

namespace coterie::store {
namespace {

namespace fs = std::filesystem;
using base::Code;

class MigrateTest : public WorkspaceTest {
 protected:
  MigrateTest() {
    fs::copy(fs::path(std::getenv("COTERIE_SOURCE")) / "tests/golden/workspace_v1", shop(),
             fs::copy_options::recursive);
  }

  // What format 1 held, read straight from its files.
  int64_t query_old(std::string_view folder, std::string_view columns) {
    const fs::path old = fs::path(std::getenv("COTERIE_SOURCE")) / "tests/golden/workspace_v1";
    ConnectionOptions options;
    options.allowed_folders.push_back(old / folder);
    options.temp_folder = root_;
    auto connection = Connection::open(options);
    EXPECT_TRUE(connection);
    return query(**connection, fmt::format("SELECT {} FROM read_parquet({})", columns,
                                           sql_quoted((old / folder / "*.parquet").string())));
  }
};

constexpr std::string_view kRows = "CAST(bit_xor(hash({})) % 1000000007 AS BIGINT) * 100000 + count(*)";
std::string rows_of(std::string_view columns) { return fmt::format(fmt::runtime(kRows), columns); }

TEST_F(MigrateTest, KeepsEveryRowOfEveryTable) {
  auto workspace = open();
  ASSERT_NE(workspace, nullptr);
  const std::pair<std::string_view, std::string_view> tables[] = {
      {"events",
       "event_id, user_id, anonymous_id, item_id, behavior, ts, value, quantity, unit_price, "
       "line_amount, discount, currency, order_id, session_id, channel, campaign_id, decision_id, "
       "properties, source, received_at"},
      {"users", "user_id, trait, value, valid_from, source"},
      {"items", "item_id, attribute, value, valid_from, source"},
      {"quarantine", "quarantine_id, source, line, byte_offset, rule, \"column\", reason, raw, received_at"},
      {"segments", "user_id, method, segment"},
      {"scores", "user_id, model, version, score, rank, reasons"}};
  for (const auto& [table, columns] : tables)
    EXPECT_EQ(query(*workspace, fmt::format("SELECT {} FROM {}", rows_of(columns), table)),
              query_old(table, rows_of(columns)))
        << table;
  EXPECT_GT(query(*workspace, "SELECT count(*) FROM events"), 1000);
}

TEST_F(MigrateTest, GivesEveryFeatureAColumn) {
  auto workspace = open();
  const int64_t features = query_old("features", "count(DISTINCT feature)");
  EXPECT_GT(features, 20);
  EXPECT_EQ(query(*workspace, "SELECT count(*) - 1 FROM (DESCRIBE features)"), features);
  EXPECT_EQ(query(*workspace, "SELECT count(*) FROM features"),
            query_old("features", "count(DISTINCT user_id)"));
  // Back in rows they are what they were.
  EXPECT_EQ(
      query(*workspace, fmt::format("SELECT {} FROM (UNPIVOT features ON COLUMNS(* EXCLUDE user_id) INTO "
                                    "NAME feature VALUE value)",
                                    rows_of("user_id, feature, value"))),
      query_old("features", rows_of("user_id, feature, value")));
}

TEST_F(MigrateTest, GivesEveryEventItsBucketAndKnowsEveryId) {
  auto workspace = open();
  EXPECT_EQ(query(*workspace,
                  "SELECT count(*) FROM events WHERE bucket IS NULL OR bucket <> "
                  "user_bucket(coalesce(user_id, anonymous_id))"),
            0);
  auto connection = workspace->connect(context());
  ASSERT_TRUE(connection);
  auto ids = workspace->catalog().files(TableKind::kEventIds, *workspace->catalog().newest_generation());
  ASSERT_TRUE(ids && ids->size() == 1u);
  EXPECT_EQ(*sum_of_file(shop() / ids->front().name),
            *sum_of_ids(**connection, "SELECT event_id FROM events", context()));
}

TEST_F(MigrateTest, KeepsImportsModelsAndRuns) {
  auto workspace = open();
  Catalog& catalog = workspace->catalog();
  EXPECT_EQ(catalog.format_version(), kFormatVersion);
  EXPECT_EQ(catalog.documents("imports")->size(), 1u);
  EXPECT_EQ(catalog.documents("model_versions")->size(), 3u);
  EXPECT_TRUE(catalog.document("runs", "latest")->has_value());
}

TEST_F(MigrateTest, HappensOnce) {
  const int64_t generation = *open()->catalog().newest_generation();
  EXPECT_EQ(*open(Workspace::Access::kWrite)->catalog().newest_generation(), generation);
}

TEST_F(MigrateTest, CrashedBeforeItsCommitItBeginsAnew) {
  // New files are in their folders, state.db is the old one.
  { open(); }
  const fs::path old = fs::path(std::getenv("COTERIE_SOURCE")) / "tests/golden/workspace_v1";
  fs::copy(old, shop(), fs::copy_options::recursive | fs::copy_options::skip_existing);
  for (const char* name : {"state.db-wal", "state.db-shm", "state.sum"}) fs::remove(shop() / name);
  fs::copy_file(old / "state.db", shop() / "state.db", fs::copy_options::overwrite_existing);
  auto workspace = open();
  ASSERT_NE(workspace, nullptr);
  EXPECT_EQ(files_in("events"), workspace->catalog().files(TableKind::kEvents, 1000)->size());
  EXPECT_EQ(query(*workspace, "SELECT count(*) - count(DISTINCT event_id) FROM events"), 0);
}

TEST_F(MigrateTest, LeavesADamagedWorkspaceAsItWas) {
  const fs::path file = fs::directory_iterator(shop() / "events")->path();
  std::string bytes = *base::read_file(file);
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_TRUE(base::write_file_durably(file, bytes).ok());
  auto opened = Workspace::open(shop(), Workspace::Access::kRead);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Code::kDataLoss);
  EXPECT_EQ((*Catalog::open_to_inspect(shop() / "state.db"))->format_version(), 1);
}

}  // namespace
}  // namespace coterie::store

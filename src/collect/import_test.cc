// Files through the whole of collect into a real workspace.
#include "collect/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/collect_testing.h"
#include "store/duckdb.h"

namespace coterie::collect {
namespace {

using testing::HasSubstr;

class Import : public testing::Test {
 protected:
  void create(const std::string& timezone, const std::string& currency) {
    auto made =
        store::Workspace::create(folder_.path() / "shop", {timezone, currency, base::Language::kEnglish});
    ASSERT_TRUE(made) << made.error().message();
    workspace_ = std::move(*made);
  }

  base::Result<std::vector<FileReport>> import(const std::vector<std::filesystem::path>& files) {
    std::vector<Input> inputs;
    for (const auto& file : files) inputs.push_back({file, true});
    auto report = import_inputs(*workspace_, inputs, {}, false, owned_.get());
    if (!report) return tl::unexpected(report.error());
    return std::move(report->files);
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

constexpr std::string_view kRows =
    "user_id,item_id,behavior_type,timestamp,item.name\n"
    "u1,i1,view,2024-03-01 10:00,Pen\nu1,i1,view,2024-03-01 "
    "10:00,Pen\nu2,i1,buy,never,Pen\nu2,i1,buy,2024-03-02,Pen\n";

TEST_F(Import, StoresEventsItemsAndQuarantineOnce) {
  create("Asia/Shanghai", "CNY");
  const auto file = folder_.write("a.csv", kRows);
  const auto first = import({file});
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ((*first)[0].counts.received, 4u);
  EXPECT_EQ((*first)[0].counts.accepted, 2u);
  EXPECT_EQ((*first)[0].counts.duplicate, 1u);
  EXPECT_EQ((*first)[0].counts.quarantined, 1u);
  EXPECT_EQ((*first)[0].preset, "coterie");
  const auto second = import({file});
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_EQ((*second)[0].counts.accepted, 0u);
  EXPECT_EQ((*second)[0].counts.duplicate, 3u);
  EXPECT_EQ(count("SELECT count(*) FROM events"), 2);
  EXPECT_EQ(count("SELECT count(*) FROM items"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM quarantine"), 1);
}

TEST_F(Import, AFileThatFailsLeavesNothingAndThoseBeforeItStay) {
  create("Asia/Shanghai", "CNY");
  const auto good = folder_.write("good.csv", kRows);
  const auto bad = folder_.write("bad.csv", "user_id,item_id,behavior,ts\n");
  const auto reports = import({good, bad});
  ASSERT_FALSE(reports);
  EXPECT_THAT(reports.error().message(), HasSubstr("1 of 2 files are imported: bad.csv holds a header line"));
  EXPECT_EQ(count("SELECT count(*) FROM events"), 2);
}

TEST_F(Import, TellsThePresetBeforeThereIsAWorkspace) {
  const auto file = folder_.write(
      "or.csv",
      "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n1,2,3,4,5,6,7,8\n");
  EXPECT_EQ(preset_for_file(file, {})->currency, "GBP");
}

TEST_F(Import, OnlineRetailTwiceIsOnlineRetailOnce) {
  const auto file = real_file("online-retail-2010-2011/onlineretail.converted.csv.gz");
  if (file.empty()) GTEST_SKIP() << "*** the real data is not there: set COTERIE_DATA ***";
  create("Europe/London", "GBP");
  for (const uint64_t accepted : {534'129u, 0u}) {
    const auto reports = import({file});
    ASSERT_TRUE(reports) << reports.error().message();
    const store::IngestCounts& counts = (*reports)[0].counts;
    EXPECT_EQ(counts.received, 541'909u);
    EXPECT_EQ(counts.accepted, accepted);
    EXPECT_EQ(counts.quarantined, 2'517u);
    EXPECT_EQ(counts.duplicate, 541'909u - 2'517u - accepted);
  }
  EXPECT_EQ(count("SELECT count(*) FROM events"), 534'129);
  EXPECT_EQ(count("SELECT count(DISTINCT user_id) FROM events"), 4'371);
  EXPECT_EQ(count("SELECT count(*) FROM quarantine"), 2'517);
  EXPECT_EQ(count("SELECT count(*) FROM events WHERE behavior = 'refund' AND user_id IS NOT NULL"), 8'872);
  EXPECT_EQ(count("SELECT count(*) FROM events WHERE behavior = 'refund' AND line_amount >= 0"), 0);
}

}  // namespace
}  // namespace coterie::collect

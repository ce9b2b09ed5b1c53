// Damage in state.db and in state.sum is found when the workspace is opened, and crashes are no damage.
#include "store/state_sum.h"

#include <gmock/gmock.h>

#include <fstream>
#include <random>
#include <thread>

#include "base/file.h"
#include "store/commit.h"
#include "store/store_testing.h"

namespace coterie::store {
namespace {

namespace fs = std::filesystem;
using base::Code;
using ::testing::HasSubstr;

class StateSumTest : public WorkspaceTest {
 protected:
  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(shop() / name, std::ios::binary | std::ios::trunc) << bytes;
  }
  std::string read(const std::string& name) { return *base::read_file(shop() / name); }
  Code open_code() {
    auto opened = Workspace::open(shop(), Workspace::Access::kRead);
    return opened ? Code::kOk : opened.error().code();
  }
  void put_document(Workspace& workspace, const std::string& key) {
    auto commit = Commit::begin(workspace, "test");
    ASSERT_TRUE(commit);
    (*commit)->put_document({"runs", key, std::string(3000, 'x')});
    ASSERT_TRUE((*commit)->finish(0));
  }
};

TEST_F(StateSumTest, FindsAFlippedBitAnywhereInStateDbAndStateSum) {
  {
    auto workspace = create();
    ingest(*workspace, 0, 100);
    put_document(*workspace, "latest");
  }
  std::mt19937 random(7);
  for (const std::string name : {"state.db", "state.sum"}) {
    const std::string good = read(name);
    for (int i = 0; i < 150; ++i) {
      std::string bad = good;
      const size_t at = random() % bad.size();
      bad[at] = static_cast<char>(bad[at] ^ (1 << (random() % 8)));
      write(name, bad);
      EXPECT_EQ(open_code(), Code::kDataLoss) << name << ", byte " << at;
    }
    write(name, good);
    EXPECT_EQ(open_code(), Code::kOk);
  }
}

TEST_F(StateSumTest, FindsAChangedRowWhereStateSumIsMissing) {
  auto workspace = create();
  ingest(*workspace, 0, 10);
  put_document(*workspace, "latest");
  workspace.reset();
  fs::remove(shop() / "state.sum");
  EXPECT_EQ(open_code(), Code::kOk);
  std::string bad = read("state.db");
  const size_t at = bad.find("xxxxx");
  ASSERT_NE(at, std::string::npos);
  bad[at] = 'y';
  write("state.db", bad);
  auto opened = Workspace::open(shop(), Workspace::Access::kRead);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Code::kDataLoss);
  EXPECT_THAT(opened.error().message(), HasSubstr("state.db is damaged"));
}

TEST_F(StateSumTest, FindsACommitThatWasLost) {
  auto workspace = create();
  const std::string before = read("state.db");
  ingest(*workspace, 0, 10);
  workspace.reset();
  write("state.db", before);
  auto opened = Workspace::open(shop(), Workspace::Access::kRead);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Code::kDataLoss);
  EXPECT_THAT(opened.error().message(), HasSubstr("lost its last changes"));
}

TEST_F(StateSumTest, TakesACrashBeforeTheSealForNoDamageAndSealsAgain) {
  auto workspace = create();
  const std::string old_sum = read("state.sum");
  ingest(*workspace, 0, 10);
  workspace.reset();
  write("state.sum", old_sum);  // the log was brought into the file, state.sum not yet renewed
  EXPECT_EQ(open_code(), Code::kOk);
  EXPECT_EQ(read("state.sum"), old_sum) << "readers do not renew it";
  open(Workspace::Access::kWrite);
  EXPECT_NE(read("state.sum"), old_sum);
  auto catalog = Catalog::open(shop() / "state.db", true);
  ASSERT_TRUE(catalog);
  EXPECT_TRUE((*catalog)->was_sealed());
}

TEST_F(StateSumTest, LosesNothingThatWasAcknowledgedWhenTheLogIsDamaged) {
  auto workspace = create();
  ingest(*workspace, 0, 10);
  // A transaction after the last commit is all that the log may hold; its damage is the crash before it.
  ASSERT_TRUE(workspace->catalog().reserve_file_id());
  const std::string log = read("state.db-wal");
  ASSERT_GT(log.size(), 4096u);
  workspace.reset();
  std::mt19937 random(3);
  for (int i = 0; i < 40; ++i) {
    std::string bad = log;
    bad[random() % bad.size()] ^= 16;
    write("state.db-wal", bad);
    fs::remove(shop() / "state.db-shm");
    auto opened = Workspace::open(shop(), Workspace::Access::kRead);
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_EQ(query(**opened, "SELECT count(*) FROM events"), 10);
  }
}

TEST_F(StateSumTest, RaisesNoAlarmForReadersWhileOthersCommit) {
  auto workspace = create();
  std::atomic<bool> stop = false;
  std::atomic<int> opens = 0;
  std::string alarm;
  std::thread reader([&] {
    while (!stop && alarm.empty()) {
      auto opened = Workspace::open(shop(), Workspace::Access::kRead);
      if (!opened) alarm = opened.error().message();
      ++opens;
    }
  });
  for (int i = 0; i < 40 || opens < 200; ++i) put_document(*workspace, std::to_string(i % 50));
  stop = true;
  reader.join();
  EXPECT_EQ(alarm, "");
}

}  // namespace
}  // namespace coterie::store

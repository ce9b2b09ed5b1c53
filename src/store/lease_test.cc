// Leases: what readers pin stays, what nobody pins goes, whoever dies when.
#include "store/lease.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <fstream>
#include <thread>

#include "store/commit.h"
#include "store/store_testing.h"

namespace coterie::store {
namespace {

namespace fs = std::filesystem;

class LeaseTest : public WorkspaceTest {
 protected:
  fs::path leases() const { return root_ / "leases"; }
  LeaseTest() { fs::create_directories(leases()); }

  // Replaces the features of the workspace by one row.
  void put_features(Workspace& workspace) {
    auto connection = workspace.connect_bare(context());
    ASSERT_TRUE(connection) << connection.error().message();
    auto commit = Commit::begin(workspace, "run");
    ASSERT_TRUE(commit) << commit.error().message();
    (*commit)->replace(TableKind::kFeatures);
    ASSERT_TRUE((*commit)->add_table(**connection, TableKind::kFeatures,
                                     "SELECT 'u' AS user_id, 1.0::DOUBLE AS recency_days", {}, context()));
    ASSERT_TRUE((*commit)->finish(0));
  }
};

TEST_F(LeaseTest, PinsEverythingUntilItKnowsItsGeneration) {
  EXPECT_EQ(take_census(leases(), false).oldest_generation, std::nullopt);
  auto lease = Lease::take(leases());
  ASSERT_TRUE(lease) << lease.error().message();
  EXPECT_EQ(take_census(leases(), false).oldest_generation, 0);
  ASSERT_TRUE((*lease)->pin(41).ok());
  EXPECT_EQ(take_census(leases(), false).oldest_generation, 41);
  auto older = Lease::take(leases());
  ASSERT_TRUE((*older)->pin(7).ok());
  EXPECT_EQ(take_census(leases(), false).oldest_generation, 7);
  older->reset();
  EXPECT_EQ(take_census(leases(), false).oldest_generation, 41);
}

TEST_F(LeaseTest, CountsADamagedLeaseOfALiveReaderAsPinningEverything) {
  auto lease = Lease::take(leases());
  ASSERT_TRUE((*lease)->pin(12).ok());
  const fs::path file = fs::directory_iterator(leases())->path();
  std::ofstream(file) << "123 half";
  EXPECT_EQ(take_census(leases(), false).oldest_generation, 0);
}

TEST_F(LeaseTest, LosesTheLeaseOfAProcessThatDies) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto lease = Lease::take(leases());
    if (!lease || !(*lease)->pin(3).ok()) ::_exit(1);
    [[maybe_unused]] const ssize_t sent = ::write(ready[1], "x", 1);
    for (;;) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(take_census(leases(), true).oldest_generation, 3);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(take_census(leases(), false).dead.size(), 1u);
  EXPECT_EQ(take_census(leases(), true).oldest_generation, std::nullopt);
  EXPECT_TRUE(fs::is_empty(leases()));
}

TEST_F(LeaseTest, IsTakenWhileACollectorRemovesWhatLooksDead) {
  std::atomic<bool> stop = false;
  std::thread collector([&] {
    while (!stop) take_census(leases(), true);
  });
  for (int i = 0; i < 3000; ++i) {
    auto lease = Lease::take(leases());
    ASSERT_TRUE(lease) << lease.error().message();
    // The collector never removes a lease that is held.
    ASSERT_TRUE((*lease)->pin(1).ok());
    ASSERT_FALSE(fs::is_empty(leases())) << "lease " << i;
  }
  stop = true;
  collector.join();
}

TEST_F(LeaseTest, KeepsTheFilesOfAReaderAndRemovesThemAfterwards) {
  auto workspace = create();
  put_features(*workspace);
  auto reader = workspace->connect(context());
  ASSERT_TRUE(reader);
  put_features(*workspace);
  put_features(*workspace);
  EXPECT_EQ(files_in("features"), 3u) << "the reader pins the first, and all that came after it";
  EXPECT_EQ(query(**reader, "SELECT count(*) FROM features"), 1);
  ASSERT_TRUE(workspace->refresh_views(**reader).ok());
  put_features(*workspace);
  EXPECT_EQ(files_in("features"), 2u);
  EXPECT_EQ(query(**reader, "SELECT count(*) FROM features"), 1);
  reader->reset();
  put_features(*workspace);
  EXPECT_EQ(files_in("features"), 1u);
  EXPECT_EQ(*workspace->catalog().listed_names(),
            std::set<std::string>{fmt::format("features/{:08}.parquet", 5)});
}

TEST_F(LeaseTest, LeavesOnlyUnlistedFilesWhenTheProcessDiesBeforeItDeletesThem) {
  auto workspace = create();
  put_features(*workspace);
  put_features(*workspace);
  // As a crash between unlisting and deleting leaves it: the file is there, the catalog does not know it.
  const fs::path leftover = shop() / "features" / "00000001.parquet";
  std::ofstream(leftover) << "old";
  EXPECT_EQ(query(*workspace, "SELECT count(*) FROM features"), 1);
  put_features(*workspace);
  EXPECT_FALSE(fs::exists(leftover));
  EXPECT_EQ(files_in("features"), 1u);
}

}  // namespace
}  // namespace coterie::store

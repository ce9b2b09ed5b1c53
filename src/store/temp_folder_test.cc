// Temporary folders: their own while the handle lives, gone when it or its process does.
#include "store/temp_folder.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "store/store_testing.h"

namespace coterie::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class TempFolderTest : public WorkspaceTest {
 protected:
  TempFolderTest() { fs::create_directories(tmp()); }
  fs::path tmp() const { return root_ / "tmp"; }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(tmp())) out.push_back(entry.path().filename().string());
    return out;
  }
};

TEST_F(TempFolderTest, IsGoneWithItsHandle) {
  {
    auto first = TempFolder::make(tmp());
    auto second = TempFolder::make(tmp());
    ASSERT_TRUE(first && second);
    EXPECT_NE((*first)->path(), (*second)->path());
    std::ofstream((*first)->path() / "file") << "x";
    EXPECT_EQ(names().size(), 4U);
    EXPECT_THAT(dead_temp_folders(tmp()), IsEmpty());
  }
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(TempFolderTest, RemovesWhatDeadProcessesLeft) {
  fs::create_directory(tmp() / "1-7");  // killed before it removed its folder
  std::ofstream(tmp() / "1-7" / "part-1.parquet") << "x";
  std::ofstream(tmp() / "1-7.lock") << "";
  std::ofstream(tmp() / "2-7.lock") << "";  // killed between the lock and the folder
  fs::create_directory(tmp() / "3-7");
  fs::create_directory(tmp() / "compact");
  std::ofstream(tmp() / "compact.lock") << "";
  std::ofstream(tmp() / "commit.lock") << "";
  EXPECT_THAT(dead_temp_folders(tmp()), ElementsAre(tmp() / "1-7", tmp() / "2-7.lock", tmp() / "3-7"));
  ASSERT_TRUE(TempFolder::make(tmp()));
  EXPECT_THAT(names(), UnorderedElementsAre("compact", "compact.lock", "commit.lock"));
}

TEST_F(TempFolderTest, KeepsWhatALiveProcessHas) {
  int ready[2];
  int end[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(end), 0);
  const pid_t child = ::fork();
  char byte = 0;
  if (child == 0) {
    ::close(end[1]);
    const auto folder = TempFolder::make(tmp());
    byte = folder ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) == 1) (void)!::read(end[0], &byte, 1);
    ::_exit(0);  // without the destructor, as when it is killed
  }
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  ASSERT_TRUE(TempFolder::make(tmp()));
  EXPECT_EQ(names().size(), 2U);
  ::close(end[1]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(dead_temp_folders(tmp()).size(), 1U);
  ASSERT_TRUE(TempFolder::make(tmp()));
  EXPECT_THAT(names(), IsEmpty());
}

}  // namespace
}  // namespace coterie::store

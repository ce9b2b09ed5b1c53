#include "store/known_ids.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/random.h"

namespace coterie::store {
namespace {

namespace fs = std::filesystem;
using base::Hash128;

class KnownIds : public ::testing::Test {
 protected:
  KnownIds() {
    fs::create_directories(folder_);
    base::Random random(7);
    for (int i = 0; i < 200'000; ++i) all_.push_back({random.next(), random.next()});
  }
  ~KnownIds() override { fs::remove_all(folder_); }

  fs::path write_hashes(const char* name, std::span<const Hash128> ids) {
    auto writer = IdFileWriter::create(folder_ / name);
    EXPECT_TRUE(writer);
    std::vector<uint64_t> hashes;
    for (const Hash128& id : ids) hashes.push_back(id_hash(id));
    EXPECT_TRUE((*writer)->append(hashes).ok());
    EXPECT_TRUE((*writer)->flush().ok());
    return folder_ / name;
  }

  static std::vector<Hash128> sorted(std::span<const Hash128> ids) {
    std::vector<Hash128> out(ids.begin(), ids.end());
    std::sort(out.begin(), out.end(), [](const Hash128& a, const Hash128& b) {
      return std::pair(a.low, a.high) < std::pair(b.low, b.high);
    });
    return out;
  }

  fs::path folder_ = fs::temp_directory_path() / ("coterie_known_ids_" + std::to_string(::getpid()));
  std::vector<Hash128> all_;
  base::OwnedContext one_{1}, two_{2};
};

TEST_F(KnownIds, FindsExactlyTheIdsThatAreThere) {
  const std::span<const Hash128> ids(all_);
  const fs::path known = write_hashes("known.ids", ids.first(150'000));
  for (base::OwnedContext* context : {&one_, &two_}) {
    IdMatcher matcher(sorted(ids.subspan(100'000)));
    ASSERT_TRUE(matcher.scan_hashes(known, context->get()).ok());
    std::set<uint64_t> found;
    for (size_t i = 0; i < matcher.size(); ++i)
      if (matcher.count(i) > 0) found.insert(matcher.id(i).low);
    std::set<uint64_t> expected;
    for (const Hash128& id : ids.subspan(100'000, 50'000)) expected.insert(id.low);
    EXPECT_EQ(found, expected);
  }
}

TEST_F(KnownIds, TellsIdsApartThatShareSixtyFourBits) {
  const Hash128 here{1, 42}, twin{2, 42};
  auto writer = IdFileWriter::create(folder_ / "seen.ids");
  const Hash128 seen[] = {here, here, here};
  ASSERT_TRUE((*writer)->append(seen).ok());
  ASSERT_TRUE((*writer)->flush().ok());
  IdMatcher matcher({here, twin});
  ASSERT_TRUE(matcher.scan_ids(folder_ / "seen.ids", one_.get()).ok());
  EXPECT_EQ(matcher.count(matcher.find(here)), 3u);
  EXPECT_EQ(matcher.count(matcher.find(twin)), 0u);
}

TEST_F(KnownIds, FilesShareHashesOrNot) {
  const std::span<const Hash128> ids(all_);
  const fs::path left = write_hashes("left.ids", ids.first(100));
  const fs::path right = write_hashes("right.ids", ids.subspan(100));
  const fs::path both = write_hashes("both.ids", ids.subspan(99, 2));
  EXPECT_FALSE(*share_hashes(left, right, two_.get()));
  EXPECT_TRUE(*share_hashes(left, both, two_.get()));
  EXPECT_TRUE(*share_hashes(both, right, two_.get()));
}

TEST_F(KnownIds, RefusesWhatIsNoIdFile) {
  const fs::path path = folder_ / "other.ids";
  std::ofstream(path) << "not a file of ids";
  EXPECT_EQ(count_id_hashes(path).error().code(), base::Code::kDataLoss);
  fs::resize_file(write_hashes("cut.ids", std::span<const Hash128>(all_).first(10)), 16 + 79);
  EXPECT_EQ(count_id_hashes(folder_ / "cut.ids").error().code(), base::Code::kDataLoss);
  EXPECT_EQ(*count_id_hashes(write_hashes("good.ids", std::span<const Hash128>(all_).first(10))), 10u);
}

}  // namespace
}  // namespace coterie::store

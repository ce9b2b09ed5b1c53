#include "collect/file_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "collect/formats_testing.h"

namespace coterie::collect {
namespace {

using base::Code;
using testing::HasSubstr;

// The whole content, in reads of `piece` bytes.
base::Result<std::string> content(const std::filesystem::path& path, size_t piece = 1000) {
  COTERIE_ASSIGN(auto source, open_file(path));
  std::string out;
  std::vector<char> buffer(piece);
  for (;;) {
    COTERIE_ASSIGN(const size_t got, source->read(buffer));
    if (got == 0) return out;
    out.append(buffer.data(), got);
  }
}

std::string some_rows(size_t rows) {
  base::Random random(3);
  std::string text = "user_id,item_id,behavior_type,timestamp\n";
  for (size_t i = 0; i < rows; ++i)
    text +=
        fmt::format("u{},i{},buy,2024-01-{:02} 10:00\n", random.below(1000), random.below(1000), 1 + i % 28);
  return text;
}

TEST(FileSource, ReadsPlainAndGzipWhateverTheirNames) {
  const TemporaryFolder folder;
  const std::string text = some_rows(200'000);
  EXPECT_EQ(*content(folder.write("plain.gz", text)), text);
  EXPECT_EQ(*content(folder.write("packed.csv", gzipped(text)), 77'777), text);
}

TEST(FileSource, ReadsSeveralMembersAndPadding) {
  const TemporaryFolder folder;
  const std::string zeros(512, '\0');
  EXPECT_EQ(*content(folder.write("a.gz", gzipped("a,b\n") + gzipped("") + gzipped("1,2\n") + zeros)),
            "a,b\n1,2\n");
  EXPECT_EQ(content(folder.write("b.gz", gzipped("a,b\n") + "1,2\n")).error().code(), Code::kDataLoss);
  EXPECT_EQ(content(folder.write("c.gz", gzipped("a,b\n") + zeros + gzipped("1,2\n"))).error().code(),
            Code::kDataLoss);
}

TEST(FileSource, NeverGivesOtherContentForADamagedGzip) {
  const TemporaryFolder folder;
  const std::string text = some_rows(12);
  const std::string packed = gzipped(text);
  size_t refused = 0;
  for (size_t at = 0; at < packed.size(); ++at) {
    for (const unsigned char flip : {0x01, 0x80, 0xFF}) {
      std::string damaged = packed;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      const auto got = content(folder.write("damaged.csv.gz", damaged));
      refused += got ? 0 : 1;
      if (got) {
        ASSERT_EQ(*got, text) << "byte " << at;
      } else {
        ASSERT_EQ(got.error().code(), Code::kDataLoss) << "byte " << at << ": " << got.error().message();
      }
    }
  }
  EXPECT_GT(refused,
            3 * (packed.size() - 10));  // only time, system and hints of the header may change unnoticed
}

TEST(FileSource, NeverTakesATruncatedGzipForAWholeOne) {
  const TemporaryFolder folder;
  const std::string packed = gzipped(some_rows(12));
  for (size_t size = 0; size < packed.size(); ++size) {
    const auto got = content(folder.write("cut.csv.gz", packed.substr(0, size)));
    ASSERT_FALSE(got.has_value()) << size << " bytes of " << packed.size();
    ASSERT_EQ(got.error().code(), size == 0 ? Code::kInvalidArgument : Code::kDataLoss);
  }
}

TEST(FileSource, ReadsZstdOfSeveralFrames) {
  const TemporaryFolder folder;
  const std::string text = some_rows(200'000);
  EXPECT_EQ(*content(folder.write("packed", zstd_packed(text)), 77'777), text);
  EXPECT_EQ(*content(folder.write("a.zst", zstd_packed("a,b\n") + zstd_packed("") + zstd_packed("1,2\n"))),
            "a,b\n1,2\n");
  const std::string skipped("\x50\x2A\x4D\x18\x03\0\0\0xyz", 11);
  EXPECT_EQ(*content(folder.write("b.zst", skipped + zstd_packed("a,b\n"))), "a,b\n");
  EXPECT_EQ(content(folder.write("c.zst", zstd_packed("a,b\n") + "1,2\n")).error().code(), Code::kDataLoss);
}

TEST(FileSource, NeverGivesOtherContentForADamagedZstd) {
  const TemporaryFolder folder;
  const std::string text = some_rows(12);
  const std::string packed = zstd_packed(text);
  for (size_t at = 0; at < packed.size(); ++at) {
    for (const unsigned char flip : {0x01, 0x80, 0xFF}) {
      std::string damaged = packed;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      const auto got = content(folder.write("damaged.csv.zst", damaged));
      if (got) {
        ASSERT_EQ(*got, text) << "byte " << at;
      } else {
        ASSERT_NE(got.error().code(), Code::kInternal) << "byte " << at << ": " << got.error().message();
      }
    }
  }
  for (size_t size = 4; size < packed.size(); ++size)  // less is text
    ASSERT_FALSE(content(folder.write("cut.csv.zst", packed.substr(0, size))).has_value()) << size;
}

TEST(FileSource, SaysWhereTheDamageIs) {
  const TemporaryFolder folder;
  const std::string packed = gzipped(some_rows(1000));
  const auto got = content(folder.write("half.gz", packed.substr(0, packed.size() / 2)));
  EXPECT_THAT(got.error().message(), HasSubstr("half.gz: damaged gzip at byte "));
  EXPECT_THAT(got.error().message(), HasSubstr("the file ends before"));
}

TEST(FileSource, MayBeDroppedHalfRead) {
  const TemporaryFolder folder;
  const auto path = folder.write("big.gz", gzipped(some_rows(500'000)));
  auto source = *open_file(path);
  std::vector<char> buffer(10);
  EXPECT_EQ(*source->read(buffer), 10u);
}

TEST(FileSource, CountsWhatIsConsumed) {
  const TemporaryFolder folder;
  auto source = *open_file(folder.write("a.csv", "a,b\n1,2\n"));
  EXPECT_EQ(source->name(), "a.csv");
  EXPECT_EQ(source->total_bytes(), 8u);
  std::vector<char> buffer(5);
  ASSERT_EQ(*source->read(buffer), 5u);
  EXPECT_EQ(source->consumed_bytes(), 5u);
}

TEST(FileSource, ExplainsWhatIsNoTextFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(content(folder.path() / "absent.csv").error().code(), Code::kNotFound);
  EXPECT_THAT(content(folder.path()).error().message(), HasSubstr("is a folder"));
  EXPECT_THAT(content(folder.write("empty.csv", "")).error().message(), HasSubstr("is empty"));
  EXPECT_THAT(content(folder.write("a.xlsx", "PK\x03\x04...")).error().message(),
              HasSubstr("give it as a file"));
}

TEST(FileSource, NamesAFileWithoutPermission) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TemporaryFolder folder;
  const auto path = folder.write("secret.csv", "a,b\n");
  ::chmod(path.c_str(), 0);
  EXPECT_EQ(content(path).error().code(), Code::kPermissionDenied);
}

}  // namespace
}  // namespace coterie::collect

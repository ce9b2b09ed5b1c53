#include "base/spool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace coterie::base {
namespace {

namespace fs = std::filesystem;

class Memory final : public ByteSink {
 public:
  Status write(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  std::string text;
};

TEST(Spool, GivesBackWhatItGotWhereverItWas) {
  const fs::path file = fs::temp_directory_path() / fmt::format("coterie_spool_{}", ::getpid());
  for (const size_t memory : {0, 7, 1000, 1 << 20}) {
    std::string all;
    {
      Spool spool(file, memory);
      for (int i = 0; i < 3000; ++i) {
        const std::string piece = fmt::format("{} ", i);
        ASSERT_TRUE(spool.write(piece).ok());
        all += piece;
      }
      EXPECT_EQ(fs::exists(file), memory < all.size());
      Memory sink;
      ASSERT_TRUE(spool.copy_to(sink).ok());
      EXPECT_EQ(sink.text, all) << memory;
    }
    EXPECT_FALSE(fs::exists(file));
  }
}

TEST(Spool, SaysWhereItCouldNotWrite) {
  Spool spool("/nosuch/folder/file", 3);
  EXPECT_TRUE(spool.write("abc").ok());
  const Status failed = spool.write("d");
  EXPECT_EQ(failed.code(), Code::kNotFound) << failed.message();
  EXPECT_NE(failed.message().find("/nosuch/folder/file"), std::string::npos);
}

}  // namespace
}  // namespace coterie::base

// The synthetic shop as a stream: its bytes, its options, its dirt.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "collect/simulate/read_shop.h"

namespace coterie::collect::simulate {
namespace {

std::string digest(const GenerateOptions& options, size_t block_bytes) {
  return base::to_string(base::hash128(text_of(options, block_bytes)));
}

TEST(ShopGenerator, GivesTheSameBytesWhateverTheSizeOfTheReads) {
  const GenerateOptions options{.users = 200, .days = 120, .seed = 3, .dirty = 0.01};
  const std::string whole = digest(options, 1 << 20);
  EXPECT_EQ(digest(options, 1 << 10), whole);
  EXPECT_EQ(digest(options, 7), whole);
}

TEST(ShopGenerator, GivesOtherBytesForEveryOption) {
  const GenerateOptions base{.users = 100, .days = 60, .seed = 1, .dirty = 0.01};
  std::set<std::string> digests = {digest(base, 4096)};
  for (auto change :
       {+[](GenerateOptions& o) { o.seed = 2; }, +[](GenerateOptions& o) { o.users = 101; },
        +[](GenerateOptions& o) { o.days = 61; }, +[](GenerateOptions& o) { o.dirty = 0.02; }}) {
    GenerateOptions other = base;
    change(other);
    EXPECT_TRUE(digests.insert(digest(other, 4096)).second);
  }
}

TEST(ShopGenerator, MakesAboutAMillionEventsForTheDemo) {
  auto source = make_shop_source({});
  size_t lines = 0;
  drain(**source, 1 << 20,
        [&](std::string_view block) { lines += std::count(block.begin(), block.end(), '\n'); });
  EXPECT_GT(lines, 900'000u);
  EXPECT_LT(lines, 1'100'000u);
}

TEST(ShopGenerator, RefusesOptionsOutOfRangeInWords) {
  for (const auto& [options, word] :
       std::vector<std::pair<GenerateOptions, std::string>>{{{.users = 0}, "users"},
                                                            {{.users = 10'000'001}, "users"},
                                                            {{.days = 0}, "days"},
                                                            {{.days = 3'651}, "days"},
                                                            {{.dirty = -0.1}, "dirty"},
                                                            {{.dirty = 0.6}, "dirty"},
                                                            {{.dirty = std::nan("")}, "dirty"}}) {
    const auto source = make_shop_source(options);
    ASSERT_FALSE(source.has_value());
    EXPECT_EQ(source.error().code(), base::Code::kInvalidArgument);
    EXPECT_NE(source.error().message().find(word), std::string::npos) << source.error().message();
  }
}

TEST(ShopGenerator, OneMemberAndOneDayAreAShop) {
  const auto rows = rows_of(text_of({.users = 1, .days = 1, .seed = 5, .dirty = 0.0}));
  ASSERT_GE(rows.size(), 3u);
  for (const Fields& row : rows) EXPECT_EQ(row.size(), size_t{kColumns});
  for (size_t i = 1; i < rows.size(); ++i) EXPECT_EQ(rows[i][kTimestamp].substr(0, 10), "2025-12-31");
}

TEST(ShopGenerator, WritesTheHeaderFirst) {
  const std::string text = text_of({.users = 2, .days = 10});
  EXPECT_EQ(text.substr(0, text.find('\n')), kShopHeader);
  EXPECT_EQ(rows_of(text)[0].size(), size_t{kColumns});
}

// What the first cleaning rule that applies would say; empty for a good row.
std::string flaw_of(const Fields& row, std::set<std::string>& seen) {
  if (row.size() != kColumns) return "cut";
  if (row[kUserId].empty()) return "missing_id";
  const auto time = base::parse_civil_time(row[kTimestamp]);
  if (!time) return "time";
  if (row[kTimestamp] < "2000" || row[kTimestamp] > "2026") return "time_range";
  if (row[kQuantity].find_first_not_of("-0123456789") != std::string::npos) return "number";
  if (row[kBehaviorType] == "buy" && std::stod(row[kUnitPrice]) <= 0) return "price";
  if (row[kBehaviorType] == "buy" && std::stoi(row[kQuantity]) <= 0) return "quantity";
  if (!seen.insert(row[kEventId]).second) return "repeat";
  return row[kUserId] == "test" ? "test" : "";
}

TEST(Dirt, IsThereInItsShareAndOfEveryKind) {
  const auto rows = rows_of(text_of({.users = 2'000, .days = 365, .seed = 11, .dirty = 0.02}));
  std::map<std::string, size_t> flaws;
  std::set<std::string> seen;
  for (size_t i = 1; i < rows.size(); ++i) ++flaws[flaw_of(rows[i], seen)];
  const double clean = static_cast<double>(flaws[""]), all = static_cast<double>(rows.size() - 1);
  EXPECT_NEAR(1.0 - clean / all, 0.02, 0.002);
  for (const auto* kind :
       {"cut", "missing_id", "time", "time_range", "number", "price", "quantity", "repeat", "test"})
    EXPECT_GT(flaws[kind], 20u) << kind;
}

TEST(Dirt, LeavesTheGoodRowsAsTheyAre) {
  // Event ids count every line, so they are left out of the comparison.
  const auto good_rows = [](double dirty) {
    std::vector<Fields> good;
    std::set<std::string> seen;
    for (Fields& row : rows_of(text_of({.users = 300, .days = 200, .seed = 4, .dirty = dirty}))) {
      if (row[kEventId] == "event_id" || !flaw_of(row, seen).empty()) continue;
      row[kEventId].clear();
      good.push_back(std::move(row));
    }
    return good;
  };
  const auto clean = good_rows(0.0);
  EXPECT_GT(clean.size(), 1'000u);
  EXPECT_EQ(clean, good_rows(0.1));
}

}  // namespace
}  // namespace coterie::collect::simulate

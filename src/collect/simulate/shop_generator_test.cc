// The synthetic shop as a stream: its bytes, its options, its dirt.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/hash.h"
#include "base/time.h"
#include "collect/simulate/read_shop.h"
#include "collect/simulate/shop_source.h"

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
  for (auto change : {+[](GenerateOptions& o) { o.seed = 2; }, +[](GenerateOptions& o) { o.users = 101; },
                      +[](GenerateOptions& o) { o.days = 61; }, +[](GenerateOptions& o) { o.dirty = 0.02; },
                      +[](GenerateOptions& o) { o.profile = Profile::kGrocery; },
                      +[](GenerateOptions& o) { o.profile = Profile::kSubscription; },
                      +[](GenerateOptions& o) { o.profile = Profile::kContent; },
                      +[](GenerateOptions& o) { o.family = Family::kLognormal; },
                      +[](GenerateOptions& o) { o.drift_day = 30; }}) {
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
                                                            {{.days = 10, .drift_day = 10}, "drift"},
                                                            {{.dirty = std::nan("")}, "dirty"}}) {
    const auto source = make_shop_source(options);
    ASSERT_FALSE(source.has_value());
    EXPECT_EQ(source.error().code(), base::Code::kInvalidArgument);
    EXPECT_NE(source.error().message().find(word), std::string::npos) << source.error().message();
  }
}

TEST(ShopGenerator, DatesOfThePeriodAreDaysFromZero) {
  EXPECT_EQ(*period_day("2025-12-31", 365), 364u);
  EXPECT_EQ(*period_day("2025-01-01", 365), 0u);
  for (const char* date : {"2024-12-31", "2026-01-01", "2025-06-31", "soon", "2025-06-01 12:00"})
    EXPECT_NE(period_day(date, 365).error().message().find("2025-11-20"), std::string::npos) << date;
}

size_t count(const std::vector<Fields>& rows, std::string_view behavior) {
  return static_cast<size_t>(std::count_if(
      rows.begin(), rows.end(), [&](const Fields& row) { return row[kBehaviorType] == behavior; }));
}

// Of the member's lines of one item, those that came without a visit, and the days between them.
TEST(Profiles, SubscriptionsAreRenewedEveryThirtyDays) {
  std::map<std::string, std::vector<int64_t>> days;
  for (const Fields& row : rows_of(
           text_of({.users = 800, .days = 200, .seed = 2, .dirty = 0, .profile = Profile::kSubscription})))
    if (row[kBehaviorType] == "buy")
      days[row[kUserId] + row[kItemId]].push_back(base::parse_civil_time(row[kTimestamp])->local_us /
                                                  base::kDay);
  size_t renewals = 0, others = 0;
  for (const auto& [key, bought] : days)
    for (size_t i = 1; i < bought.size(); ++i) ++(bought[i] - bought[i - 1] == 30 ? renewals : others);
  EXPECT_GT(renewals, 100u);
  EXPECT_LT(others, renewals / 5);
}

TEST(Profiles, DifferInWhatAVisitIs) {
  const auto per_view = [](Profile profile, std::string_view behavior) {
    const auto rows =
        rows_of(text_of({.users = 500, .days = 120, .seed = 2, .dirty = 0, .profile = profile}));
    return static_cast<double>(count(rows, behavior)) / static_cast<double>(count(rows, "view"));
  };
  EXPECT_GT(per_view(Profile::kGrocery, "buy"), 1.5 * per_view(Profile::kRetail, "buy"));
  EXPECT_LT(per_view(Profile::kContent, "buy"), 0.2 * per_view(Profile::kRetail, "buy"));
  EXPECT_GT(per_view(Profile::kContent, "share"), 2 * per_view(Profile::kRetail, "share"));
}

// Both families have the same mean and variance of visit rates; the lognormal one has the longer tail.
TEST(Families, HaveTheSameMeansAndOtherTails) {
  std::map<Family, std::vector<double>> rates;
  for (const Family family : {Family::kGamma, Family::kLognormal}) {
    const ShopTruth truth(kRetailProfile, {.users = 40'000, .days = 365, .seed = 5, .family = family});
    for (const Member& member : truth.members) rates[family].push_back(member.visit_rate);
    std::sort(rates[family].begin(), rates[family].end());
  }
  const auto mean = [&](Family family) {
    double sum = 0;
    for (const double rate : rates[family]) sum += rate;
    return sum / 40'000;
  };
  EXPECT_NEAR(mean(Family::kLognormal) / mean(Family::kGamma), 1, 0.05);
  EXPECT_GT(rates[Family::kLognormal][39'960], rates[Family::kGamma][39'960]) << "one member in a thousand";
  EXPECT_GT(rates[Family::kLognormal][4'000], rates[Family::kGamma][4'000]) << "few who hardly come";
}

TEST(Drift, ChangesOrdersAndPricesFromItsDayOn) {
  struct Sums {
    double views = 0, lines = 0, log_price = 0;
  };
  const auto after = [](std::optional<uint32_t> drift_day) {
    Sums sums;
    for (const Fields& row :
         rows_of(text_of({.users = 3'000, .days = 200, .seed = 6, .dirty = 0, .drift_day = drift_day}))) {
      if (row[kBehaviorType] == "behavior_type" || row[kTimestamp] < "2025-09-23") continue;
      sums.views += row[kBehaviorType] == "view" ? 1 : 0;
      if (row[kBehaviorType] != "buy") continue;
      sums.lines += 1;
      sums.log_price += std::log(std::stod(row[kUnitPrice]));
    }
    return sums;
  };
  ASSERT_EQ(*period_day("2025-09-23", 200), 100u);
  const Sums still = after({}), drifted = after(100);
  EXPECT_NEAR(drifted.lines / drifted.views / (still.lines / still.views), 0.6, 0.06);
  EXPECT_NEAR(std::exp(drifted.log_price / drifted.lines - still.log_price / still.lines), 1.25, 0.08);
  // Before that day they are the same shop.
  const auto before = [](std::optional<uint32_t> drift_day) {
    std::vector<Fields> rows;
    for (Fields& row :
         rows_of(text_of({.users = 300, .days = 200, .seed = 6, .dirty = 0, .drift_day = drift_day})))
      if (row[kTimestamp] < "2025-09-23")
        rows.push_back({row[kUserId], row[kItemId], row[kTimestamp], row[kUnitPrice]});
    return rows;
  };
  EXPECT_EQ(before({}), before(100));
}

TEST(Truth, IsWrittenBesideTheShop) {
  std::string pattern = (std::filesystem::temp_directory_path() / "coterie-test-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  const auto source = make_shop_source({.users = 50, .days = 100, .seed = 3});
  drain(**source, 1 << 16, [](std::string_view) {});
  const auto path = folder / "a.truth";
  for (int i = 0; i < 2; ++i) ASSERT_TRUE((*source)->write_truth(path).ok()) << "replaces an older one";
  const auto lines = [&](const char* name) {
    const std::string text = *base::read_file(path / name);
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(lines("members.csv"), 51);
  EXPECT_EQ(lines("items.csv"), 151);
  EXPECT_EQ(lines("days.csv"), 101);
  const auto facts = nlohmann::json::parse(*base::read_file(path / "shop.json"));
  EXPECT_EQ(facts["family"], "gamma");
  EXPECT_EQ(facts["group_taste"].size(), 6u);
  std::filesystem::remove_all(folder);
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
  if (row[kUserId].empty() && row[kAnonymousId].empty()) return "missing_id";
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

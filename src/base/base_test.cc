// Tests of what everything stands on: errors, money, time, random numbers, threads, budget, messages, files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/context.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/id_index.h"
#include "base/messages.h"
#include "base/money.h"
#include "base/random.h"
#include "base/sha256.h"
#include "base/status.h"
#include "base/time.h"
#include "base/toml_text.h"

namespace coterie::base {
namespace {

using ::testing::HasSubstr;

TEST(Status, TableIsInTheOrderOfTheCodesWithDistinctNames) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < code_table().size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(code_table()[i].code), i);
    EXPECT_TRUE(names.insert(code_table()[i].name).second);
    EXPECT_EQ(&info(code_table()[i].code), &code_table()[i]);
  }
}

TEST(Status, CarriesAnErrorThroughTheMacros) {
  const auto fails = []() -> Result<int> { return error(Code::kNotFound, "no {}", "such thing"); };
  const auto caller = [&]() -> Result<std::string> {
    COTERIE_ASSIGN(const int value, fails());
    return std::to_string(value);
  };
  ASSERT_FALSE(caller());
  EXPECT_EQ(caller().error().code(), Code::kNotFound);
  EXPECT_EQ(caller().error().with_context("here").message(), "here: no such thing");
}

TEST(Decimal, ReadsExactlyAndPrintsShortest) {
  for (const auto& [text, units, printed] :
       std::initializer_list<std::tuple<const char*, int64_t, const char*>>{
           {"0", 0, "0"},
           {"-0.00", 0, "0"},
           {"12.5", 125'000, "12.5"},
           {"-3.0001", -30'001, "-3.0001"},
           {"+1.25e2", 1'250'000, "125"},
           {"1e-4", 1, "0.0001"},
           {".5", 5'000, "0.5"},
           {"99999999999999.9999", Decimal::kMaxUnits, "99999999999999.9999"},
           {"1.50000000", 15'000, "1.5"},
           {"100000000000000000000e-10", 100'000'000'000'000, "10000000000"},
       }) {
    const auto value = parse_decimal(text);
    ASSERT_TRUE(value) << text << ": " << value.error().message();
    EXPECT_EQ(value->units, units) << text;
    EXPECT_EQ(to_string(*value), printed);
  }
}

TEST(Decimal, RefusesWhatIsNotANumberOrDoesNotFit) {
  for (const char* text :
       {"", "-", ".", "1,5", "1.2.3", "12a", "nan", "1e", "0.00001", "100000000000000", "1e99"})
    EXPECT_FALSE(parse_decimal(text)) << text;
}

TEST(Decimal, MultipliesWithRoundingHalfAwayFromZero) {
  EXPECT_EQ(product(Decimal{25'500}, Decimal{60'000})->units, 153'000);
  EXPECT_EQ(product(Decimal{1}, Decimal{5'000})->units, 1);
  EXPECT_EQ(product(Decimal{-1}, Decimal{5'000})->units, -1);
  EXPECT_EQ(product(Decimal{1}, Decimal{4'999})->units, 0);
  EXPECT_FALSE(product(Decimal{Decimal::kMaxUnits}, Decimal{20'000}));
}

Timestamp utc(std::string_view text) { return parse_civil_time(text)->local_us; }

TEST(CivilTime, ReadsTheFormsThatFilesHave) {
  EXPECT_EQ(utc("1970-01-02"), kDay);
  EXPECT_EQ(utc("2010-12-01 08:26:00"), 1291191960LL * kSecond);
  EXPECT_EQ(utc("2010-12-01T08:26"), 1291191960LL * kSecond);
  EXPECT_EQ(utc("2010/12/1 8:26"), 1291191960LL * kSecond);
  EXPECT_EQ(utc("20101201"), utc("2010-12-01"));
  EXPECT_EQ(utc("2010-12-01 08:26:00.25"), 1291191960LL * kSecond + 250'000);
  EXPECT_EQ(utc("1291191960"), 1291191960LL * kSecond);
  EXPECT_EQ(utc("1291191960123"), 1291191960123LL * 1000);
  EXPECT_EQ(parse_civil_time("2010-12-01T08:26:00+08:00")->offset_seconds, 28'800);
  EXPECT_EQ(parse_civil_time("2010-12-01 08:26:00 -0330")->offset_seconds, -12'600);
  EXPECT_EQ(parse_civil_time("2010-12-01T08:26:00Z")->offset_seconds, 0);
  EXPECT_FALSE(parse_civil_time("2010-12-01 08:26")->offset_seconds.has_value());
}

TEST(CivilTime, RefusesWhatIsAmbiguousOrImpossible) {
  for (const char* text :
       {"", "12/01/2010", "01.12.2010", "2010-13-01", "2010-02-29", "2010-12-01 25:00", "2010-12",
        "yesterday", "2010-12-01 08:26:00x", "2010-12-01 08:60", "12345", "2010-12-01T08:26+99:00"})
    EXPECT_FALSE(parse_civil_time(text)) << text;
  EXPECT_TRUE(parse_civil_time("2012-02-29"));
}

TEST(Calendar, ConvertsAcrossClockChanges) {
  const Calendar london = *Calendar::create("Europe/London");
  EXPECT_EQ(london.to_utc(utc("2011-07-01 12:00")), utc("2011-07-01 11:00"));
  EXPECT_EQ(london.to_utc(utc("2011-12-01 12:00")), utc("2011-12-01 12:00"));
  // 01:00 to 02:00 does not exist on 27 March 2011; it occurs twice on 30 October.
  EXPECT_EQ(london.to_utc(utc("2011-03-27 01:30")), utc("2011-03-27 01:30"));
  EXPECT_EQ(london.to_local(utc("2011-03-27 01:30")), utc("2011-03-27 02:30"));
  EXPECT_EQ(london.to_utc(utc("2011-10-30 01:30")), utc("2011-10-30 00:30"));
  EXPECT_EQ(london.to_string(utc("2011-07-01 11:00")), "2011-07-01T12:00:00+01:00");
}

TEST(Calendar, EveryInstantOfTwoYearsComesBack) {
  for (const char* zone :
       {"Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"}) {
    const Calendar calendar = *Calendar::create(zone);
    for (Timestamp ts = utc("2010-01-01"); ts < utc("2012-01-01"); ts += 17 * 60 * kSecond) {
      const int64_t local = calendar.to_local(ts);
      const Timestamp back = calendar.to_utc(local);
      // An hour that occurs twice comes back as the first one.
      EXPECT_TRUE(back == ts || (back < ts && calendar.to_local(back) == local))
          << zone << " " << utc_string(ts);
    }
  }
}

TEST(Calendar, CountsDaysOnTheWallClock) {
  const Calendar london = *Calendar::create("Europe/London");
  const Timestamp midnight = london.midnight_not_after(utc("2011-12-09 12:50"));
  EXPECT_EQ(london.to_string(midnight), "2011-12-09T00:00:00+00:00");
  EXPECT_EQ(london.midnight_not_after(midnight), midnight);
  EXPECT_EQ(london.to_string(london.add_days(midnight, -60)), "2011-10-10T00:00:00+01:00");
  EXPECT_EQ(london.add_days(london.add_days(midnight, -60), 60), midnight);
}

TEST(Calendar, ListsTheOffsetsOfARange) {
  const Calendar london = *Calendar::create("Europe/London");
  const auto offsets = london.offsets(utc("2011-01-01"), utc("2011-12-31"));
  ASSERT_EQ(offsets.size(), 3u);
  EXPECT_LE(offsets[0].from, utc("2011-01-01"));
  EXPECT_EQ(offsets[1].from, utc("2011-03-27 01:00"));
  EXPECT_EQ(offsets[1].offset_us, kHour);
  EXPECT_EQ(offsets[2].from, utc("2011-10-30 01:00"));
  EXPECT_FALSE(Calendar::create("Middle/Earth"));
}

TEST(Random, IsTheSameForEverAndDiffersByStream) {
  Random random(42, 7);
  EXPECT_EQ(random.next(), Random(42, 7).next());
  EXPECT_NE(Random(42, 7).next(), Random(42, 8).next());
  EXPECT_NE(Random(42, 7).next(), Random(43, 7).next());
}

TEST(Random, DistributionsHaveTheirMoments) {
  Random random(1);
  constexpr int kDraws = 200'000;
  double normal = 0, normal2 = 0, gamma = 0, small_gamma = 0, beta = 0, poisson = 0, exponential = 0;
  std::vector<int> counts(7, 0);
  for (int i = 0; i < kDraws; ++i) {
    const double z = random.normal();
    normal += z;
    normal2 += z * z;
    gamma += random.gamma(2.5);
    small_gamma += random.gamma(0.3);
    beta += random.beta(2, 3);
    poisson += static_cast<double>(random.poisson(45.5));
    exponential += random.exponential();
    ++counts[random.below(7)];
  }
  EXPECT_NEAR(normal / kDraws, 0, 0.01);
  EXPECT_NEAR(normal2 / kDraws, 1, 0.02);
  EXPECT_NEAR(gamma / kDraws, 2.5, 0.02);
  EXPECT_NEAR(small_gamma / kDraws, 0.3, 0.01);
  EXPECT_NEAR(beta / kDraws, 0.4, 0.005);
  EXPECT_NEAR(poisson / kDraws, 45.5, 0.1);
  EXPECT_NEAR(exponential / kDraws, 1, 0.01);
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 7.0, 700);
}

TEST(ThreadPool, CutsTheSameChunksForAnyNumberOfThreads) {
  for (const size_t threads : {1, 2, 7}) {
    ThreadPool pool(threads);
    std::vector<std::pair<size_t, size_t>> chunks(ThreadPool::chunk_count(1003, 100));
    pool.for_chunks(1003, 100, [&](size_t chunk, size_t begin, size_t end) { chunks[chunk] = {begin, end}; });
    ASSERT_EQ(chunks.size(), 11u);
    EXPECT_EQ(chunks[10], std::pair(size_t{1000}, size_t{1003}));
    for (size_t i = 0; i < 10; ++i) EXPECT_EQ(chunks[i], std::pair(i * 100, i * 100 + 100));
  }
}

TEST(ThreadPool, SumsTheSameBitsAndRunsNestedCallsInline) {
  std::vector<double> sums;
  for (const size_t threads : {1, 2, 7}) {
    ThreadPool pool(threads);
    sums.push_back(pool.reduce_chunks(
        100'000, 777, 0.0,
        [](size_t begin, size_t end) {
          double sum = 0;
          for (size_t i = begin; i < end; ++i) sum += 1.0 / static_cast<double>(i + 1);
          return sum;
        },
        [](double& total, double part) { total += part; }));
    std::atomic<int> calls{0};
    pool.for_chunks(8, 1, [&](size_t, size_t, size_t) {
      pool.for_chunks(4, 1, [&](size_t, size_t, size_t) { ++calls; });
    });
    EXPECT_EQ(calls, 32);
  }
  EXPECT_EQ(sums[0], sums[1]);
  EXPECT_EQ(sums[0], sums[2]);
}

TEST(MemoryBudget, GivesBackWhatGoesOutOfScope) {
  MemoryBudget budget(1000);
  {
    auto held = budget.reserve(700, "a table");
    ASSERT_TRUE(held);
    const auto refused = budget.reserve(400, "an index");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::kResourceExhausted);
    EXPECT_THAT(refused.error().message(), HasSubstr("an index"));
  }
  EXPECT_EQ(budget.used_bytes(), 0u);
  EXPECT_TRUE(budget.reserve(1000, "everything"));
}

TEST(MemoryBudget, ReadsSizes) {
  EXPECT_EQ(*parse_memory_size("4GB"), uint64_t{4} << 30);
  EXPECT_EQ(*parse_memory_size("1.5 GiB"), uint64_t{3} << 29);
  EXPECT_EQ(*parse_memory_size("512mb"), uint64_t{512} << 20);
  for (const char* text : {"", "GB", "-1GB", "4XB", "0", "1e99GB"})
    EXPECT_FALSE(parse_memory_size(text)) << text;
}

TEST(Hash, NamesAreStableAndSafe) {
  const std::string name = to_string(hash128("coterie"));
  EXPECT_EQ(name.size(), 26u);
  EXPECT_EQ(name, to_string(hash128("coterie")));
  EXPECT_EQ(name.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos);
  EXPECT_EQ(to_string(Hash128{0, 33}), "00000000000000000000000011");
  // A stored identity: if this changes, every workspace stops recognising its own events.
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2u);
}

TEST(IdIndex, NumbersIdsInOrderOfFirstUse) {
  IdIndex index;
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(index.get_or_add("id" + std::to_string(i)), static_cast<uint32_t>(i));
  EXPECT_EQ(index.get_or_add("id7"), 7u);
  EXPECT_EQ(index.id(999), "id999");
  EXPECT_FALSE(index.find("absent"));
}

// FIPS 180-4, the examples of its appendices; a block that padding overflows; RFC 4648, §10.
TEST(Sha256, IsThatOfTheStandard) {
  const auto digest = [](std::string_view text) {
    const auto bytes = sha256(text);
    return base64(bytes.data(), bytes.size());
  };
  EXPECT_EQ(digest(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(digest("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE=");
  EXPECT_EQ(digest(std::string(1'000'000, 'a')), "zcduXJkU+5KBocfihNc+Z/GAmkiklyAOBG05zMcRLNA=");
  const auto encoded = [](std::string_view text) {
    return base64(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  };
  EXPECT_EQ(encoded("f") + encoded("fo") + encoded("foo") + encoded(""), "Zg==Zm8=Zm9v");
}

// The {} placeholders of a text, in order; numbered ones stand in any.
std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> out;
  for (size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    if (open + 1 < text.size() && text[open + 1] == '{') {
      ++open;
      continue;
    }
    out.emplace_back(text.substr(open, text.find('}', open) - open + 1));
  }
  if (std::ranges::all_of(out, [](const std::string& one) { return one[1] >= '0' && one[1] <= '9'; }))
    std::ranges::sort(out);
  return out;
}

TEST(Messages, BothLanguagesAreThereWithTheSamePlaceholders) {
  std::set<std::string_view> keys;
  for (const MessageEntry& entry : message_table()) {
    EXPECT_TRUE(keys.insert(entry.key).second) << entry.key << " occurs twice";
    EXPECT_FALSE(entry.en.empty()) << entry.key;
    EXPECT_FALSE(entry.zh.empty()) << entry.key;
    EXPECT_EQ(placeholders(entry.en), placeholders(entry.zh)) << entry.key;
  }
  EXPECT_EQ(text_by_key("segment_lost", Language::kChinese), "已流失");
  EXPECT_EQ(text_by_key("no_such_key", Language::kEnglish), "");
}

TEST(File, LeavesNothingBehindOnAFullDisk) {
  // A limit on the size of files stands for the disk.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{1000, before.rlim_max};
  const auto folder = std::filesystem::temp_directory_path() / "coterie_full_disk_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  ASSERT_TRUE(write_file_durably(folder / "a", "first").ok());
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status status = write_file_durably(folder / "a", std::string(2000, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_THAT(status.message(), HasSubstr(kMakeRoom));
  EXPECT_EQ(*read_file(folder / "a"), "first");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.tmp"));
  std::filesystem::remove_all(folder);
}

TEST(File, IsThereWholeOrNotAtAll) {
  const auto folder = std::filesystem::temp_directory_path() / ("coterie_base_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(write_file_durably(folder / "a", "first").ok());
  ASSERT_TRUE(write_file_durably(folder / "a", std::string(3'000'000, 'x')).ok());
  EXPECT_EQ(read_file(folder / "a")->size(), 3'000'000u);
  EXPECT_FALSE(std::filesystem::exists(folder / "a.tmp"));
  ASSERT_TRUE(write_file_durably(folder / "b", "other").ok());
  EXPECT_FALSE(rename_durably(folder / "a", folder / "b").ok()) << "a stored name is never used again";
  EXPECT_TRUE(rename_durably(folder / "a", folder / "c").ok());
  EXPECT_EQ(*checksum_file(folder / "b"), hash64("other"));
  EXPECT_EQ(read_file(folder / "none").error().code(), Code::kNotFound);
  std::filesystem::remove_all(folder);
}

TEST(TomlText, RefusesAKeyOfTooManyParts) {
  std::string key = "a";
  for (size_t i = 1; i < kMaxTomlKeyParts; ++i) key += i % 2 == 0 ? ".\"x y\"" : " . b";
  EXPECT_TRUE(check_toml_limits(key + " = 1\n", "x.toml").ok());
  for (const std::string& text :
       {"# a.b\n" + key + ".c = 1", "\n[" + key + ".c]", "\na = {" + key + ".c = 1}"})
    EXPECT_EQ(check_toml_limits(text, "x.toml").message(), "x.toml, line 2: a key has more than 16 parts");
  EXPECT_EQ(check_toml_limits(std::string(kMaxTomlBytes + 1, '\n'), "x.toml").code(), Code::kInvalidArgument);
}

TEST(TomlText, PointsInTextsAndCommentsAreNoParts) {
  const std::string points(100, '.');
  for (const std::string quotes : {"\"", "'", "\"\"\"", "'''"})
    EXPECT_TRUE(check_toml_limits("a = " + quotes + points + quotes + " # " + points + "\n", "x.toml").ok());
  EXPECT_TRUE(check_toml_limits("a = \"\\\"" + points + "\"\nb = 'c\\'\n", "x.toml").ok());
}

TEST(CancelToken, StopsWorkInWords) {
  OwnedContext owned;
  EXPECT_TRUE(owned.get().check_cancelled().ok());
  owned.cancel.cancel();
  EXPECT_EQ(owned.get().check_cancelled().code(), Code::kCancelled);
}

}  // namespace
}  // namespace coterie::base

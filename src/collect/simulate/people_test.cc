// What members say to the shop and to each other, and who they were before the shop knew them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "collect/simulate/read_shop.h"
#include "collect/simulate/shop_source.h"

namespace coterie::collect::simulate {
namespace {

namespace fs = std::filesystem;

constexpr GenerateOptions kOptions{.users = 3'000, .days = 200, .seed = 8, .dirty = 0.0};

// A shop read to its end, with its other tables as rows without their headers.
class People : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string pattern = (fs::temp_directory_path() / "coterie-test-XXXXXX").string();
    const fs::path folder = ::mkdtemp(pattern.data());
    const ShopFiles files{folder / "texts.csv", folder / "links.csv", folder / "truth" / "texts.csv"};
    auto others = OtherTables::create(files);
    ASSERT_TRUE(others) << others.error().message();
    source_ = new ShopSource(kRetailProfile, kOptions, std::move(*others));
    std::string text;
    drain(*source_, 1 << 20, [&](std::string_view block) { text.append(block); });
    events_ = without_header(text);
    texts_ = without_header(*base::read_file(files.texts));
    links_ = without_header(*base::read_file(files.links));
    truth_ = without_header(*base::read_file(files.text_truth));
    fs::remove_all(folder);
  }
  static void TearDownTestSuite() { delete source_; }

  static std::vector<Fields> without_header(const std::string& text) {
    auto rows = rows_of(text);
    rows.erase(rows.begin());
    return rows;
  }
  static size_t member(const std::string& user_id) { return std::stoul(user_id.substr(1)); }

  static inline ShopSource* source_ = nullptr;
  static inline std::vector<Fields> events_, texts_, links_, truth_;
};

enum TextColumn { kTextId, kTextUser, kTextItem, kKind, kBody, kTextTime, kRating };
enum TruthColumn { kTruthId, kTruthKind, kLanguage, kSentiment, kOpinions, kMotive, kSaysMotive, kConcern };

TEST_F(People, EveryTextBelongsToAnEventOfItsMemberItemAndTime) {
  ASSERT_EQ(texts_.size(), source_->texts());
  ASSERT_EQ(texts_.size(), truth_.size());
  std::set<Fields> written;
  std::map<std::string, size_t> events;
  for (const Fields& row : events_) {
    ++events[row[kBehaviorType]];
    written.insert({row[kUserId], row[kItemId], row[kBehaviorType], row[kTimestamp], row[kValue]});
  }
  std::set<std::string> ids;
  size_t reviews = 0;
  for (size_t i = 0; i < texts_.size(); ++i) {
    const Fields& text = texts_[i];
    EXPECT_TRUE(
        written.contains({text[kTextUser], text[kTextItem], text[kKind], text[kTextTime], text[kRating]}))
        << text[kTextId];
    EXPECT_TRUE(ids.insert(text[kTextId]).second) << text[kTextId];
    EXPECT_EQ(truth_[i][kTruthId], text[kTextId]);
    EXPECT_EQ(truth_[i][kTruthKind], text[kKind]);
    EXPECT_FALSE(text[kBody].empty());
    reviews += text[kKind] == "review" ? 1 : 0;
  }
  EXPECT_EQ(texts_.size() - reviews, events["message"]) << "every message has words";
  EXPECT_NEAR(static_cast<double>(reviews) / static_cast<double>(events["review"]), 0.85, 0.04);
  EXPECT_GT(events["complaint"], 20u);
  EXPECT_LT(events["complaint"], events["message"] / 2);
}

TEST_F(People, WhatIsPlantedFollowsTheStars) {
  std::map<std::string, std::map<std::string, size_t>> sentiments;  // by rating
  size_t english = 0;
  for (size_t i = 0; i < texts_.size(); ++i) {
    if (texts_[i][kKind] == "review") ++sentiments[texts_[i][kRating]][truth_[i][kSentiment]];
    english += truth_[i][kLanguage] == "en" ? 1 : 0;
  }
  EXPECT_GT(sentiments["5"]["positive"], sentiments["5"]["negative"]);
  EXPECT_GT(sentiments["1"]["negative"] + sentiments["2"]["negative"],
            sentiments["1"]["positive"] + sentiments["2"]["positive"]);
  EXPECT_NEAR(static_cast<double>(english) / static_cast<double>(texts_.size()), 0.08, 0.04);
}

TEST_F(People, RefundsAndTroubleAreWrittenAbout) {
  std::map<std::string, size_t> concerns;
  for (const Fields& row : truth_) ++concerns[row[kConcern]];
  for (const char* concern : {"refund", "delay", "usage", "damaged", "invoice", "stock", "praise"})
    EXPECT_GT(concerns[concern], 0u) << concern;
}

TEST_F(People, AreBroughtByEarlierMembersWithTastesLikeTheirs) {
  ASSERT_GT(links_.size(), 100u);
  EXPECT_EQ(links_.size(), source_->links());
  const auto& members = source_->truth().members;
  std::map<std::string, std::string> first_invite;
  for (const Fields& row : events_)
    if (row[kBehaviorType] == "invite") first_invite.try_emplace(row[kUserId], row[kTimestamp]);
  size_t alike = 0;
  std::set<std::string> brought;
  for (const Fields& link : links_) {
    EXPECT_TRUE(brought.insert(link[1]).second) << "once";
    EXPECT_GE(members[member(link[1])].join_day, 0);
    ASSERT_TRUE(first_invite.contains(link[0]));
    EXPECT_LT(first_invite[link[0]], link[3]) << "invited before";
    alike += members[member(link[0])].taste_group == members[member(link[1])].taste_group ? 1 : 0;
  }
  EXPECT_GT(static_cast<double>(alike) / static_cast<double>(links_.size()), 0.4) << "by chance a sixth";
}

TEST_F(People, SomeLookAroundBeforeTheyJoin) {
  std::map<std::string, std::string> last_seen;  // of guests
  size_t known = 0;
  for (const Fields& row : events_) {
    if (row[kAnonymousId].empty()) continue;
    if (row[kUserId].empty()) {
      EXPECT_NE(row[kBehaviorType], "buy");
      EXPECT_EQ(row[kUserCity], "");
      last_seen[row[kAnonymousId]] = row[kTimestamp];
      continue;
    }
    EXPECT_EQ(row[kBehaviorType], "login");
    EXPECT_EQ(row[kAnonymousId].substr(1), row[kUserId].substr(1));
    ASSERT_TRUE(last_seen.contains(row[kAnonymousId]));
    EXPECT_LT(last_seen[row[kAnonymousId]], row[kTimestamp]);
    ++known;
  }
  EXPECT_EQ(known, last_seen.size()) << "all are known in the end";
  size_t joined = 0;
  for (const Member& member : source_->truth().members) joined += member.join_day > 0 ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(known) / static_cast<double>(joined), 0.29, 0.04);
}

TEST_F(People, TheOtherTablesChangeNoEvent) { EXPECT_EQ(without_header(text_of(kOptions)), events_); }

TEST(OtherTables, KeepAFileThatIsThere) {
  std::string pattern = (fs::temp_directory_path() / "coterie-test-XXXXXX").string();
  const fs::path folder = ::mkdtemp(pattern.data());
  ASSERT_TRUE(base::write_file_durably(folder / "a.texts.csv", "mine").ok());
  EXPECT_EQ(OtherTables::create({.texts = folder / "a.texts.csv"}).error().code(),
            base::Code::kAlreadyExists);
  EXPECT_EQ(*base::read_file(folder / "a.texts.csv"), "mine");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace coterie::collect::simulate

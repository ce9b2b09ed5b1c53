#include "collect/import_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "collect/collect_testing.h"
#include "collect/file_source.h"

namespace coterie::collect {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kHeader = "user_id,item_id,behavior_type,timestamp\n";

class ImportFile : public testing::Test {
 protected:
  base::Result<ImportSummary> import_text(const std::string& text, const ImportOptions& options = {}) {
    StringSource source(text);
    return import_file(source, options, *base::Calendar::create("Asia/Shanghai"), sink_, owned_.get());
  }

  std::string error_of(const std::string& text, const ImportOptions& options = {}) {
    const auto summary = import_text(text, options);
    EXPECT_FALSE(summary.has_value());
    return summary ? "" : summary.error().message();
  }

  base::OwnedContext owned_;
  MemorySink sink_;
};

TEST_F(ImportFile, ReadsTheFourColumnFile) {
  const auto summary =
      import_text(std::string(kHeader) + "u1,i1,buy,2024-03-01 08:00:00\nu2,i1,pv,1709251200");
  ASSERT_TRUE(summary.has_value()) << summary.error().message();
  EXPECT_EQ(summary->received, 2u);
  ASSERT_EQ(sink_.events.size(), 2u);
  EXPECT_EQ(base::utc_string(sink_.events[0].ts), "2024-03-01T00:00:00Z");
  EXPECT_EQ(sink_.events[0].ts, sink_.events[1].ts);
  EXPECT_EQ(sink_.events[1].behavior, "custom:pv");
  EXPECT_THAT(summary->warnings, ElementsAre(HasSubstr("custom:pv")));
}

TEST_F(ImportFile, ReadsAHeaderOfVeryManyColumns) {
  constexpr size_t kColumns = 80'000;
  std::string header = "user_id,behavior,ts";
  for (size_t i = 0; i < kColumns; ++i) header += fmt::format(",{}{}", i % 2 == 0 ? "item." : "", i);
  const auto summary = import_text(header + "\nu1,view,2024-03-01" + std::string(kColumns, ',') + "\n");
  ASSERT_TRUE(summary.has_value()) << summary.error().message();
  EXPECT_EQ(summary->cleaned, 1u);
  EXPECT_THAT(summary->warnings, ElementsAre(HasSubstr("and 39960 more")));
}

TEST_F(ImportFile, NamesBehaviorsOnRequest) {
  ImportOptions options;
  options.behaviors = *parse_behavior_choices("pv=view,fav=favorite");
  ASSERT_TRUE(import_text(
      std::string(kHeader) + "u1,i1,pv,2024-03-01\nu1,i1,fav,2024-03-01\nu1,i1,Cart,2024-03-01\n", options));
  EXPECT_EQ(sink_.events[0].behavior, "view");
  EXPECT_EQ(sink_.events[1].behavior, "favorite");
  EXPECT_EQ(sink_.events[2].behavior, "cart");
}

TEST_F(ImportFile, TheSameEventsInAnotherFormatAreTheSame) {
  ASSERT_TRUE(import_text(std::string(kHeader) + "u1,i1,buy,2024-03-01 08:00:00\n"));
  ImportOptions options;
  options.columns = *parse_column_choices("user_id=Who,item_id=\"What, exactly\",ts=When,behavior=How");
  options.behaviors = *parse_behavior_choices("order=buy");
  ASSERT_TRUE(import_text("When;\"What, exactly\";Who;How\n2024/3/1 8:00;i1;u1;order\n", options));
  EXPECT_EQ(sink_.events.size(), 1u);
  EXPECT_EQ(sink_.duplicates, 1u);
}

TEST_F(ImportFile, KeepsEventIdsAsReceived) {
  ASSERT_TRUE(import_text("event_id,user_id,behavior,ts\ne1,u1,view,2024-03-01\n,u1,view,2024-03-01\n"));
  EXPECT_EQ(sink_.events[0].event_id, "e1");
  EXPECT_FALSE(sink_.events[0].is_content_id);
  EXPECT_EQ(sink_.events[1].event_id.size(), 26u);
  EXPECT_TRUE(sink_.events[1].is_content_id);
}

TEST_F(ImportFile, ThePlanSaysWhatThePersonChose) {
  StringSource source(std::string(kHeader) + "u1,i1,buy,2024-03-01\n");
  const auto file = FileImport::open(source, {.repeats = data::Repeats::kKeep});
  ASSERT_TRUE(file.has_value()) << file.error().message();
  EXPECT_EQ(file->plan().first().repeats, data::Repeats::kKeep);
  EXPECT_TRUE(file->plan().preset_detected);
  StringSource all_buys("user_id,ts\nu1,2024-03-01\n");
  ASSERT_TRUE(import_file(all_buys, {.behaviors = *parse_behavior_choices("*=buy")},
                          *base::Calendar::create("UTC"), sink_, owned_.get()));
  EXPECT_EQ(sink_.events[0].behavior, "buy");
}

TEST_F(ImportFile, QuarantinesWithPlaceRuleAndRawText) {
  const auto summary =
      import_text(std::string(kHeader) + "u1,i1,buy,2024-03-01\nu1,\"i\n1\",buy,never\n,\xFF,,\n");
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->received, 3u);
  EXPECT_EQ(summary->cleaned, 1u);
  ASSERT_EQ(sink_.bad.size(), 2u);
  EXPECT_EQ(sink_.bad[0].rule, "time");
  EXPECT_EQ(sink_.bad[0].column, "ts");
  EXPECT_EQ(sink_.bad[0].line, 3u);
  EXPECT_EQ(sink_.bad[0].byte_offset, kHeader.size() + 21);
  EXPECT_EQ(sink_.bad[0].raw, "u1,\"i\n1\",buy,never");
  EXPECT_EQ(sink_.bad[1].rule, "unreadable");
  EXPECT_EQ(sink_.bad[1].line, 5u);
  EXPECT_EQ(sink_.bad[1].raw, ",\\xFF,,");
}

TEST_F(ImportFile, ExplainsFilesThatCannotBeImported) {
  EXPECT_THAT(error_of(""), HasSubstr("test.csv is empty"));
  EXPECT_THAT(error_of(std::string(kHeader)), HasSubstr("header line only"));
  EXPECT_THAT(error_of("user_id:item_id:ts\n1:2:3\n"), HasSubstr("read with a comma as delimiter"));
  EXPECT_THAT(error_of("a,b\n1,2\n"), HasSubstr("no preset fits"));
  EXPECT_THAT(error_of("item_id,behavior,ts\n1,2,3\n"), HasSubstr("--map user_id=COLUMN"));
  EXPECT_THAT(error_of("user_id,item_id,ts\n1,2,3\n"), HasSubstr("--map behavior=COLUMN"));
  ImportOptions options;
  options.columns = *parse_column_choices("user_id=CustID");
  EXPECT_THAT(error_of("user,behavior,ts\n1,2,3\n", options),
              HasSubstr("there is no column 'CustID' for user_id; its columns are: user, behavior, ts"));
  options.preset = "shopify";
  EXPECT_THAT(error_of("a,b\n", options), HasSubstr("there are: amazon-reviews, cdnow, "));
}

TEST_F(ImportFile, DoesNotRepeatAPersonsDataWhenTheHeaderIsMissing) {
  const std::string message = error_of("alice@example.org,1001,buy,1709251200\n");
  EXPECT_THAT(message, HasSubstr("first line seems to hold data"));
  EXPECT_THAT(message, testing::Not(HasSubstr("alice")));
}

TEST_F(ImportFile, StopsWhenAskedTo) {
  owned_.cancel.cancel();
  std::string text(kHeader);
  for (int i = 0; i < 20'000; ++i) text += "u1,i1,buy,2024-03-01\n";
  EXPECT_EQ(import_text(text).error().code(), Code::kCancelled);
}

TEST_F(ImportFile, TheSinksErrorEndsIt) {
  struct Full final : MemorySink {
    base::Status append(const data::EventBatch&) override {
      return base::failure(Code::kResourceExhausted, "disk full");
    }
  } full;
  StringSource source(std::string(kHeader) + "u1,i1,buy,2024-03-01\n");
  const auto summary = import_file(source, {}, *base::Calendar::create("UTC"), full, owned_.get());
  EXPECT_EQ(summary.error().code(), Code::kResourceExhausted);
}

struct Tally {
  uint64_t members = 0, member_rows = 0, member_refunds = 0, guest_rows = 0;
};

Tally tally(const std::vector<MemorySink::Event>& events) {
  Tally out;
  std::set<std::string> members;
  for (const MemorySink::Event& event : events) {
    if (event.user_id.empty()) {
      ++out.guest_rows;
      continue;
    }
    members.insert(event.user_id);
    ++out.member_rows;
    out.member_refunds += event.behavior == "refund" ? 1 : 0;
  }
  out.members = members.size();
  return out;
}

TEST_F(ImportFile, OnlineRetailComesToThePublishedCounts) {
  const auto path = real_file("online-retail-2010-2011/onlineretail.converted.csv.gz");
  if (path.empty()) GTEST_SKIP() << "*** the real data is not there: set COTERIE_DATA ***";
  auto source = *open_file(path);
  const auto start = std::chrono::steady_clock::now();
  const auto summary =
      import_file(*source, {}, *base::Calendar::create("Europe/London"), sink_, owned_.get());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(summary.has_value()) << summary.error().message();
  std::cout << "[          ] " << seconds.count() << " s\n";
  EXPECT_EQ(summary->received, 541'909u);
  EXPECT_EQ(summary->quarantined, 2'517u);
  EXPECT_EQ(summary->quarantined_by_rule.at("price"), 2'517u);
  EXPECT_EQ(sink_.duplicates, 5'263u);
  EXPECT_EQ(sink_.events.size(), 534'129u);
  const Tally counts = tally(sink_.events);
  EXPECT_EQ(counts.members, 4'371u);
  EXPECT_EQ(counts.member_rows, 401'564u);
  EXPECT_EQ(counts.member_refunds, 8'872u);
  EXPECT_EQ(counts.guest_rows, 132'565u);
}

}  // namespace
}  // namespace coterie::collect

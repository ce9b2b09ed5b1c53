#include "collect/cleaning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/collect_testing.h"
#include "collect/import_file.h"

namespace coterie::collect {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr base::Timestamp kNow = 1'717'200'000 * base::kSecond;  // 2024-06-01T00:00:00Z

// Imports rows of a file with every column and looks at what became of them.
class Cleaning : public testing::Test {
 protected:
  static constexpr std::string_view kHeader =
      "user_id,anonymous_id,item_id,behavior,ts,value,quantity,unit_price,line_amount,discount,order_id,"
      "properties\n";

  void import_rows(const std::string& rows, const ImportOptions& options = {.preset = "coterie"}) {
    StringSource source(std::string(kHeader) + rows);
    auto file = FileImport::open(source, options);
    ASSERT_TRUE(file.has_value()) << file.error().message();
    const auto summary = file->run(*base::Calendar::create("UTC"), kNow, sink_, owned_.get());
    ASSERT_TRUE(summary.has_value()) << summary.error().message();
    EXPECT_EQ(summary->received, summary->cleaned + summary->quarantined);
  }

  // Rule and reasons of one bad row.
  MemorySink::Bad bad(const std::string& row) {
    sink_ = MemorySink();
    import_rows(row + "\n");
    EXPECT_EQ(sink_.bad.size(), 1u) << row;
    return sink_.bad.empty() ? MemorySink::Bad() : sink_.bad[0];
  }

  MemorySink::Event good(const std::string& row) {
    sink_ = MemorySink();
    import_rows(row + "\n");
    EXPECT_EQ(sink_.events.size(), 1u) << row << (sink_.bad.empty() ? "" : ": " + sink_.bad[0].reason);
    return sink_.events.empty() ? MemorySink::Event() : sink_.events[0];
  }

  base::OwnedContext owned_;
  MemorySink sink_;
};

TEST_F(Cleaning, Unreadable) {
  EXPECT_EQ(bad("u,,i,buy,2024-01-01").rule, "unreadable");
  EXPECT_EQ(bad("u,,i,buy,2024-01-01").reason, "5 fields where the header has 12");
  EXPECT_EQ(bad("u,,i,buy,2024-01-01").column, "");
  EXPECT_THAT(bad("u,,\"i,buy,2024-01-01,,,,,,,").reason, StartsWith("a quoted field is not closed"));
  EXPECT_EQ(bad("u,,\xC3,buy,2024-01-01,,,,,,,").reason, "is not valid UTF-8");
}

TEST_F(Cleaning, MissingId) {
  EXPECT_EQ(bad(" ,,i,buy,2024-01-01,,,,,,,").rule, "missing_id");
  EXPECT_EQ(good(",a,i,buy,2024-01-01,,,,,,,").anonymous_id, "a");
}

TEST_F(Cleaning, IdTooLong) {
  EXPECT_EQ(good(std::string(256, 'u') + ",,i,buy,2024-01-01,,,,,,,").user_id.size(), 256u);
  EXPECT_EQ(bad(std::string(257, 'u') + ",,i,buy,2024-01-01,,,,,,,").rule, "id_too_long");
  EXPECT_EQ(bad("u,,i," + std::string(257, 'b') + ",2024-01-01,,,,,,,").reason,
            "behavior: longer than 256 bytes");
}

TEST_F(Cleaning, Behavior) {
  EXPECT_EQ(bad("u,,i,,2024-01-01,,,,,,,").rule, "behavior");
  EXPECT_EQ(good("u,,i,BUY,2024-01-01,,,,,,,").behavior, "buy");
  EXPECT_EQ(good("u,,i,custom:wave,2024-01-01,,,,,,,").behavior, "custom:wave");
}

TEST_F(Cleaning, Time) {
  EXPECT_EQ(bad("u,,i,buy,,,,,,,,").reason, "ts: missing");
  EXPECT_EQ(bad("u,,i,buy,31.12.2023,,,,,,,").rule, "time");
  EXPECT_EQ(good("u,,i,buy,2024-01-01T08:00:00+08:00,,,,,,,").ts, 1'704'067'200 * base::kSecond);
}

TEST_F(Cleaning, TimeRange) {
  EXPECT_EQ(bad("u,,i,buy,1989-12-31 23:59,,,,,,,").rule, "time_range");
  EXPECT_EQ(good("u,,i,buy,1990-01-01,,,,,,,").ts, 631'152'000 * base::kSecond);
  EXPECT_EQ(good("u,,i,buy,2024-06-02,,,,,,,").ts, kNow + base::kDay);
  EXPECT_EQ(bad("u,,i,buy,2024-06-02 00:00:01,,,,,,,").reason, "ts: more than a day in the future");
}

TEST_F(Cleaning, Number) {
  EXPECT_EQ(bad("u,,i,buy,2024-01-01,,two,,,,,").reason, "quantity: not a number");
  EXPECT_EQ(bad("u,,i,buy,2024-01-01,,1,0.12345,,,,").reason, "unit_price: more than four decimal places");
  EXPECT_EQ(bad("u,,i,rate,2024-01-01,nan,,,,,,").reason, "value: not a number");
  EXPECT_EQ(bad("u,,i,buy,2024-01-01,,9e9,9e9,,,,").reason, "line_amount: beyond 14 digits before the point");
  EXPECT_EQ(good("u,,i,rate,2024-01-01,4.5,,,,,,").value, 4.5);
}

TEST_F(Cleaning, Properties) {
  EXPECT_EQ(bad("u,,i,view,2024-01-01,,,,,,,{").rule, "properties");
  EXPECT_EQ(bad("u,,i,view,2024-01-01,,,,,,,[1]").rule, "properties");
  EXPECT_EQ(good("u,,i,view,2024-01-01,,,,,,,\"{\"\"page\"\": 1}\"").properties, "{\"page\": 1}");
}

TEST_F(Cleaning, Price) {
  EXPECT_EQ(bad("u,,i,buy,2024-01-01,,1,-0.01,,,,").rule, "price");
  EXPECT_EQ(bad("u,,i,buy,2024-01-01,,1,1,,2,,").reason, "line_amount: below 0 for a buy");
  EXPECT_EQ(bad("u,,i,buy,2024-01-01,,1,1,,-2,,").reason, "discount: below 0");
  EXPECT_EQ(good("u,,i,buy,2024-01-01,,1,0,,,,").line_amount, 0);
}

TEST_F(Cleaning, Quantity) {
  EXPECT_EQ(bad("u,,i,buy,2024-01-01,,0,,,,,").rule, "quantity");
  EXPECT_EQ(bad("u,,i,buy,2024-01-01,,-1,2,,,,").rule, "quantity");
  EXPECT_EQ(bad("u,,i,refund,2024-01-01,,0,,,,,").rule, "quantity");
  EXPECT_EQ(good("u,,i,cart,2024-01-01,,-1,,,,,").quantity, -10'000);
}

TEST_F(Cleaning, ListsEveryReasonAndTheFirstRuleDecides) {
  const MemorySink::Bad row = bad(",,i,buy,never,x,-1,-1,,,,");
  EXPECT_EQ(row.rule, "missing_id");
  EXPECT_EQ(row.column, "user_id");
  EXPECT_THAT(row.reason,
              testing::MatchesRegex("user_id: .*; ts: .*; value: .*; unit_price: .*; quantity: .*"));
}

TEST_F(Cleaning, TheRulesAreInTheOrderInWhichTheyDecide) {
  size_t at = 0;
  for (const RuleInfo& rule : cleaning_rules()) {
    EXPECT_EQ(static_cast<size_t>(rule.rule), at++);
    EXPECT_EQ(base::text(rule.description, base::Language::kEnglish),
              base::text_by_key("cleaning_" + std::string(rule.key), base::Language::kEnglish));
  }
}

TEST_F(Cleaning, FillsInWhatFollowsForASale) {
  const MemorySink::Event buy = good("u,,i,buy,2024-01-01,,3,2.5,,1.5,,");
  EXPECT_EQ(buy.line_amount, 60'000);
  EXPECT_EQ(good("u,,i,buy,2024-01-01,,,2.5,,,,").quantity, 10'000);
  EXPECT_EQ(good("u,,i,buy,2024-01-01,,2,2.5,4,,,").line_amount, 40'000);
  EXPECT_EQ(good("u,,i,view,2024-01-01,,2,2.5,,,,").line_amount, std::nullopt);
}

TEST_F(Cleaning, RefundsAreNegativeHoweverTheyAreWritten) {
  for (const std::string row :
       {"u,,i,refund,2024-01-01,,2,2.5,,1,,", "u,,i,refund,2024-01-01,,-2,2.5,,1,,",
        "u,,i,refund,2024-01-01,,2,2.5,4,1,,", "u,,i,refund,2024-01-01,,2,2.5,-4,1,,"}) {
    const MemorySink::Event refund = good(row);
    EXPECT_EQ(refund.quantity, -20'000);
    EXPECT_EQ(refund.line_amount, -40'000);
    EXPECT_EQ(refund.unit_price, 25'000);
  }
}

TEST_F(Cleaning, ContentIdsTellRowsApartByAnyColumn) {
  import_rows(
      "u,,i,buy,2024-01-01,,1,2,,,o,\nu,,i,buy,2024-01-01,,1,2,,,p,\n,u,i,buy,2024-01-01,,1,2,,,o,\n"
      "u,,i,buy,2024-01-01,,1,3,,,o,\nu,,i,buy,2024-01-01 "
      "00:00:01,,1,2,,,o,\nu,,i,buy,2024-01-01,,2,1,,,o,\n");
  EXPECT_EQ(sink_.events.size(), 6u);
  import_rows("u,,i,buy,2024-01-01 00:00,,1.0,2.00,2,,o,\n");
  EXPECT_EQ(sink_.duplicates, 1u);
}

TEST_F(Cleaning, DamagedIds) {
  EXPECT_EQ(bad("NULL,,i,buy,2024-01-01,,,,,,,").rule, "damaged_id");
  EXPECT_THAT(bad("u,,#N/A,buy,2024-01-01,,,,,,,").reason,
              StartsWith("item_id: a program's word for nothing"));
  EXPECT_EQ(bad("u,,i,buy,2024-01-01,,,,,,6.92E+12,").column, "order_id");
  EXPECT_EQ(good("u,,i,view,2024-01-01,,,,,,NULL,").order_id, "NULL");
}

TEST_F(Cleaning, TestsAreFlaggedAndMarked) {
  import_rows(
      "test-1,,i,buy,2024-01-02,,,,,,,\ntest-1,,i,buy,2024-01-01,,,,,,,\nTesta,,i,buy,2024-01-01,,,,,,,\n"
      ",qa_2,i,buy,2024-01-01,,,,,,,\nu,,测试品,buy,2024-01-01,,,,,,,\n");
  EXPECT_EQ(sink_.events.size(), 5u);
  using Flag = std::pair<uint64_t, std::string>;
  EXPECT_THAT(sink_.flags, testing::ElementsAre(Flag(2, "test_user"), Flag(3, "test_user"),
                                                Flag(5, "test_user"), Flag(6, "test_item")));
  ASSERT_EQ(sink_.users.size(), 2u);  // again for the older row; guests have no traits
  EXPECT_EQ(sink_.users[1].id + " " + sink_.users[1].name + " " + sink_.users[1].value,
            "test-1 is_test true");
  EXPECT_LT(sink_.users[1].valid_from, sink_.users[0].valid_from);
  ASSERT_EQ(sink_.items.size(), 1u);
  EXPECT_EQ(sink_.items[0].name + " " + sink_.items[0].value, "is_product false");
}

TEST_F(Cleaning, AShopSaysWhatARuleDoes) {
  ImportOptions options{.preset = "coterie"};
  options.cleaning.internal_users = {"*@shop.example"};
  options.cleaning.set(Rule::kPrice, data::RuleAction::kFlag);
  options.cleaning.set(Rule::kQuantity, data::RuleAction::kOff);
  options.cleaning.set(Rule::kTestUser, data::RuleAction::kQuarantine);
  import_rows(
      "u,,i,buy,2024-01-01,,1,-5,,,,\nu,,i,buy,2024-01-01,,0,5,,,,\ntest,,i,buy,2024-01-01,,-1,-5,,,,\n"
      "ann@shop.example,,i,view,2024-01-01,,,,,,,\n",
      options);
  using Flag = std::pair<uint64_t, std::string>;
  EXPECT_THAT(sink_.flags, testing::ElementsAre(Flag(2, "price"), Flag(5, "internal_user")));
  EXPECT_EQ(sink_.events.size(), 3u);
  ASSERT_EQ(sink_.bad.size(), 1u);
  EXPECT_EQ(sink_.bad[0].rule, "test_user");  // what quarantines is the verdict, what flags is told too
  EXPECT_EQ(sink_.bad[0].reason, "user_id: fits the pattern test; unit_price: below 0");
  EXPECT_EQ(sink_.users[0].name, "is_internal");
}

TEST_F(Cleaning, AFlaggedRowHoldsNothingThatCannotBeStored) {
  ImportOptions options{.preset = "coterie"};
  options.cleaning.set(Rule::kNumber, data::RuleAction::kFlag);
  options.cleaning.set(Rule::kProperties, data::RuleAction::kFlag);
  import_rows("u,,i,buy,2024-01-01,,two,5,,,,{broken\n", options);
  ASSERT_EQ(sink_.events.size(), 1u);
  EXPECT_EQ(sink_.events[0].quantity, std::nullopt);
  EXPECT_EQ(sink_.events[0].line_amount, std::nullopt);
  EXPECT_EQ(sink_.events[0].properties, "");
  EXPECT_EQ(sink_.flags.size(), 2u);
}

}  // namespace
}  // namespace coterie::collect

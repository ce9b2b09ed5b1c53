#include "collect/preset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "collect/collect_testing.h"
#include "collect/import_file.h"

namespace coterie::collect {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(Presets, AllBuiltInOnesRead) {
  const auto presets = built_in_presets();
  ASSERT_TRUE(presets.has_value()) << presets.error().message();
  for (const PresetFile& file : *presets) {
    const Preset& preset = file.tables[0];
    EXPECT_FALSE(preset.description(base::Language::kEnglish).empty()) << preset.name;
    EXPECT_FALSE(preset.description(base::Language::kChinese).empty()) << preset.name;
    EXPECT_TRUE(!preset.detect.empty() || !preset.files.empty()) << preset.name;
  }
}

TEST(Presets, PlainFilesLeaveZoneAndCurrencyToThePerson) {
  EXPECT_EQ(find_preset("coterie")->tables[0].timezone, "");
  EXPECT_EQ(find_preset("coterie")->tables[0].currency, "");
  EXPECT_EQ(find_preset("online-retail")->tables[0].timezone, "Europe/London");
  EXPECT_EQ(find_preset("online-retail")->tables[0].currency, "GBP");
}

TEST(Presets, ErrorsNameTheKeyAndTheFile) {
  const auto message = [](std::string_view toml) { return parse_preset(toml, "my.toml").error().message(); };
  EXPECT_EQ(message("name = "), "my.toml, line 1, column 8: " + message("name = ").substr(27));
  EXPECT_THAT(message("name = 'x'\nnames = 'y'"),
              HasSubstr("my.toml, line 2, column 1: names is not a key here"));
  EXPECT_THAT(message("name = 'x'\n[columns]\nuser = ['A']"),
              HasSubstr("my.toml, line 3, column 1: user is none of the columns of events"));
  EXPECT_THAT(message("name = 'x'\nrepeats = 'maybe'"), HasSubstr("must be \"keep\" or \"drop\""));
  EXPECT_THAT(message("name = 'x'\n[not_product]\npatterns = ['(']"), HasSubstr("not a regular expression"));
  EXPECT_THAT(message("name = 'x'\n[guest]\nanonymous_id = 'nobody'"), HasSubstr("'nobody'"));
  EXPECT_THAT(message("timezone = 'UTC'"), HasSubstr("name is missing"));
}

TEST(Presets, MayComeFromAFile) {
  const TemporaryFolder folder;
  const auto path = folder.write("mine.toml", "name = 'mine'\n[behavior]\nvalues = { pv = 'view' }\n");
  const auto preset = find_preset(path.string());
  ASSERT_TRUE(preset.has_value()) << preset.error().message();
  EXPECT_EQ(preset->name, "mine");
  EXPECT_EQ(preset->tables[0].behaviors[0].second, "view");
}

TEST(Presets, TheDocumentedExampleReads) {
  const char* source = std::getenv("COTERIE_SOURCE");
  if (source == nullptr) GTEST_SKIP() << "run by ctest, which sets COTERIE_SOURCE";
  const auto page = base::read_file(std::filesystem::path(source) / "docs/presets.md");
  ASSERT_TRUE(page.has_value()) << page.error().message();
  const size_t begin = page->find("```toml\n") + 8;
  const auto preset = parse_preset(page->substr(begin, page->find("```", begin) - begin), "docs/presets.md");
  ASSERT_TRUE(preset.has_value()) << preset.error().message();
  EXPECT_EQ(preset->name, "till");
  EXPECT_EQ(preset->tables[0].repeats, data::Repeats::kKeep);
  EXPECT_EQ(preset->tables[0].behavior_rules.size(), 1u);
}

class OnlineRetail : public testing::Test {
 protected:
  static constexpr std::string_view kFirstYear =
      "\"InvoiceNo\",\"StockCode\",\"Description\",\"Quantity\",\"InvoiceDate\",\"UnitPrice\",\"CustomerID\","
      "\"Country\"\n";
  static constexpr std::string_view kSecondYear =
      "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n";

  void import_text(std::string_view header, std::string_view rows) {
    StringSource source(std::string(header) + std::string(rows));
    const auto summary =
        import_file(source, {}, *base::Calendar::create("Europe/London"), sink_, owned_.get());
    ASSERT_TRUE(summary.has_value()) << summary.error().message();
  }

  base::OwnedContext owned_;
  MemorySink sink_;
};

TEST_F(OnlineRetail, ReadsAPurchase) {
  import_text(
      kFirstYear,
      "\"536365\",\"85123A\",\"T-LIGHT, HOLDER\",6,\"2011-07-01 08:26:00\",2.55,17850,\"United Kingdom\"\n");
  ASSERT_EQ(sink_.events.size(), 1u);
  const MemorySink::Event& event = sink_.events[0];
  EXPECT_EQ(event.user_id, "17850");
  EXPECT_EQ(event.order_id, "536365");
  EXPECT_EQ(event.behavior, "buy");
  EXPECT_EQ(event.line_amount, 153'000);
  EXPECT_EQ(base::utc_string(event.ts), "2011-07-01T07:26:00Z");
  EXPECT_THAT(sink_.items, Contains(MemorySink::Attribute{"85123A", "name", "T-LIGHT, HOLDER", event.ts}));
  EXPECT_THAT(sink_.users, Contains(MemorySink::Attribute{"17850", "country", "United Kingdom", event.ts}));
}

TEST_F(OnlineRetail, TheSecondYearsFileHoldsTheSameEvents) {
  import_text(kFirstYear,
              "\"536365\",\"85123A\",\"HOLDER\",6,\"2010-12-01 08:26:00\",2.55,17850,\"United Kingdom\"\n");
  import_text(kSecondYear, "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n");
  EXPECT_EQ(sink_.events.size(), 1u);
  EXPECT_EQ(sink_.duplicates, 1u);
}

TEST_F(OnlineRetail, CInvoicesAreRefunds) {
  import_text(kFirstYear, "C536379,D,Discount,-1,2010-12-01 09:41:00,27.5,14527,United Kingdom\n");
  EXPECT_EQ(sink_.events[0].behavior, "refund");
  EXPECT_EQ(sink_.events[0].quantity, -10'000);
  EXPECT_EQ(sink_.events[0].line_amount, -275'000);
}

TEST_F(OnlineRetail, RowsWithoutACustomerAreGuests) {
  import_text(kFirstYear, "536544,21773,BOX,1,2010-12-01 14:32:00,2.51,,United Kingdom\n");
  EXPECT_EQ(sink_.events[0].user_id, "");
  EXPECT_EQ(sink_.events[0].anonymous_id, "536544");
  EXPECT_TRUE(sink_.users.empty());
}

TEST_F(OnlineRetail, PricesMustBePositive) {
  import_text(
      kFirstYear,
      "536414,22139,,56,2010-12-01 11:52:00,0,,United Kingdom\n536415,22139,,-5,2010-12-01 11:52:00,0,,UK\n"
      "A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom\n");
  ASSERT_EQ(sink_.bad.size(), 3u);
  for (const MemorySink::Bad& row : sink_.bad) EXPECT_EQ(row.rule, "price");
  EXPECT_EQ(
      sink_.bad[1].reason,
      "unit_price: 0, where a price is needed; quantity: not above 0 for a buy; what comes back is a refund");
}

TEST_F(OnlineRetail, RepeatsAreDropped) {
  const std::string row = "536409,21866,FLAG,1,2010-12-01 11:45:00,1.25,17908,United Kingdom\n";
  import_text(kFirstYear, row + row);
  EXPECT_EQ(sink_.events.size(), 1u);
  EXPECT_EQ(sink_.duplicates, 1u);
}

TEST_F(OnlineRetail, FeesAndVouchersAreNoProducts) {
  const auto is_product = [&](const std::string& code) {
    sink_ = MemorySink();
    import_text(kFirstYear, "536409," + code + ",X,1,2010-12-01 11:45:00,1.25,17908,United Kingdom\n");
    return std::none_of(sink_.items.begin(), sink_.items.end(),
                        [](const auto& attribute) { return attribute.name == "is_product"; });
  };
  for (const std::string code : {"POST", "DOT", "C2", "D", "M", "m", "S", "B", "BANK CHARGES", "AMAZONFEE",
                                 "CRUK", "PADS", "gift_0001_20", "TEST001", "ADJUST2"})
    EXPECT_FALSE(is_product(code)) << code;
  for (const std::string code : {"85123A", "21866", "79323LP", "DCGSSGIRL", "DCGS0003", "SP1002", "15056BL"})
    EXPECT_TRUE(is_product(code)) << code;
}

}  // namespace
}  // namespace coterie::collect

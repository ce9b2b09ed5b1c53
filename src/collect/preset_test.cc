#include "collect/preset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "collect/collect_testing.h"
#include "collect/import_file.h"
#include "collect/table_choice.h"

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

TEST(Presets, WhatWouldTakeTheWholeStackIsRefused) {
  std::string key = "a";
  for (int i = 0; i < 60'000; ++i) key += ".a";
  EXPECT_THAT(parse_preset("name = \"x\"\n" + key + " = 1\n", "my.toml").error().message(),
              HasSubstr("my.toml, line 2: a key has more than 16 parts"));
  const std::string pattern = std::string(50'000, '(') + std::string(50'000, ')');
  EXPECT_THAT(parse_preset("name = \"x\"\n[not_product]\npatterns = ['" + pattern + "']\n", "my.toml")
                  .error()
                  .message(),
              HasSubstr("not a regular expression"));
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
  const size_t second = page->find("```toml\n", begin) + 8;
  const auto tables =
      parse_preset(page->substr(second, page->find("```", second) - second), "docs/presets.md");
  ASSERT_TRUE(tables.has_value()) << tables.error().message();
  EXPECT_EQ(tables->tables.size(), 3u);
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

// Literal lines of each preset's files.
class Known : public testing::Test {
 protected:
  void read(const std::string& name, std::string_view text, ImportOptions options = {}) {
    const auto file = folder_.write(name, text);
    auto opened = FileImport::open(file, options);
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    preset_ = opened->plan().preset;
    const auto summary =
        opened->run(*base::Calendar::create("Asia/Shanghai"), owned_.get().clock->now(), sink_, owned_.get());
    ASSERT_TRUE(summary.has_value()) << summary.error().message();
    EXPECT_EQ(summary->received, summary->cleaned + summary->quarantined);
    summary_ = *summary;
  }

  std::string time(size_t event) const { return base::utc_string(sink_.events.at(event).ts); }

  TemporaryFolder folder_;
  base::OwnedContext owned_;
  MemorySink sink_;
  ImportSummary summary_;
  std::string preset_;
};

TEST_F(Known, Retailrocket) {
  read("events.csv",
       "timestamp,visitorid,event,itemid,transactionid\n1433221332117,257597,view,355908,\n"
       "1433223236124,286616,addtocart,1,\n1433222276276,599528,transaction,356475,4000\n");
  EXPECT_EQ(preset_, "retailrocket");
  ASSERT_EQ(sink_.events.size(), 3u);
  EXPECT_EQ(time(0), "2015-06-02T05:02:12.117000Z");
  EXPECT_EQ(sink_.events[1].behavior, "cart");
  EXPECT_EQ(sink_.events[2].behavior, "buy");
  EXPECT_EQ(sink_.events[2].order_id, "4000");
}

TEST_F(Known, YoochooseKeepsTheFractionOfASecond) {
  read("x.txt", "SessionId\tItemId\tTime\n1\t214536502\t1396860669.277\n");
  EXPECT_EQ(preset_, "yoochoose");
  EXPECT_EQ(time(0), "2014-04-07T08:51:09.277000Z");
  EXPECT_EQ(sink_.events[0].anonymous_id, "1");
}

TEST_F(Known, YoochoosesOriginalFilesHaveNoHeaderLine) {
  read("yoochoose-buys.dat", "420374,2014-04-06T18:44:58.314Z,214537888,12462,1\n");
  EXPECT_EQ(preset_, "yoochoose");
  EXPECT_EQ(sink_.events[0].behavior, "buy");
  EXPECT_EQ(sink_.events[0].line_amount, 124'620'000);
}

TEST_F(Known, DigineticaAddsTheTimeWithinTheSession) {
  read("x.csv", "session_id;user_id;item_id;timeframe;eventdate\n1;NA;81766;526309;2016-05-09\n");
  EXPECT_EQ(preset_, "diginetica");
  EXPECT_EQ(sink_.events[0].user_id, "");
  EXPECT_EQ(sink_.events[0].anonymous_id, "1");
  EXPECT_EQ(time(0), "2016-05-08T16:08:46.309000Z");
}

TEST_F(Known, CdnowInColumnsOfSpaces) {
  read("CDNOW_master.txt",
       " customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n");
  EXPECT_EQ(preset_, "cdnow");
  EXPECT_EQ(sink_.events[0].user_id, "00001");
  EXPECT_EQ(sink_.events[0].line_amount, 117'700);
  read("CDNOW_sample.txt", " 00001 0001 19970101  1   11.77\r\n");
  EXPECT_EQ(sink_.duplicates, 1u) << "the sample holds purchases of the master file";
}

TEST_F(Known, CompleteJourneysTablesAreToldApart) {
  read("t.csv",
       "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_"
       "disc,"
       "week,transaction_timestamp\n2261,309,31625220889,940996,1,3.86,0.43,0,0,5,2017-01-28 14:06:53\n");
  EXPECT_EQ(preset_, "completejourney");
  EXPECT_EQ(sink_.events[0].line_amount, 38'600);
  EXPECT_EQ(sink_.events[0].discount, 4'300);
  read("r.csv", "household_id,coupon_upc,campaign_id,redemption_date\n1029,51380041013,26,2017-01-01\n");
  EXPECT_EQ(sink_.events[1].behavior, "coupon_use");
  read("c.csv", "campaign_id,household_id\n1,105\n", {.ts = "2017-01-01"});
  EXPECT_EQ(sink_.events[2].behavior, "impression");
  read("d.csv", "household_id,age,income,home_ownership\n1,65+,35-49K,NA\n", {.ts = "2017-01-01"});
  ASSERT_EQ(sink_.users.size(), 2u) << "NA states nothing";
  EXPECT_EQ(sink_.users[0].name, "age");
  EXPECT_EQ(summary_.facts, 1u);
}

TEST_F(Known, MovieLensInItsThreeForms) {
  read("u.data", "196\t242\t3\t881250949\n");
  EXPECT_EQ(preset_, "movielens");
  EXPECT_EQ(time(0), "1997-12-04T15:55:49Z");
  EXPECT_EQ(sink_.events[0].value, 3.0);
  read("ratings.dat", "1::1193::5::978300760\n");
  read("ratings.csv", "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n");
  EXPECT_EQ(preset_, "movielens");
  EXPECT_EQ(sink_.events.size(), 3u);
  read("movies.dat", "2::Mis\xE9rables (1995)::Drama\n", {.ts = "2003-02-01"});
  EXPECT_THAT(sink_.items, Contains(testing::Field(&MemorySink::Attribute::value, "Mis\u00e9rables (1995)")));
}

TEST_F(Known, Personalize) {
  read("i.csv", "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n1,2,1609459200,Purchase\n1,3,1609459201,\n");
  EXPECT_EQ(preset_, "personalize");
  EXPECT_EQ(sink_.events[0].behavior, "buy");
  EXPECT_EQ(sink_.events[1].behavior, "view");
  read("m.csv", "ITEM_ID,PRICE,CATEGORY_L1,CREATION_TIMESTAMP\n2,9.5,Shoes,1609459200\n");
  EXPECT_THAT(sink_.items, Contains(testing::Field(&MemorySink::Attribute::name, "category")));
  read("u.csv", "USER_ID,AGE\n1,30\n", {.ts = "2021-01-01"});
  EXPECT_EQ(sink_.users.size(), 1u);
}

TEST_F(Known, SegmentsCallsGoWhereTheyBelong) {
  const std::string order =
      R"({"type":"track","messageId":"m1","anonymousId":"a1","userId":"u1","event":"Order Completed","properties":)"
      R"({"order_id":"o9","products":[{"product_id":"i7","price":60.25,"quantity":2},{"product_id":"i8","price":1}]},)"
      R"("timestamp":"2024-01-02T03:04:05.678Z"})";
  read("calls.jsonl",
       order + "\n" + order + "\n" +
           R"({"type":"identify","userId":"u1","traits":{"plan":"gold"},"timestamp":"2024-01-02T03:04:05Z"}
{"type":"page","anonymousId":"a1","timestamp":"2024-01-02T03:04:06Z"}
{"type":"group","userId":"u1","groupId":"g1","timestamp":"2024-01-02T03:04:06Z"}
{"type":"alias","previousId":"a1","userId":"u1","timestamp":"2024-01-02T03:04:06Z"}
{"type":"unheard of","userId":"u1","timestamp":"2024-01-02T03:04:06Z"}
)");
  EXPECT_EQ(preset_, "segment");
  ASSERT_EQ(sink_.events.size(), 3u);
  EXPECT_EQ(sink_.events[0].behavior, "buy");
  EXPECT_EQ(sink_.events[0].line_amount, 1'205'000);
  EXPECT_THAT(sink_.events[1].event_id, testing::StartsWith("m1#"));
  EXPECT_NE(sink_.events[0].event_id, sink_.events[1].event_id);
  EXPECT_EQ(sink_.events[1].item_id, "i8");
  EXPECT_EQ(sink_.duplicates, 2u) << "the call that was sent twice";
  EXPECT_EQ(sink_.events[2].behavior, "page");
  EXPECT_THAT(sink_.users, Contains(testing::Field(&MemorySink::Attribute::value, "gold")));
  EXPECT_THAT(sink_.users, Contains(testing::Field(&MemorySink::Attribute::name, "group")));
  EXPECT_EQ(sink_.links, 1u);
  ASSERT_EQ(sink_.bad.size(), 1u);
  EXPECT_EQ(sink_.bad[0].line, 7u);
  EXPECT_THAT(sink_.bad[0].reason, testing::Not(HasSubstr("unheard"))) << "no value of a row";
}

TEST_F(Known, SensorsProfilesAreTraits) {
  read(
      "s.log",
      R"({"distinct_id":"u1","time":1434556935000,"type":"track","event":"ViewProduct","properties":{"product_id":12345,"$city":"长沙"}}
{"distinct_id":"u1","time":1434556936000,"type":"profile_set_once","properties":{"first":"a"}}
{"distinct_id":"u1","time":1434556937000,"type":"profile_set_once","properties":{"first":"b"}}
{"distinct_id":"u1","time":1434556938000,"type":"profile_set","properties":{"city":"长沙","vip":true}}
{"distinct_id":"u1","time":1434556939000,"type":"profile_unset","properties":{"city":true}}
{"distinct_id":"u1","original_id":"d1","time":1434556940000,"type":"track_signup","event":"$SignUp","properties":{}}
)");
  EXPECT_EQ(preset_, "sensors");
  EXPECT_EQ(sink_.events[0].behavior, "view");
  EXPECT_EQ(sink_.events[0].item_id, "12345");
  EXPECT_EQ(time(0), "2015-06-17T16:02:15Z");
  ASSERT_EQ(sink_.users.size(), 4u);
  EXPECT_EQ(sink_.users[0].value, "a") << "the first value stays";
  EXPECT_EQ(sink_.users[3].name, "city");
  EXPECT_EQ(sink_.users[3].value, "") << "unset";
  EXPECT_EQ(sink_.links, 1u);
}

TEST_F(Known, AmazonReviewsAsStarsOrAsTexts) {
  constexpr std::string_view kReview =
      "{\"reviewerID\": \"A2\", \"asin\": \"1384719342\", \"reviewerName\": \"x\", \"helpful\": [0, 0], "
      "\"reviewText\": \"Not much\", \"overall\": 5.0, \"unixReviewTime\": 1393545600}\n";
  read("r.json", kReview);
  EXPECT_EQ(preset_, "amazon-reviews");
  EXPECT_EQ(sink_.events[0].value, 5.0);
  read("r.json", kReview, {.kind = Kind::kTexts});
  EXPECT_EQ(sink_.texts, 1u);
}

TEST_F(Known, UsersInLongForm) {
  read("u.csv",
       "user_id,trait,value,valid_from\nu1,city,Hangzhou,2024-01-01\nu1,,x,2024-01-01\n,a,b,2024-01-01\n",
       {.kind = Kind::kUsers});
  EXPECT_EQ(sink_.users.size(), 1u);
  ASSERT_EQ(sink_.bad.size(), 2u);
  EXPECT_EQ(sink_.bad[0].rule, "missing_value");
  EXPECT_EQ(sink_.bad[1].rule, "missing_id");
}

TEST_F(Known, LinksNeedTwoPeople) {
  read("l.csv", "user_id,other_user_id,ts\na,b,2024-01-01\na,a,2024-01-01\na,,2024-01-01\n",
       {.kind = Kind::kLinks});
  EXPECT_EQ(sink_.links, 1u);
  EXPECT_EQ(sink_.bad.size(), 2u);
}

TEST_F(Known, TablesWithoutATimeSayHowToImportThem) {
  const auto file = folder_.write("c.csv", "customerID,Churn\n1,No\n");
  const auto opened = FileImport::open(file, {.kind = Kind::kUsers});
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().message(), HasSubstr("--ts DATE"));
}

TEST_F(Known, TenThousandColumnsMakeAShortMessage) {
  std::string header = "c0";
  for (int i = 1; i < 10'000; ++i) header.append(",c").append(std::to_string(i));
  const auto opened = FileImport::open(folder_.write("wide.csv", header + "\n"), {});
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().message(), HasSubstr("and 9960 more"));
  EXPECT_LT(opened.error().message().size(), 1000u);
}

TEST(ChoosePreset, TwoThatBothFitAreNamed) {
  // A header that holds all that retailrocket and yoochoose are known by, and neither needs the other's.
  const std::vector<std::string> header = {"timestamp",     "visitorid", "event",  "itemid",
                                           "transactionid", "SessionId", "ItemId", "Time"};
  const auto choice = choose_tables(header, {}, "both.csv", {});
  ASSERT_FALSE(choice.has_value());
  EXPECT_EQ(choice.error().message(),
            "both.csv: presets retailrocket and yoochoose both fit; choose with --preset");
}

TEST(ParsePreset, RefusesWhatContradictsItself) {
  const std::string name = "name = \"x\"\n";
  const std::string table = "[[table]]\nname = \"a\"\n[table.columns]\nts = [\"t\"]\n";
  const auto refusal = [](const std::string& text) { return parse_preset(text, "x.toml").error().message(); };
  EXPECT_EQ(refusal(name + table + table), "x.toml, line 7, column 1: name is that of an earlier table");
  EXPECT_THAT(refusal(name + "timezone = \"Mars\"\n"),
              HasSubstr("line 2, column 1: timezone must be an IANA"));
  EXPECT_THAT(refusal(name + "currency = \"rmb\"\n"), HasSubstr("line 2, column 1: currency must be an ISO"));
}

TEST(FindPreset, RefusesAFileThatIsTooLarge) {
  const TemporaryFolder folder;
  const std::string head = "name = \"x\"\n[columns]\nts = [\"t\"]\n#";
  const auto large = folder.write("large.toml", head + std::string(1 << 20, 'x'));
  EXPECT_THAT(find_preset(large.string()).error().message(), HasSubstr("a preset has at most 1048576"));
  EXPECT_TRUE(
      find_preset(folder.write("some.toml", head + std::string(1'000'000, 'x')).string()).has_value());
}

// The definition, slow where there are many stars.
bool matches_plainly(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*')
    return matches_plainly(pattern.substr(1), name) ||
           (!name.empty() && matches_plainly(pattern, name.substr(1)));
  if (name.empty() || (pattern[0] != '?' && pattern[0] != name[0])) return false;
  return matches_plainly(pattern.substr(1), name.substr(1));
}

TEST(Matches, IsTheDefinitionForStarsAndQuestionMarks) {
  base::Random random(7);
  size_t fit = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string pattern, name;
    for (uint64_t n = random.next() % 7; n > 0; --n) pattern += "ab*?"[random.next() % 4];
    for (uint64_t n = random.next() % 7; n > 0; --n) name += "ab"[random.next() % 2];
    ASSERT_EQ(matches(pattern, name), matches_plainly(pattern, name)) << pattern << " on " << name;
    fit += matches(pattern, name) ? 1 : 0;
  }
  EXPECT_GT(fit, 1000U);
}

TEST(Matches, KnowsSetsAndEndsWithManyStars) {
  EXPECT_TRUE(matches("orders-[0-9x]?.csv", "orders-x1.csv"));
  EXPECT_FALSE(matches("orders-[0-9x]?.csv", "orders-y1.csv"));
  EXPECT_TRUE(matches("*.t[sx]v", "a.b.tsv"));
  EXPECT_TRUE(matches("[]a]", "]")) << "a bracket that comes first is in the set";
  EXPECT_TRUE(matches("[a", "[a")) << "a set that does not end is none";
  std::string stars;
  for (int i = 0; i < 500; ++i) stars += "*a";
  EXPECT_FALSE(matches(stars + "b", std::string(5'000, 'a')));
  EXPECT_TRUE(matches(stars, std::string(5'000, 'a')));
}

}  // namespace
}  // namespace coterie::collect

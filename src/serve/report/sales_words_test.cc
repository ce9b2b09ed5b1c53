// The words for sales: what is null leaves no rows, what is open says so, part periods are marked, in both languages.
#include "serve/report/sales_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::serve {
namespace {

using base::Language;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

json bare() {
  const json sums = {
      {"net_amount", nullptr}, {"buy_amount", nullptr}, {"refund_amount", nullptr}, {"orders", 3},
      {"guest_orders", 0},     {"refunds", nullptr},    {"average_order", nullptr}, {"members", 2}};
  return {{"known_until", "2011-12-09T00:00:00+00:00"},
          {"currency", "GBP"},
          {"by", "month"},
          {"limits", json::array({{{"code", "x"}, {"en", "no carts"}, {"zh", "没有加购"}}})},
          {"total", sums},
          {"periods", json::array()},
          {"weekdays", nullptr},
          {"shifts", nullptr},
          {"cohorts", json::array()},
          {"second_purchase", nullptr},
          {"gaps", nullptr},
          {"abc", {{"items", nullptr}, {"members", nullptr}}},
          {"funnel", nullptr}};
}

TEST(SalesWords, SayNothingOfWhatIsNotThere) {
  const json sales = bare();
  const SalesWords say(sales, Language::kEnglish);
  for (const WordTable& table : {say.periods(9), say.weekdays(), say.cohorts(9), say.second_purchase_shares(),
                                 say.gap_histogram(), say.abc(), say.funnel()})
    EXPECT_THAT(table.rows, IsEmpty());
  EXPECT_EQ(say.second_purchase() + say.gaps() + say.periods_shown(9), "");
  EXPECT_THAT(say.shifts(), IsEmpty());
  EXPECT_THAT(say.gini(), IsEmpty());
  EXPECT_THAT(say.limits(), ElementsAre("Left out: no carts"));
  EXPECT_THAT(SalesWords(sales, Language::kChinese).limits(), ElementsAre("未提供：没有加购"));
}

TEST(SalesWords, MarkAPartPeriodAndShowTheLast) {
  json sales = bare();
  for (const char* start : {"2011-10-01", "2011-11-01", "2011-12-01"}) {
    json period = sales["total"];
    period.update({{"start", start},
                   {"is_whole", std::string(start) != "2011-12-01"},
                   {"new_members", 1},
                   {"returning_members", 1}});
    sales["periods"].push_back(period);
  }
  const SalesWords say(sales, Language::kEnglish);
  const WordTable table = say.periods(2);
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_EQ(table.rows[0][0], "2011-11");
  EXPECT_EQ(table.rows[0][1], "–") << "no amounts";
  EXPECT_EQ(table.rows[1][0], "2011-12 (part)");
  EXPECT_EQ(table.rows[2][0], "in all");
  EXPECT_THAT(say.periods_shown(2), HasSubstr("The last 2 of 3"));
}

TEST(SalesWords, LeaveCellsOfOpenMonthsEmpty) {
  json sales = bare();
  const auto cell = [](int members, double share) { return json{{"members", members}, {"share", share}}; };
  sales["cohorts"] = json::array(
      {{{"month", "2011-10"}, {"members", 4}, {"is_whole", true}, {"again", {cell(4, 1), cell(0, 0)}}},
       {{"month", "2011-11"}, {"members", 2}, {"is_whole", true}, {"again", json::array({cell(2, 1)})}},
       {{"month", "2011-12"}, {"members", 1}, {"is_whole", false}, {"again", json::array()}}});
  const WordTable table = SalesWords(sales, Language::kEnglish).cohorts(9);
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("2011-10", "4", "0.0%"), ElementsAre("2011-11", "2", ""),
                                      ElementsAre("2011-12 (part)", "1", "")));
}

TEST(SalesWords, SayWhatIsNotKnownYet) {
  json sales = bare();
  const json unknown = {{"value", nullptr}, {"low", nullptr}, {"high", nullptr}};
  sales["second_purchase"] = {
      {"members", 9},
      {"again", 2},
      {"median_days", unknown},
      {"shares",
       json::array(
           {{{"days", 30}, {"share", 0.2}, {"low", 0.1}, {"high", 0.3}, {"at_risk", 5}},
            {{"days", 60}, {"share", nullptr}, {"low", nullptr}, {"high", nullptr}, {"at_risk", 0}}})},
      {"curve", json::array()}};
  EXPECT_THAT(SalesWords(sales, Language::kEnglish).second_purchase(), HasSubstr("too few"));
  EXPECT_THAT(SalesWords(sales, Language::kEnglish).second_purchase_shares().rows,
              ElementsAre(ElementsAre("30 days", "20.0%", "10.0% – 30.0%"),
                          ElementsAre("60 days", "not yet known", "–")));
  sales["second_purchase"]["median_days"] = {{"value", 97}, {"low", 91}, {"high", nullptr}};
  EXPECT_THAT(SalesWords(sales, Language::kEnglish).second_purchase(), HasSubstr("91 to not yet known"));
  EXPECT_THAT(SalesWords(sales, Language::kChinese).second_purchase(), HasSubstr("97"));
}

}  // namespace
}  // namespace coterie::serve

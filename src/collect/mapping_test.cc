#include "collect/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/table_choice.h"

namespace coterie::collect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(ColumnChoices, ReadNamesWithSpacesAndCommas) {
  const auto choices =
      parse_column_choices("user_id=Customer ID, ts=\"Date, \"\"local\"\"\",item.name=Description");
  ASSERT_TRUE(choices.has_value()) << choices.error().message();
  ASSERT_EQ(choices->size(), 3u);
  EXPECT_EQ((*choices)[0].file_column, "Customer ID");
  EXPECT_EQ((*choices)[1].file_column, "Date, \"local\"");
  EXPECT_EQ((*choices)[2].design, "item.name");
}

TEST(ColumnChoices, ExplainWhatIsWrong) {
  const auto message = [](std::string_view text) { return parse_column_choices(text).error().message(); };
  EXPECT_THAT(message("userid=A"), HasSubstr("did you mean user_id"));
  EXPECT_THAT(message("price=A"), HasSubstr("did you mean unit_price"));
  EXPECT_THAT(message("user_id"), HasSubstr("has no '='"));
  EXPECT_THAT(message("user_id=,ts=B"), HasSubstr("is empty"));
  EXPECT_THAT(message("ts=A,ts=B"), HasSubstr("given twice"));
  EXPECT_THAT(message("ts=\"A"), HasSubstr("quote is not closed"));
  EXPECT_THAT(message("item.=A"), HasSubstr("not a column of ours"));
}

TEST(BehaviorChoices, ReadPairsAndRefuseUnknownBehaviors) {
  const auto choices = parse_behavior_choices("pv=view,*=custom:visit");
  ASSERT_EQ(choices->size(), 2u);
  EXPECT_EQ((*choices)[1].file_value, "*");
  EXPECT_THAT(parse_behavior_choices("pv=vieww").error().message(), HasSubstr("'vieww' is no behavior"));
}

Preset coterie() { return find_preset("coterie")->tables[0]; }

TEST(MapColumns, ChoicesGoBeforeThePreset) {
  const std::vector<std::string> header = {"user_id", "behavior_type", "timestamp",
                                           "when",    "item.brand",    "extra"};
  const auto mapping =
      map_columns(header, coterie(), *parse_column_choices("ts=when,user.note=extra"), "f.csv");
  ASSERT_TRUE(mapping.has_value()) << mapping.error().message();
  EXPECT_THAT(mapping->used,
              ElementsAre(Pair("user_id", "user_id"), Pair("behavior", "behavior_type"), Pair("ts", "when"),
                          Pair("item.brand", "item.brand"), Pair("user.note", "extra")));
  EXPECT_THAT(mapping->unused, ElementsAre("timestamp"));
  EXPECT_EQ(mapping->attributes[0].name.name, "brand");
  EXPECT_EQ(mapping->attributes[1].name.name, "note");
}

TEST(MapColumns, FindsNamesInAnotherCaseButPrefersTheExactOne) {
  const auto mapping = map_columns(std::vector<std::string>{"USER_ID", "user_id", "Timestamp", "Behavior"},
                                   coterie(), {}, "f.csv");
  ASSERT_TRUE(mapping.has_value()) << mapping.error().message();
  EXPECT_EQ(mapping->fields[static_cast<size_t>(Column::kUserId)], 1);
  EXPECT_EQ(mapping->fields[static_cast<size_t>(Column::kTs)], 2);
}

TEST(MapColumns, RefusesTwoColumnsOfOneName) {
  const auto mapping =
      map_columns(std::vector<std::string>{"user_id", "user_id", "ts", "behavior"}, coterie(), {}, "f.csv");
  EXPECT_THAT(mapping.error().message(), HasSubstr("f.csv, line 1: two columns are called 'user_id'"));
}

TEST(ParseChoices, RefuseOneNameTwice) {
  EXPECT_THAT(parse_column_choices("ts=a,ts=b").error().message(), HasSubstr("ts is given twice"));
  EXPECT_THAT(parse_behavior_choices("pv=view,pv=buy").error().message(), HasSubstr("pv is given twice"));
  EXPECT_TRUE(parse_column_choices("user_id=a,session_id=a").has_value());
}

TEST(ChooseTables, TellsTheKnownFilesApart) {
  const auto name = [](std::vector<std::string> header) {
    return choose_tables(header, {}, "f.csv", {})->file.name;
  };
  EXPECT_EQ(name({"user_id", "item_id", "behavior_type", "timestamp"}), "coterie");
  EXPECT_EQ(name({"InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice",
                  "CustomerID", "Country"}),
            "online-retail");
  EXPECT_EQ(name({"Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID",
                  "Country"}),
            "online-retail");
}

TEST(ChooseTables, NeedsAMappingForOtherFiles) {
  const std::vector<std::string> header = {"a", "b"};
  EXPECT_THAT(choose_tables(header, {}, "f.csv", {}).error().message(), HasSubstr("its columns are: a, b"));
  EXPECT_EQ(choose_tables(header, *parse_column_choices("ts=a"), "f.csv", {})->file.name, "coterie");
}

}  // namespace
}  // namespace coterie::collect

#include "collect/id_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::collect {
namespace {

using testing::HasSubstr;

TEST(IdDamage, FindsWordsForNothingWhereAskedTo) {
  for (const char* id : {"NULL", "null", "\\N", "NaN", "NA", "N/A", "#N/A", "#REF!", "None", "undefined"}) {
    EXPECT_THAT(id_damage(id, true), HasSubstr("word for nothing")) << id;
    EXPECT_EQ(id_damage(id, false), "") << id;
  }
  for (const char* id : {"Nullmann", "NAN-1", "Nonesuch", "na", "0", "N", ""})
    EXPECT_EQ(id_damage(id, true), "") << id;
}

TEST(IdDamage, FindsNumbersThatASpreadsheetRounded) {
  for (const char* id : {"6.92E+12", "1.2e+05", "7E+15"})
    EXPECT_THAT(id_damage(id, false), HasSubstr("6.92E+12"));
  for (const char* id :
       {"6.92E12", "1E5", "12.5E+12", "E+12", "6.E+12", "6.92E+1", "6.92E+12A", "A6.92E+12", "+86"})
    EXPECT_EQ(id_damage(id, true), "") << id;
}

TEST(IdDamage, FindsEntitiesAndInvisibleCharacters) {
  for (const char* id : {"A&amp;B", "&#39;x", "a&#xA0;"})
    EXPECT_THAT(id_damage(id, false), HasSubstr("HTML")) << id;
  for (const char* id : {"R&D", "a&b;", "&;", "&#;", "AT&T"}) EXPECT_EQ(id_damage(id, true), "") << id;
  for (const char* id : {"\xEF\xBB\xBFu1", "u\xEF\xBF\xBD", "u1\xE2\x80\x8B", "\xC2\x85x"})
    EXPECT_THAT(id_damage(id, false), HasSubstr("invisible")) << id;
  EXPECT_THAT(id_damage("a\x01", false), HasSubstr("control"));
  for (const char* id : {"会员", "é", "£5", "a–b", "１２", "two\nlines", "a b"})
    EXPECT_EQ(id_damage(id, true), "") << id;
}

TEST(IdDamage, FindsObjectsAndArrays) {
  for (const char* id : {"{\"$oid\":\"5f\"}", "{}", "[]", "[\"a\"]", "[{\"a\":1}]", "[[1]]"})
    EXPECT_THAT(id_damage(id, false), HasSubstr("object or array")) << id;
  for (const char* id : {"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "[A]", "[12]", "{", "[", "{a}", "[\"a"})
    EXPECT_EQ(id_damage(id, true), "") << id;
}

TEST(Fits, TakesStarsQuestionMarksAndSets) {
  EXPECT_TRUE(fits("test*", "TEST01"));
  EXPECT_TRUE(fits("*", ""));
  EXPECT_TRUE(fits("a*b*c", "aXbXbc"));
  EXPECT_TRUE(fits("测试*", "测试会员"));
  EXPECT_TRUE(fits("u?", "u1"));
  EXPECT_TRUE(fits("test[-_0-9]*", "test_x"));
  EXPECT_TRUE(fits("test[A-C]", "testb"));
  EXPECT_TRUE(fits("a[", "a["));
  EXPECT_FALSE(fits("test[-_0-9]*", "testa"));
  EXPECT_FALSE(fits("test", "test1"));
  EXPECT_FALSE(fits("a*b", "a"));
  EXPECT_FALSE(fits("u?", "u"));
  EXPECT_FALSE(fits("", "u"));
}

TEST(Fits, IsQuickWhereManyStarsCannotFit) {
  EXPECT_FALSE(fits("*a*a*a*a*a*a*a*a*a*a*b", std::string(256, 'a')));
}

TEST(IdPatterns, NamesTheFirstThatFits) {
  const std::vector<std::string> texts = {"qa-*", "*-staff", "q*"};
  const IdPatterns patterns(texts);
  EXPECT_EQ(*patterns.find("QA-7"), "qa-*");
  EXPECT_EQ(*patterns.find("ann-staff"), "*-staff");
  EXPECT_EQ(patterns.find("ann"), nullptr);
}

}  // namespace
}  // namespace coterie::collect

#include "collect/change_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/collect_testing.h"
#include "collect/import_file.h"

namespace coterie::collect {
namespace {

using testing::ElementsAre;
using Attribute = MemorySink::Attribute;

base::Timestamp day(int day) {
  return *base::parse_instant(fmt::format("2024-01-{:02}", day), *base::Calendar::create("UTC"));
}

class ChangePointsTest : public testing::Test {
 protected:
  void import_rows(const std::string& rows, const ImportOptions& options = {}) {
    StringSource source("user_id,item_id,behavior,ts,item.name,user.city\n" + rows);
    base::OwnedContext owned;
    const auto summary = import_file(source, options, *base::Calendar::create("UTC"), sink_, owned.get());
    ASSERT_TRUE(summary.has_value()) << summary.error().message();
  }
  MemorySink sink_;
};

TEST_F(ChangePointsTest, KeepsTheRowsWhereAValueChanges) {
  import_rows(
      "u,i,view,2024-01-01,Old,\nu,i,view,2024-01-02,Old,\nu,i,view,2024-01-03,New,\nu,i,view,2024-01-04,,\n"
      "u,i,view,2024-01-05,New,\nu,i,view,2024-01-06,Old,\nu,j,view,2024-01-07,Old,\n");
  EXPECT_THAT(sink_.items,
              ElementsAre(Attribute{"i", "name", "Old", day(1)}, Attribute{"i", "name", "New", day(3)},
                          Attribute{"i", "name", "Old", day(6)}, Attribute{"j", "name", "Old", day(7)}));
}

TEST_F(ChangePointsTest, KeepsAnOlderRowOfTheSameValue) {
  import_rows("u,i,view,2024-01-05,A,\nu,i,view,2024-01-02,A,\nu,i,view,2024-01-03,A,\n");
  EXPECT_THAT(sink_.items,
              ElementsAre(Attribute{"i", "name", "A", day(5)}, Attribute{"i", "name", "A", day(2)}));
}

TEST_F(ChangePointsTest, TraitsBelongToMembers) {
  import_rows("u,i,view,2024-01-01,,Hangzhou\nu,,login,2024-01-02,ignored,Suzhou\n");
  EXPECT_THAT(sink_.users, ElementsAre(Attribute{"u", "city", "Hangzhou", day(1)},
                                       Attribute{"u", "city", "Suzhou", day(2)}));
  EXPECT_TRUE(sink_.items.empty());
}

TEST_F(ChangePointsTest, AnExpressionThatTakesTooManyStepsDoesNotFit) {
  ImportOptions options;
  options.preset_text =
      "name = \"x\"\n[columns]\nuser_id = [\"user_id\"]\nitem_id = [\"item_id\"]\nts = [\"ts\"]\n"
      "[behavior]\ndefault = \"view\"\n[not_product]\npatterns = [\"(a*)*b\", \"FEE.*\"]\n";
  import_rows("u," + std::string(200, 'a') + ",view,2024-01-01,,\nu,FEE1,view,2024-01-02,,\n", options);
  EXPECT_THAT(sink_.items, ElementsAre(Attribute{"FEE1", "is_product", "false", day(2)}));
}

TEST_F(ChangePointsTest, WhatWasForgottenIsStatedAgain) {
  RecentPoints recent(2);
  const auto key = [](int i) { return RecentPoints::key(base::hash128(std::to_string(i)), {}); };
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(recent.get_or_add(key(i)).second);
  EXPECT_TRUE(recent.get_or_add(key(2)).second);   // 0 and 1 are old now
  EXPECT_FALSE(recent.get_or_add(key(0)).second);  // and young again
  EXPECT_TRUE(recent.get_or_add(key(3)).second);
  EXPECT_FALSE(recent.get_or_add(key(0)).second);
  EXPECT_TRUE(recent.get_or_add(key(1)).second);
}

TEST_F(ChangePointsTest, QuarantinedRowsSayNothing) {
  import_rows("u,i,,2024-01-01,A,X\nu,i,view,2024-01-02,B,Y\n");
  EXPECT_THAT(sink_.items, ElementsAre(Attribute{"i", "name", "B", day(2)}));
}

}  // namespace
}  // namespace coterie::collect

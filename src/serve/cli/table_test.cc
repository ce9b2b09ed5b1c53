#include "serve/cli/table.h"

#include <gtest/gtest.h>

namespace coterie::serve {
namespace {

TEST(Table, AlignsChineseAndEnglishByDisplayWidth) {
  Table table({{"name"}, {"数量", Table::Align::kRight}});
  table.add({"冠军客户", "1"});
  table.add({"loyal", "1,234"});
  EXPECT_EQ(table.to_string(),
            "name       数量\n"
            "冠军客户      1\n"
            "loyal     1,234\n");
}

TEST(Table, CutsLongCellsBetweenCharacters) {
  Table table({{"x", Table::Align::kLeft, 5}});
  table.add({"忠诚客户们"});
  table.add({"short"});
  table.add({"longer"});
  EXPECT_EQ(table.to_string(), "x\n忠诚…\nshort\nlong…\n");
}

TEST(Table, MeasuresWhatATerminalShows) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("客"), 2u);
  EXPECT_EQ(display_width("é–"), 2u);
  EXPECT_EQ(display_width("\xe5\xae"), 2u) << "a cut character is shown byte by byte";
}

TEST(Numbers, AreShortAndComparable) {
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-1234), "-1,234");
  EXPECT_EQ(grouped(12), "12");
  EXPECT_EQ(short_number(0.1234), "0.123");
  EXPECT_EQ(short_number(1.5), "1.50");
  EXPECT_EQ(short_number(12.34), "12.3");
  EXPECT_EQ(short_number(5303.2), "5,303");
  EXPECT_EQ(short_number(34), "34");
  EXPECT_EQ(short_number(2), "2");
  EXPECT_EQ(percent(0.125), "12.5 %");
}

}  // namespace
}  // namespace coterie::serve

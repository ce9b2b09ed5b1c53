#include "collect/excel_number.h"

#include <gtest/gtest.h>

namespace coterie::collect {
namespace {

TEST(ExcelNumber, KeepsNumbersAsTheyAreMeant) {
  EXPECT_EQ(plain_number("12345678901234567890"), "12345678901234567890");
  EXPECT_EQ(plain_number("0.10"), "0.10");
  EXPECT_EQ(plain_number("-3.5"), "-3.5");
  EXPECT_EQ(plain_number("44.990000000000002"), "44.99");
  EXPECT_EQ(plain_number("0.30000000000000004"), "0.30000000000000004");
  EXPECT_EQ(plain_number("1.3812345678E+10"), "13812345678");
  EXPECT_EQ(plain_number("1.2E+3"), "1200");
  EXPECT_EQ(plain_number("1E-7"), "1e-07");
  EXPECT_EQ(plain_number("n/a"), "n/a");
  EXPECT_EQ(plain_number("1e999"), "1e999");
}

TEST(ExcelNumber, TellsDatesFromNumbersByTheFormatsCode) {
  EXPECT_EQ(kind_of_code("General"), NumberKind::kPlain);
  EXPECT_EQ(kind_of_code("#,##0.00"), NumberKind::kPlain);
  EXPECT_EQ(kind_of_code("0.00E+00"), NumberKind::kPlain);
  EXPECT_EQ(kind_of_code("[Red]-0.00"), NumberKind::kPlain);
  EXPECT_EQ(kind_of_code("0.0\" days\""), NumberKind::kPlain);
  EXPECT_EQ(kind_of_code("0\\d"), NumberKind::kPlain);
  EXPECT_EQ(kind_of_code("[$-409]#,##0;[Red]yyyy"), NumberKind::kPlain);
  EXPECT_EQ(kind_of_code("yyyy\\-mm\\-dd"), NumberKind::kDate);
  EXPECT_EQ(kind_of_code("yyyy\"年\"m\"月\"d\"日\""), NumberKind::kDate);
  EXPECT_EQ(kind_of_code("[$-804]yyyy\"年\"m\"月\";@"), NumberKind::kDate);
  EXPECT_EQ(kind_of_code("mmm"), NumberKind::kDate);
  EXPECT_EQ(kind_of_code("YYYY/MM/DD HH:MM:SS"), NumberKind::kDateTime);
  EXPECT_EQ(kind_of_code("h:mm AM/PM"), NumberKind::kTime);
  EXPECT_EQ(kind_of_code("[h]:mm:ss"), NumberKind::kElapsed);
  EXPECT_EQ(kind_of_code("[mm]:ss"), NumberKind::kElapsed);
  for (const uint32_t id : {14, 15, 16, 17, 22, 27, 31, 36, 50, 57, 58})
    EXPECT_TRUE(builtin_kind(id) == NumberKind::kDate || builtin_kind(id) == NumberKind::kDateTime) << id;
  for (const uint32_t id : {18, 21, 32, 45, 47}) EXPECT_EQ(builtin_kind(id), NumberKind::kTime) << id;
  EXPECT_EQ(builtin_kind(46), NumberKind::kElapsed);
  for (const uint32_t id : {0, 1, 4, 10, 11, 13, 37, 44, 48, 49, 59})
    EXPECT_EQ(builtin_kind(id), NumberKind::kPlain) << id;
}

TEST(ExcelNumber, CountsDaysFrom1900WithTheDayThatNeverWas) {
  EXPECT_EQ(number_text("1", NumberKind::kDate, false), "1900-01-01");
  EXPECT_EQ(number_text("59", NumberKind::kDate, false), "1900-02-28");
  EXPECT_EQ(number_text("60", NumberKind::kDate, false), "1900-02-29");
  EXPECT_EQ(number_text("61", NumberKind::kDate, false), "1900-03-01");
  EXPECT_EQ(number_text("45352", NumberKind::kDate, false), "2024-03-01");
  EXPECT_EQ(number_text("2958465", NumberKind::kDate, false), "9999-12-31");
  EXPECT_EQ(number_text("2958466", NumberKind::kDate, false), "2958466");
  EXPECT_EQ(number_text("-1", NumberKind::kDate, false), "-1");
}

TEST(ExcelNumber, CountsDaysFrom1904) {
  EXPECT_EQ(number_text("0", NumberKind::kDate, true), "1904-01-01");
  EXPECT_EQ(number_text("60", NumberKind::kDate, true), "1904-03-01");
  EXPECT_EQ(number_text("43890", NumberKind::kDate, true), "2024-03-01");
}

TEST(ExcelNumber, ShowsTimesToTheMillisecond) {
  EXPECT_EQ(number_text("45352.416666666664", NumberKind::kDateTime, false), "2024-03-01 10:00:00");
  EXPECT_EQ(number_text("45352", NumberKind::kDateTime, false), "2024-03-01 00:00:00");
  EXPECT_EQ(number_text("45352.5", NumberKind::kDate, false), "2024-03-01 12:00:00");
  EXPECT_EQ(number_text("45352.00001446759", NumberKind::kDateTime, false), "2024-03-01 00:00:01.250");
  EXPECT_EQ(number_text("45352.999999999", NumberKind::kDateTime, false), "2024-03-02 00:00:00");
  EXPECT_EQ(number_text("0.75", NumberKind::kTime, false), "18:00:00");
  EXPECT_EQ(number_text("2.0625", NumberKind::kElapsed, false), "49:30:00");
  EXPECT_EQ(number_text("abc", NumberKind::kDate, false), "abc");
}

}  // namespace
}  // namespace coterie::collect

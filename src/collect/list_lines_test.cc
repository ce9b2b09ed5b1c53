// Lines that are lists are told from tables, and the command that is proposed is for the lists that they are.
#include "collect/list_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::collect {
namespace {

using ::testing::HasSubstr;

TEST(ListLines, TellsItemsOfMembersAndBaskets) {
  const auto members =
      how_to_read_lists("0 17 18 28\n1 9 12\n2 28\n3 1 7 4 5 6\n4 41 7\n5 1", "", "train.txt");
  ASSERT_TRUE(members);
  EXPECT_THAT(*members,
              HasSubstr("train.txt, line 1: the lines have different numbers of values (4, 3, 2, ...)"));
  EXPECT_THAT(*members, HasSubstr("awk 'BEGIN {print \"user_id,item_id\"}"));
  EXPECT_THAT(*members, HasSubstr("--ts DATE"));
  const auto baskets = how_to_read_lists("a b,c\nd\ne,f,g,h\ni,j,k\nl,m,n,o,p\r\nq,r\n", "", "baskets.csv");
  ASSERT_TRUE(baskets);
  EXPECT_THAT(*baskets, HasSubstr("awk -F ',' 'BEGIN {print \"anonymous_id,order_id,item_id\"}"));
}

TEST(ListLines, ALineOfSpacesIsNoList) {
  EXPECT_TRUE(how_to_read_lists(" \n0 17 18 28\n1 9 12\n   \n2 28\n3 1 7 4 5 6\n4 41 7\n", "", "t"));
  EXPECT_FALSE(how_to_read_lists(" \n  \n   \n    \n \n \n", "space", "t"));
}

TEST(ListLines, LeavesTablesAlone) {
  for (const char* table :
       {"user_id,item_id\n1,2\n3,4\n5,6\n7,8\n9,1\n",
        "name,text\na,x\nb,y, z\nc,x\nd,y, z, z\ne,x\nf,x\ng,x\n",  // a few damaged lines
        "a,b\n1\n2,3,4\n",                                          // too few to say
        "a,b\n\"1,2\",3\n4\n5,6,7\n8,9,1,2\n3\n4,5\n",              // quotes
        "00001 19970101 1 11.77\n00002 19970112 1 12.00\n1 2 3 4\n1 2 3 4\n1 2 3 4\n", ""})
    EXPECT_FALSE(how_to_read_lists(table, "", "t")) << table;
  EXPECT_FALSE(how_to_read_lists("1::2\n3\n1::2::3\n1\n1::2::3::4\n", "::", "t"));
}

}  // namespace
}  // namespace coterie::collect

// Moves between segments and drift: small tables whose answers are counted by hand, and planted changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "fixtures/shop.h"
#include "understand/changes/drift.h"
#include "understand/changes/flow.h"

namespace coterie::understand {
namespace {

using ::testing::ElementsAre;

data::FeatureTable members(std::vector<std::string> users) {
  data::FeatureTable table;
  table.users = std::move(users);
  return table;
}

TEST(SegmentFlow, CountsWhoStayedCameAndLeft) {
  const auto then = members({"a", "b", "c", "d", "gone"}), now = members({"a", "b", "c", "d", "young"});
  const SegmentsAt before{&then, {"x", "y"}, {0, 1, 2, 4}, {0, 0, 1, 1}};  // d bought nothing then
  const SegmentsAt after{&now, {"x", "y", "z"}, {0, 1, 2, 3, 4}, {0, 1, 1, 2, 2}};
  const auto flow = segment_flow(before, after, match_by_name(before, after));
  EXPECT_THAT(flow.members, ElementsAre(ElementsAre(1, 1, 0, 0, 0),    // x: a stayed, b to y
                                        ElementsAre(0, 1, 0, 0, 1),    // y: c stayed, "gone" is no member now
                                        ElementsAre(0, 0, 1, 0, 0),    // d from no segment to z
                                        ElementsAre(0, 0, 1, 0, 0)));  // young is new
  ASSERT_EQ(flow.changes.size(), 3u);
  EXPECT_EQ(flow.changes[0].before, 2u);
  EXPECT_EQ(flow.changes[0].after, 1u);
  EXPECT_EQ(flow.changes[0].stayed, 1u);
  EXPECT_EQ(flow.changes[0].left, 1u);
  EXPECT_EQ(flow.changes[1].came, 1u);
  EXPECT_EQ(flow.changes[2].before, 0u);
  EXPECT_EQ(flow.changes[2].came, 0u) << "who was in no segment came from none";
  for (const auto& change : flow.changes) EXPECT_FALSE(change.moved) << "one member more is chance";
}

// Many to x from y and few back is a move; as many to and fro is none.
TEST(SegmentFlow, MarksMovesBeyondChance) {
  std::vector<std::string> users;
  for (int i = 0; i < 400; ++i) users.push_back(fmt::format("{:04}", i));
  const auto table = members(users);
  std::vector<uint32_t> rows(400), then(400), now(400), swapped(400);
  for (uint32_t i = 0; i < 400; ++i) {
    rows[i] = i;
    then[i] = i < 200 ? 0 : 1;
    now[i] = i < 250 ? 0 : 1;                                                      // fifty came, none left
    swapped[i] = (i >= 170 && i < 200) ? 1 : (i >= 200 && i < 230) ? 0 : then[i];  // thirty each way
  }
  const SegmentsAt before{&table, {"x", "y"}, rows, then};
  const SegmentsAt after{&table, {"x", "y"}, rows, now}, even{&table, {"x", "y"}, rows, swapped};
  EXPECT_TRUE(segment_flow(before, after, {0, 1}).changes[0].moved);
  EXPECT_FALSE(segment_flow(before, even, {0, 1}).changes[0].moved);
}

TEST(SegmentFlow, MatchesClustersByTheirMembers) {
  const auto table = members({"a", "b", "c", "d", "e", "f"});
  const std::vector<uint32_t> rows = {0, 1, 2, 3, 4, 5};
  const SegmentsAt before{&table, {"cluster_1", "cluster_2"}, rows, {0, 0, 0, 1, 1, 1}};
  const SegmentsAt after{&table, {"cluster_1", "cluster_2"}, rows, {1, 1, 1, 0, 0, 1}};
  EXPECT_THAT(match_by_members(before, after), ElementsAre(1, 0));
  // Nobody of the second cluster is left in any of the new ones' majority: a cluster may continue none.
  const SegmentsAt fresh{&table, {"cluster_1", "cluster_2", "cluster_3"}, rows, {0, 0, 1, 1, 1, 2}};
  const auto same_as = match_by_members(before, fresh);
  EXPECT_EQ(same_as[0], 0u);
  EXPECT_EQ(same_as[1], 1u);
  EXPECT_EQ(same_as[2], kNoSegment);
}

class Drifts : public ::testing::Test {
 protected:
  // Values of 3,000 members at two instants, the later ones moved by `shift` standard deviations.
  Drift drift_of(double shift, uint64_t seed) {
    base::Random random(seed);
    data::FeatureTable table;
    std::vector<double> then, now;
    for (int i = 0; i < 3000; ++i) {
      table.users.push_back(fmt::format("{:05}", i));
      const double kept = random.normal();
      then.push_back(kept + 0.3 * random.normal());
      now.push_back(kept + 0.3 * random.normal() + shift);
    }
    const DriftInput input{"recency_days", then, now, {}, {}, true};
    return (*find_drift(table, table, std::span(&input, 1), shop_.context()))[0];
  }
  testing::TestShop shop_{"UTC"};
};

TEST_F(Drifts, FindAMoveAndNoneWhereThereIsNone) {
  int false_alarms = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) false_alarms += drift_of(0, seed).drifted ? 1 : 0;
  EXPECT_LE(false_alarms, 3) << "of 40 at one per cent";
  const Drift moved = drift_of(0.2, 7);
  EXPECT_TRUE(moved.drifted);
  EXPECT_GT(moved.shift, 0.03);
  EXPECT_GT(moved.median_after, moved.median_before);
  EXPECT_EQ(size_of_psi(drift_of(0.8, 7).psi), "large");
}

TEST(Drift, TellsWhatGrowsByItself) {
  EXPECT_TRUE(accumulates("frequency"));
  EXPECT_FALSE(accumulates("frequency_30d"));
}

}  // namespace
}  // namespace coterie::understand

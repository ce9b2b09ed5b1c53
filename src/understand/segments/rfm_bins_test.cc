// Bins of RFM: quantiles as the run has them, k-means against the best cut there is, borders by hand.
#include "understand/segments/rfm_bins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.h"
#include "fixtures/members.h"
#include "understand/segments/rfm.h"

namespace coterie::understand {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Members {
  data::FeatureTable table;
  std::vector<RuleColumn> facts;
  std::vector<uint32_t> rows;

  explicit Members(const std::vector<std::array<double, 3>>& values, size_t n_facts = 3)
      : table(testing::rfm_table(values)), rows(values.size()) {
    for (size_t f = 0; f < n_facts; ++f)
      facts.push_back({{QuantitySource::kFeature, table.columns[f].name}, &table.columns[f]});
    std::iota(rows.begin(), rows.end(), 0u);
  }

  base::Result<Division> divide(BinMethod bins, std::vector<std::vector<double>> borders = {}) const {
    return understand::divide(facts, rows,
                              {.method = DivisionMethod::kRfm, .bins = bins, .borders = std::move(borders)},
                              base::OwnedContext().get());
  }
};

std::vector<std::array<double, 3>> random_members(uint64_t seed, size_t n) {
  base::Random random(seed);
  std::vector<std::array<double, 3>> out;
  for (size_t i = 0; i < n; ++i) {
    if (random.chance(0.1))
      out.push_back({kNone, 0, kNone});
    else
      out.push_back({std::floor(100 * random.exponential()), 1 + std::floor(3 * random.exponential()),
                     std::exp(3 + random.normal())});
  }
  return out;
}

TEST(RfmDivision, WithQuantilesIsTheRuns) {
  const Members members(random_members(1, 2000));
  const auto division = *members.divide(BinMethod::kQuantile);
  std::vector<std::string> names(members.rows.size());
  const auto run = *compute_rfm(members.table);
  for (const auto& member : run) names[member.row] = member.segment;
  for (size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(division.segments[division.labels[i]].values[0], names[i]) << i;
  EXPECT_EQ(division.segments.back().values[0], "");  // never bought
  for (size_t s = 2; s < division.segments.size(); ++s)
    EXPECT_GE(division.segments[s - 2].users, division.segments[s - 1].users);
}

TEST(RfmDivision, FixedBordersByHand) {
  const Members members({{5, 10, 900}, {29, 1, 50}, {30, 2, 100}, {400, 12, 5000}, {kNone, 0, kNone}});
  const auto division =
      *members.divide(BinMethod::kFixed, {{30, 90, 180, 365}, {2, 3, 5, 10}, {100, 200, 500, 1000}});
  const auto name = [&](size_t i) { return division.segments[division.labels[i]].values[0]; };
  EXPECT_EQ(name(0), rfm_segment(5, 5));  // R 5, F 5, M 4
  EXPECT_EQ(name(1), rfm_segment(5, 1));
  EXPECT_EQ(name(2), rfm_segment(4, 2));  // a border belongs to the bin above it
  EXPECT_EQ(name(3), rfm_segment(1, 5));
  EXPECT_EQ(name(4), "");
  EXPECT_THAT(division.bin_ends[0], ElementsAre(29, 30, 400));
}

TEST(RfmDivision, WithoutAmountsFrequencyIsTheValue) {
  const Members members({{5, 10, 0}, {400, 1, 0}}, 2);
  const auto division = *members.divide(BinMethod::kFixed, {{30, 90, 180, 365}, {2, 3, 5, 10}});
  EXPECT_EQ(division.segments[division.labels[0]].values[0], "champions");
  EXPECT_EQ(division.segments[division.labels[1]].values[0], "lost");
}

// The least sum of squares of all cuts into five runs of ascending values.
double best_inertia(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  std::vector<double> sum(n + 1), squares(n + 1);
  for (size_t i = 0; i < n; ++i) {
    sum[i + 1] = sum[i] + values[i];
    squares[i + 1] = squares[i] + values[i] * values[i];
  }
  std::vector<double> best(n + 1, HUGE_VAL);
  best[0] = 0;
  for (int k = 0; k < 5; ++k) {
    std::vector<double> next(n + 1, HUGE_VAL);
    for (size_t end = 1; end <= n; ++end)
      for (size_t begin = 0; begin < end; ++begin) {
        const double s = sum[end] - sum[begin];
        next[end] = std::min(next[end], best[begin] + squares[end] - squares[begin] -
                                            s * s / static_cast<double>(end - begin));
      }
    best = std::move(next);
  }
  return best[n];
}

TEST(Bins, ByKMeansAreAsGoodAsCutsCanBe) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    base::Random random(seed);
    std::vector<double> values, logs;
    for (int i = 0; i < 300; ++i) {
      values.push_back(std::round(std::exp(4 + 2 * random.normal())) - 3);
      logs.push_back(std::copysign(std::log1p(std::abs(values.back())), values.back()));
    }
    const auto bins = *k_means_bins(values, base::OwnedContext().get());
    std::vector<double> mean(5), count(5);
    for (size_t i = 0; i < values.size(); ++i) {
      mean[bins.scores[i] - 1u] += logs[i];
      ++count[bins.scores[i] - 1u];
    }
    double inertia = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t b = bins.scores[i] - 1u;
      inertia += (logs[i] - mean[b] / count[b]) * (logs[i] - mean[b] / count[b]);
    }
    EXPECT_NEAR(inertia, best_inertia(logs), 1e-9 * inertia) << "seed " << seed;
    EXPECT_TRUE(std::is_sorted(bins.up_to.begin(), bins.up_to.end()));
    for (size_t i = 0; i < values.size(); ++i) {
      EXPECT_LE(values[i], bins.up_to[bins.scores[i] - 1u]);
      if (bins.scores[i] > 1) {
        EXPECT_GT(values[i], bins.up_to[bins.scores[i] - 2u]);
      }
    }
  }
}

TEST(RfmDivision, SaysWhatIsWrong) {
  const auto message = [](const base::Result<Division>& result) {
    EXPECT_FALSE(result);
    return result ? std::string() : std::string(result.error().message());
  };
  const Members members(random_members(1, 50));
  EXPECT_THAT(message(members.divide(BinMethod::kFixed)),
              HasSubstr("four rising borders for each of 3 facts"));
  EXPECT_THAT(message(members.divide(BinMethod::kFixed, {{1, 2, 3, 4}, {1, 2, 3, 3}, {1, 2, 3, 4}})),
              HasSubstr("four rising"));
  EXPECT_THAT(message(members.divide(BinMethod::kFixed, {{1, 2, 3}, {1, 2, 3, 4}, {1, 2, 3, 4}})),
              HasSubstr("four rising"));
  const Members alike({{1, 1, 1}, {2, 1, 2}, {3, 1, 3}, {4, 1, 4}, {5, 2, 5}});
  EXPECT_THAT(message(alike.divide(BinMethod::kKMeans)), HasSubstr("2 different values are too few"));
  EXPECT_THAT(message(Members({{1, 1, 1}}, 1).divide(BinMethod::kQuantile)), HasSubstr("two or three facts"));
}

TEST(RfmDivision, OfAShopWithoutAmountsIsByFrequency) {
  const Members three({{5, 10, kNone}, {400, 1, kNone}, {90, 3, kNone}}),
      two({{5, 10, 0}, {400, 1, 0}, {90, 3, 0}}, 2);
  const auto with = *three.divide(BinMethod::kQuantile), without = *two.divide(BinMethod::kQuantile);
  EXPECT_EQ(with.labels, without.labels);
  EXPECT_THAT(with.bin_ends, ::testing::SizeIs(3));
  EXPECT_TRUE(with.bin_ends[2].empty());
}

TEST(RfmDivision, OfNobodyWhoBoughtIsRefused) {
  const auto division = Members({{kNone, 0, kNone}, {kNone, 0, kNone}}).divide(BinMethod::kQuantile);
  ASSERT_FALSE(division);
  EXPECT_THAT(std::string(division.error().message()), HasSubstr("recency_days is none of anybody"));
}

}  // namespace
}  // namespace coterie::understand

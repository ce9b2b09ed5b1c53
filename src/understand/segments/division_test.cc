// Members divided by chosen facts: k-means on numbers and categories, crossings, shares of a total.
#include "understand/segments/division.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "base/random.h"
#include "learn/metrics/cluster_metrics.h"
#include "understand/rules/evaluate.h"
#include "understand/rules/parse_rule.h"

namespace coterie::understand {
namespace {

using data::FeatureColumn;
using data::FeatureKind;
using ::testing::HasSubstr;

Quantity trait(const char* name) { return {QuantitySource::kTrait, name}; }

FeatureColumn numbers(const std::vector<double>& values) {
  FeatureColumn out;
  for (const double value : values) {
    out.valid.push_back(std::isnan(value) ? 0 : 1);
    out.values.push_back(std::isnan(value) ? 0 : value);
  }
  return out;
}

// "" is missing.
FeatureColumn texts(const std::vector<std::string>& values) {
  FeatureColumn out;
  out.kind = FeatureKind::kCategorical;
  for (const std::string& value : values) {
    const auto at = std::find(out.categories.begin(), out.categories.end(), value);
    out.codes.push_back(value.empty() ? FeatureColumn::kMissingCode
                                      : static_cast<uint32_t>(at - out.categories.begin()));
    if (!value.empty() && at == out.categories.end()) out.categories.push_back(value);
  }
  return out;
}

std::vector<uint32_t> all(size_t n) {
  std::vector<uint32_t> out(n);
  std::iota(out.begin(), out.end(), 0u);
  return out;
}

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

TEST(MemberMatrix, EveryFactCountsAlike) {
  base::Random random(4);
  std::vector<double> spending;
  std::vector<std::string> city, code;
  for (int i = 0; i < 4000; ++i) {
    spending.push_back(std::exp(1.5 * random.normal()));
    city.push_back(random.chance(0.1) ? "" : random.chance(0.6) ? "上海" : "Rome");
    code.push_back(fmt::format("{}", random.below(4)));
  }
  const FeatureColumn columns[] = {numbers(spending), texts(city), texts(code)};
  const RuleColumn facts[] = {
      {trait("spending"), &columns[0]}, {trait("city"), &columns[1]}, {trait("code"), &columns[2], true}};
  const auto matrix = member_matrix(facts, all(4000));
  ASSERT_TRUE(matrix) << matrix.error().message();
  EXPECT_TRUE(matrix->columns[0].is_log);
  EXPECT_TRUE(matrix->columns[0].is_robust);
  EXPECT_EQ(matrix->columns[1].categories, (std::vector<std::string>{"Rome", "上海", ""}));
  EXPECT_GT(matrix->columns[1].missing, 300u);
  EXPECT_TRUE(matrix->columns[2].is_category);
  EXPECT_EQ(matrix->points.cols, 1u + 3u + 4u);
  // The mean squared distance of two members, fact by fact.
  std::vector<double> apart(3);
  for (int i = 0; i < 200'000; ++i) {
    const size_t a = random.below(4000), b = random.below(4000);
    for (size_t j = 0; j < matrix->points.cols; ++j)
      apart[matrix->fact_of[j]] += std::pow(matrix->points.at(a, j) - matrix->points.at(b, j), 2) / 200'000;
  }
  EXPECT_NEAR(apart[0], 2, 0.25);  // a robust deviation is not quite the deviation
  EXPECT_NEAR(apart[1], 2, 0.02);
  EXPECT_NEAR(apart[2], 2, 0.02);
}

TEST(MemberMatrix, ChoosesWhatFitsEachNumber) {
  base::Random random(9);
  std::vector<double> normal, zeros, constant(2000, 3.0);
  for (int i = 0; i < 2000; ++i) {
    normal.push_back(i % 10 == 0 ? kMissing : 50 + random.normal());
    zeros.push_back(random.chance(0.8) ? 0 : random.exponential());
  }
  const FeatureColumn columns[] = {numbers(normal), numbers(zeros), numbers(constant)};
  const RuleColumn facts[] = {
      {trait("normal"), &columns[0]}, {trait("zeros"), &columns[1]}, {trait("constant"), &columns[2]}};
  const auto matrix = member_matrix(facts, all(2000));
  ASSERT_TRUE(matrix);
  EXPECT_FALSE(matrix->columns[0].is_log);
  EXPECT_EQ(matrix->columns[0].missing, 200u);
  EXPECT_EQ(matrix->points.at(0, 0), 0);       // missing: the median
  EXPECT_FALSE(matrix->columns[1].is_robust);  // more than half are 0: there is no interquartile range
  EXPECT_TRUE(matrix->columns[2].is_constant);
  EXPECT_EQ(matrix->points.cols, 2u);
}

TEST(MemberMatrix, IdsAreNoCategoriesAndNothingIsNoFact) {
  std::vector<std::string> ids;
  for (int i = 0; i < 60; ++i) ids.push_back(fmt::format("member {}", i));
  const FeatureColumn id = texts(ids), same = numbers(std::vector<double>(60, 1.0));
  const RuleColumn by_id[] = {{trait("id"), &id}}, by_same[] = {{trait("same"), &same}};
  EXPECT_THAT(member_matrix(by_id, all(60)).error().message(), HasSubstr("trait.id has 60 different texts"));
  EXPECT_THAT(member_matrix(by_same, all(60)).error().message(), HasSubstr("the same facts"));
  const RuleColumn wanted[] = {{trait("same"), &same, true}};
  EXPECT_THAT(member_matrix(wanted, all(60)).error().message(), HasSubstr("cannot be a category"));
}

struct Planted {
  std::vector<FeatureColumn> columns;
  std::vector<RuleColumn> facts;
  std::vector<uint32_t> group;
};

// Three groups, by a number and a city, and some whales.
Planted planted(size_t whales) {
  base::Random random(21);
  Planted out;
  std::vector<double> age, spending;
  std::vector<std::string> city;
  for (int i = 0; i < 900; ++i) {
    const uint32_t group = static_cast<uint32_t>(i % 3);
    out.group.push_back(group);
    age.push_back(30 + 20 * group + random.normal());
    spending.push_back(100 + 10 * random.normal());
    city.push_back(group == 0 ? "Rome" : group == 1 ? "上海" : "Oslo");
  }
  for (size_t i = 0; i < whales; ++i) {
    age[i * 7] = 30;
    spending[i * 7] = 1e5 + static_cast<double>(i);
  }
  out.columns = {numbers(age), numbers(spending), texts(city)};
  out.facts = {{trait("age"), &out.columns[0]},
               {trait("spending"), &out.columns[1]},
               {trait("city"), &out.columns[2]}};
  return out;
}

TEST(Divide, FindsPlantedGroupsOfNumbersAndCategories) {
  base::OwnedContext context(2);
  Planted shop = planted(0);
  shop.facts.erase(shop.facts.begin() +
                   1);  // what all spend alike would count as much as what tells them apart
  const auto found = divide(shop.facts, all(900), {}, context.get());
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->segments.size(), 3u);
  EXPECT_TRUE(found->selection->is_stable);
  EXPECT_GT(*learn::adjusted_rand_score(found->labels, shop.group), 0.99);
  for (const DivisionSegment& segment : found->segments) {
    EXPECT_EQ(segment.users, 300u);
    EXPECT_GT(*segment.stability, 0.99);
    EXPECT_GT(std::abs(segment.differences[0].deviations), 0.5);
  }
}

TEST(Divide, AWhaleHasNoSegmentOfItsOwnUnnamed) {
  base::OwnedContext context(2);
  const Planted shop = planted(4);
  const auto trimmed =
      divide(shop.facts, all(900), {.n_clusters = 3, .outliers = Outliers::kTrim}, context.get());
  ASSERT_TRUE(trimmed);
  EXPECT_EQ(trimmed->outliers, 4u);
  ASSERT_EQ(trimmed->segments.size(), 4u);
  EXPECT_TRUE(trimmed->segments.back().is_outliers);
  EXPECT_EQ(trimmed->segments.back().users, 4u);
  EXPECT_FALSE(trimmed->segments.back().stability);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(trimmed->labels[i * 7], 3u);

  const auto flagged = divide(shop.facts, all(900), {.n_clusters = 2}, context.get());
  ASSERT_TRUE(flagged);
  EXPECT_EQ(flagged->outliers, 4u);
  ASSERT_EQ(flagged->segments.size(), 2u);
  EXPECT_TRUE(flagged->segments[1].is_outliers);  // they pull a centre to themselves, and it is said
  EXPECT_EQ(flagged->segments[1].outliers, 4u);

  const auto kept =
      divide(shop.facts, all(900), {.n_clusters = 2, .outliers = Outliers::kKeep}, context.get());
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->outliers, 0u);
  EXPECT_FALSE(kept->segments[1].is_outliers);
}

TEST(Divide, TheSameForAnyNumberOfThreads) {
  base::OwnedContext alone(1), many(5);
  const Planted shop = planted(3);
  const auto a = divide(shop.facts, all(900), {}, alone.get()),
             b = divide(shop.facts, all(900), {}, many.get());
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->labels, b->labels);
  for (size_t s = 0; s < a->segments.size(); ++s)
    EXPECT_EQ(a->segments[s].stability, b->segments[s].stability);
}

TEST(Cross, SmallCombinationsArePutTogether) {
  base::OwnedContext context;
  std::vector<std::string> city, gender;
  for (int i = 0; i < 100; ++i) {
    city.push_back(i < 60 ? "上海" : i < 97 ? "Rome" : "");
    gender.push_back(i % 2 == 0 ? "f" : "m");
  }
  const FeatureColumn columns[] = {texts(city), texts(gender)};
  const RuleColumn facts[] = {{trait("city"), &columns[0]}, {trait("gender"), &columns[1]}};
  const auto found =
      divide(facts, all(100), {.method = DivisionMethod::kCross, .min_users = 5}, context.get());
  ASSERT_TRUE(found);
  // 30, 30, 19 and 18 alone would leave 3 members whom nobody may look at: the smallest joins them.
  ASSERT_EQ(found->segments.size(), 4u);
  EXPECT_EQ(found->segments[0].users, 30u);
  EXPECT_EQ(found->segments[3].users, 21u);
  EXPECT_TRUE(found->segments[3].values.empty());
  EXPECT_EQ(to_text(*found->segments[0].rule), "trait.city = \"上海\" and trait.gender = \"f\"");
  EXPECT_FALSE(found->segments[3].rule);
  EXPECT_EQ(found->segments[0].values, (std::vector<std::string>{"上海", "f"}));
  size_t users = 0;
  for (const auto& segment : found->segments) users += segment.users;
  EXPECT_EQ(users, 100u);
  const auto few = divide(facts, all(3), {.method = DivisionMethod::kCross, .min_users = 5}, context.get());
  ASSERT_TRUE(few);
  EXPECT_EQ(few->segments.size(), 1u);
}

TEST(Cross, BordersOfOnesOwnCutNumbers) {
  base::OwnedContext context;
  std::vector<double> share, orders;
  for (int i = 0; i < 300; ++i) {
    share.push_back(i % 10 == 9 ? kMissing : (i % 9) / 8.0);
    orders.push_back(i / 9 % 3);
  }
  const FeatureColumn columns[] = {numbers(share), numbers(orders)};
  const RuleColumn facts[] = {{trait("share"), &columns[0]}, {trait("orders"), &columns[1]}};
  DivisionOptions options{.method = DivisionMethod::kCross, .min_users = 1, .borders = {{0.25, 0.5}, {}}};
  const auto found = divide(facts, all(300), options, context.get());
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->segments.size(), 12u);  // below, between, from there on, not known; 0, 1 and 2 orders
  for (uint32_t i = 0; i < 300; ++i) {
    const auto& segment = found->segments[found->labels[i]];
    const std::string expected = std::isnan(share[i]) ? ""
                                 : share[i] < 0.25    ? "<0.25"
                                 : share[i] < 0.5     ? "0.25–<0.5"
                                                      : "≥0.5";
    EXPECT_EQ(segment.values[0], expected);
    EXPECT_EQ(segment.values[1], std::to_string(static_cast<int>(orders[i])));
  }
  for (const auto& segment : found->segments) {
    if (segment.values != std::vector<std::string>{"0.25–<0.5", "2"}) continue;
    EXPECT_EQ(to_text(*segment.rule), "(trait.share >= 0.25 and trait.share < 0.5) and trait.orders = 2");
  }
  const std::pair<std::vector<std::vector<double>>, const char*> bad[] = {
      {{{0.5}}, "1 lists of borders for 2 facts"},
      {{{0.5, 0.5}, {}}, "rising numbers"},
      {{{kMissing}, {}}, "rising numbers"}};
  for (const auto& [borders, says] : bad) {
    options.borders = borders;
    const auto refused = divide(facts, all(300), options, context.get());
    ASSERT_FALSE(refused);
    EXPECT_THAT(std::string(refused.error().message()), HasSubstr(says));
  }
}

TEST(Cross, NumbersAreBandsAndMissingIsAGroup) {
  base::OwnedContext context;
  std::vector<double> age;
  for (int i = 0; i < 400; ++i) age.push_back(i % 20 == 19 ? kMissing : 20 + i % 50);
  const FeatureColumn column = numbers(age);
  const RuleColumn facts[] = {{trait("age"), &column}};
  const auto found = divide(facts, all(400), {.method = DivisionMethod::kCross}, context.get());
  ASSERT_TRUE(found);
  std::map<std::string, size_t> users;
  data::FeatureTable table;
  table.users.resize(400);
  table.columns = {column};
  table.columns[0].name = to_text(facts[0].quantity);
  for (uint32_t s = 0; s < found->segments.size(); ++s) {
    const auto& segment = found->segments[s];
    users[segment.values[0]] = segment.users;
    const auto holds = evaluate(*segment.rule, table);
    ASSERT_TRUE(holds);
    for (size_t row = 0; row < 400; ++row) EXPECT_EQ((*holds)[row] != 0, found->labels[row] == s);
  }
  EXPECT_EQ(users.size(), 5u);
  EXPECT_EQ(users[""], 20u);
  for (const auto& [name, n] : users) {
    if (name.empty()) continue;
    EXPECT_NEAR(static_cast<double>(n), 95, 10) << name;
  }
}

TEST(Abc, ClassesMakeTheirShares) {
  base::OwnedContext context;
  const FeatureColumn column = numbers({50, 5, 25, 10, 0, 4, kMissing, 6, -3});
  const RuleColumn facts[] = {{trait("amount"), &column}};
  const auto found = divide(facts, all(9), {.method = DivisionMethod::kAbc}, context.get());
  ASSERT_TRUE(found);
  // 50, 25, 10 | 6, 5 | 4 and nothing: 10 crosses 80 % and belongs to A, 5 crosses 95 % and belongs to B.
  EXPECT_EQ(found->labels, (std::vector<uint32_t>{0, 1, 0, 0, 2, 2, 2, 1, 2}));
  EXPECT_EQ(found->segments[0].values, std::vector<std::string>{"A"});
  const RuleColumn two[] = {facts[0], facts[0]};
  EXPECT_THAT(divide(two, all(9), {.method = DivisionMethod::kAbc}, context.get()).error().message(),
              HasSubstr("one amount"));
}

TEST(Divide, BadInputIsRefusedInWords) {
  base::OwnedContext context;
  const Planted shop = planted(0);
  EXPECT_FALSE(divide(shop.facts, {}, {}, context.get()));
  EXPECT_FALSE(divide({}, all(9), {}, context.get()));
  EXPECT_THAT(divide(shop.facts, all(9), {.n_clusters = 20}, context.get()).error().message(),
              HasSubstr("20 clusters need"));
  context.cancel.cancel();
  EXPECT_EQ(divide(shop.facts, all(900), {}, context.get()).error().code(), base::Code::kCancelled);
}

TEST(ParseQuantities, AListOfThem) {
  const auto list = parse_quantities("trait.age, sum(buy.line_amount, 90d),feature.recency_days");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->size(), 3u);
  EXPECT_EQ(to_text((*list)[1]), "sum(buy.line_amount, 90d)");
  for (const auto& [text, words] : std::map<std::string, const char*>{{"", "expected a quantity"},
                                                                      {"trait.age,", "expected a quantity"},
                                                                      {"trait.age trait.x", "expected ','"},
                                                                      {"trait.age, trait.age", "twice"},
                                                                      {"feature.nope", "feature"},
                                                                      {"trait.age > 3", "expected ','"}})
    EXPECT_THAT(parse_quantities(text).error().message(), HasSubstr(words)) << text;
}

}  // namespace
}  // namespace coterie::understand

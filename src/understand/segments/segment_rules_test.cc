// Rules that describe a segmentation: every member is in exactly one, and what they claim about themselves is true.
#include "understand/segments/segment_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "understand/fact_numbers.h"
#include "understand/rules/evaluate.h"
#include "understand/rules/parse_rule.h"

namespace coterie::understand {
namespace {

using data::FeatureColumn;
using data::FeatureKind;
using data::FeatureTable;

struct Facts {
  FeatureTable table;
  std::vector<Quantity> quantities;

  std::vector<RuleColumn> columns() const {
    std::vector<RuleColumn> out;
    for (size_t q = 0; q < quantities.size(); ++q) out.push_back({quantities[q], &table.columns[q]});
    return out;
  }

  FeatureColumn& add(const Quantity& quantity, FeatureKind kind) {
    quantities.push_back(quantity);
    FeatureColumn& column = table.columns.emplace_back();
    column.name = to_text(quantity);
    column.kind = kind;
    return column;
  }
};

// A feature, a trait that is a number in text and one that is a word; some of each missing.
Facts random_facts(size_t rows, base::Random& random) {
  Facts out;
  out.table.columns.reserve(3);
  for (size_t i = 0; i < rows; ++i) out.table.users.push_back(fmt::format("u{:05}", i));
  auto& feature = out.add({QuantitySource::kFeature, "recency_days"}, FeatureKind::kNumeric);
  const bool is_coarse = random.chance(0.5);
  for (size_t i = 0; i < rows; ++i) {
    feature.valid.push_back(random.chance(0.8) ? 1 : 0);
    feature.values.push_back(is_coarse ? static_cast<double>(random.below(6)) : 100 * random.normal());
  }
  auto& age = out.add({QuantitySource::kTrait, "age"}, FeatureKind::kCategorical);
  for (int years = 18; years < 30; ++years) age.categories.push_back(fmt::format("{}", years));
  auto& city = out.add({QuantitySource::kTrait, "city"}, FeatureKind::kCategorical);
  city.categories = {"上海", "\"Paris\"", "'; DROP TABLE users; --", "Rome"};
  for (FeatureColumn* column : {&age, &city})
    for (size_t i = 0; i < rows; ++i)
      column->codes.push_back(random.chance(0.1)
                                  ? FeatureColumn::kMissingCode
                                  : static_cast<uint32_t>(random.below(column->categories.size())));
  return out;
}

// Labels that the facts tell, with some noise.
std::vector<uint32_t> labels_of(const Facts& facts, std::span<const uint32_t> rows, base::Random& random) {
  std::vector<uint32_t> out;
  for (const uint32_t row : rows) {
    const auto& columns = facts.table.columns;
    const uint32_t label = columns[2].codes[row] == 0                                    ? 2
                           : columns[0].valid[row] == 0 || columns[0].values[row] <= 2.5 ? 0
                                                                                         : 1;
    out.push_back(random.chance(0.1) ? static_cast<uint32_t>(random.below(3)) : label);
  }
  return out;
}

TEST(SegmentRules, EveryMemberIsInOneRuleAndTheFiguresAreTrue) {
  base::OwnedContext context;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    base::Random random(seed);
    const Facts facts = random_facts(20 + random.below(300), random);
    // Half of the cases are about a part of the members, which a rule tells.
    const auto scope = random.chance(0.5) ? std::optional(*parse_rule("trait.age >= 22")) : std::nullopt;
    std::vector<uint32_t> rows;
    const auto in_scope =
        scope ? *evaluate(*scope, facts.table) : std::vector<uint8_t>(facts.table.rows(), 1);
    for (uint32_t row = 0; row < facts.table.rows(); ++row)
      if (in_scope[row] != 0) rows.push_back(row);
    const auto labels = labels_of(facts, rows, random);
    const auto found =
        describe_by_rules(facts.columns(), rows, labels, 3, scope, {.random_state = seed}, context.get());
    ASSERT_TRUE(found) << found.error().message();
    std::vector<size_t> rules_of(facts.table.rows());
    double right = 0;
    for (uint32_t s = 0; s < 3; ++s) {
      const SegmentRule& segment = found->segments[s];
      if (!segment.rule) {
        EXPECT_EQ(segment.users, 0u);
        continue;
      }
      EXPECT_EQ(*parse_rule(to_text(*segment.rule)), *segment.rule) << to_text(*segment.rule);
      const auto holds = evaluate(*segment.rule, facts.table);
      ASSERT_TRUE(holds) << holds.error().message();
      double users = 0, both = 0, members = 0;
      for (size_t i = 0; i < rows.size(); ++i) {
        users += (*holds)[rows[i]];
        both += (*holds)[rows[i]] != 0 && labels[i] == s ? 1 : 0;
        members += labels[i] == s ? 1 : 0;
      }
      for (size_t row = 0; row < rules_of.size(); ++row) rules_of[row] += (*holds)[row];
      EXPECT_EQ(static_cast<double>(segment.users), users) << to_text(*segment.rule);
      EXPECT_DOUBLE_EQ(segment.precision, both / users);
      EXPECT_DOUBLE_EQ(segment.recall, both / members);
      right += both;
    }
    EXPECT_DOUBLE_EQ(found->accuracy, right / static_cast<double>(rows.size()));
    for (size_t row = 0; row < rules_of.size(); ++row) EXPECT_EQ(rules_of[row], in_scope[row]) << row;
    if (HasFailure()) return;
  }
}

TEST(SegmentRules, TellsWhatIsThereAndSaysWhenThereIsNothingToTell) {
  base::OwnedContext context;
  base::Random random(5);
  const Facts facts = random_facts(2000, random);
  std::vector<uint32_t> rows(2000), city(2000), noise(2000);
  for (uint32_t i = 0; i < 2000; ++i) {
    rows[i] = i;
    city[i] = facts.table.columns[2].codes[i] == 1 ? 1 : 0;
    noise[i] = static_cast<uint32_t>(random.below(2));
  }
  const auto told = describe_by_rules(facts.columns(), rows, city, 2, {}, {}, context.get());
  ASSERT_TRUE(told);
  EXPECT_EQ(told->accuracy, 1);
  EXPECT_EQ(told->cross_validated, 1);
  EXPECT_FALSE(told->is_hard_to_describe());
  EXPECT_EQ(to_text(*told->segments[1].rule), R"(trait.city = "\"Paris\"")");
  EXPECT_EQ(to_text(*told->segments[0].rule), R"(trait.city != "\"Paris\"" or trait.city is missing)");

  const auto untold = describe_by_rules(facts.columns(), rows, noise, 2, {}, {}, context.get());
  ASSERT_TRUE(untold);
  EXPECT_TRUE(untold->is_hard_to_describe());
  EXPECT_NEAR(untold->cross_validated, 0.5, 0.05);  // and not what the tree says of its own members
  EXPECT_GT(untold->accuracy, untold->cross_validated);
}

TEST(SegmentRules, TheRoundestNumberBetweenTwo) {
  EXPECT_EQ(roundest_between(3, 4), 3);
  EXPECT_EQ(roundest_between(-1, 5), 0);
  EXPECT_EQ(roundest_between(0, 5), 0);
  EXPECT_EQ(roundest_between(-5, 0), -2);  // as near the middle as any
  EXPECT_EQ(roundest_between(1234, 2345), 2000);
  EXPECT_EQ(roundest_between(0.1234, 0.1239), 0.1236);
  EXPECT_EQ(roundest_between(99.2, 100.9), 100);
  const double next = std::nextafter(0.1, 1);
  EXPECT_EQ(roundest_between(0.1, next), 0.1);
  base::Random random(3);
  for (int i = 0; i < 10'000; ++i) {
    const double a = random.normal() * std::pow(10, random.below(12)), b = a + random.exponential();
    const double between = roundest_between(a, b);
    ASSERT_TRUE(between >= a && between < b) << a << " " << b << " " << between;
  }
}

TEST(SegmentRules, NothingToDescribeByIsAnError) {
  base::OwnedContext context;
  base::Random random(1);
  Facts facts = random_facts(3, random);
  facts.table.columns[0].valid.assign(3, 0);
  const RuleColumn nobody[] = {{facts.quantities[0], &facts.table.columns[0]}};
  const std::vector<uint32_t> rows = {0, 1, 2}, labels = {0, 1, 0};
  EXPECT_EQ(describe_by_rules(nobody, rows, labels, 2, {}, {}, context.get()).error().code(),
            base::Code::kInvalidArgument);
  EXPECT_FALSE(describe_by_rules(facts.columns(), {}, {}, 2, {}, {}, context.get()));
  // One member, one segment: true, and nothing to validate it on.
  const auto one = describe_by_rules(facts.columns(), std::span(rows).first(1), std::span(labels).first(1), 1,
                                     {}, {}, context.get());
  ASSERT_TRUE(one) << one.error().message();
  EXPECT_EQ(one->segments[0].rule->kind, Rule::Kind::kEveryone);
}

}  // namespace
}  // namespace coterie::understand

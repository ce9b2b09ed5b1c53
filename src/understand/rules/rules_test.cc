// Rules: both spellings read back, every mistake is named with its place, and what holds is what a plain reading says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <optional>

#include "base/random.h"
#include "fixtures/random_rules.h"
#include "understand/rules/evaluate.h"
#include "understand/rules/parse_rule.h"
#include "understand/rules/rule_json.h"

namespace coterie::understand {
namespace {

using ::testing::HasSubstr;

std::string canonical(std::string_view text) {
  const auto rule = parse_rule(text);
  return rule ? to_text(*rule) : "error: " + rule.error().message();
}

TEST(RuleText, IsReadAndWrittenInItsCanonicalForm) {
  const std::pair<const char*, const char*> cases[] = {
      {"rfm.r>=4 AND sum(buy.line_amount,90d)>500 and trait.city='杭州' and not performed('refund', 30d)",
       "rfm.r >= 4 and sum(buy.line_amount, 90d) > 500 and trait.city = \"杭州\" and not "
       "performed(\"refund\", 30d)"},
      {"(everyone)", "everyone"},
      {"a_b.c = 1",
       "error: column 1: no quantity \"a_b\"; there are: feature, trait, rfm, score, rank, segment"},
      {"(rfm.r = 1 or rfm.f == 2) and rfm.m <> 3", "(rfm.r = 1 or rfm.f = 2) and rfm.m != 3"},
      {"rfm.r = 1 or rfm.f = 2 and rfm.m = 3", "rfm.r = 1 or rfm.f = 2 and rfm.m = 3"},
      {"not (rfm.r = 1 and rfm.f = 2)", "not (rfm.r = 1 and rfm.f = 2)"},
      {"count(buy, 2w) >= 2", "count(buy, 14d) >= 2"},
      {"count(view, 48h) > 1", "count(view, 2d) > 1"},
      {"count(view, 90s) > 1", "count(view, 90s) > 1"},
      {"count(\"custom:gift\", item_id = 'i7', channel = 'app') = 0",
       "count(\"custom:gift\", item_id = \"i7\", channel = \"app\") = 0"},
      {"count(\"Order Completed\") >= 1", "performed(\"buy\")"},
      {"days_since(buy) <= 30.5", "days_since(buy) <= 30.5"},
      {"trait.city not in ('a', 'b\\n\\u676d')", "trait.city not in (\"a\", \"b\\n杭\")"},
      {"trait.\"home town\" is missing", "trait.\"home town\" is missing"},
      {"trait.城市 is not missing", "trait.\"城市\" is not missing"},
      {"feature.\"taste:食品\" > .1", nullptr},
      {"rank.churn <= 100", "rank.churn <= 100"},
      {"score.churn >= 0.7 and segment.clusters in ('cluster_1')",
       "score.churn >= 0.7 and segment.clusters in (\"cluster_1\")"},
      {"in_segment('my segment')", "in_segment(\"my segment\")"},
  };
  for (const auto& [text, expected] : cases) {
    if (expected == nullptr) continue;
    EXPECT_EQ(canonical(text), expected);
    if (std::string_view(expected).starts_with("error")) continue;
    EXPECT_EQ(canonical(expected), expected);
  }
}

TEST(RuleText, NamesEveryMistakeWithItsPlaceAndWhatToWrite) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "the rule is empty; write `everyone`"},
      {"rfm.r >=", "column 9: expected a number or a text in quotes, not the end"},
      {"rfm.r >= 4 and", "column 15: a condition begins with"},
      {"rfm.r >= 4 rfm.f = 1", "column 12: expected 'and', 'or' or the end, not 'rfm'"},
      {"rfm.x >= 4", "no RFM score \"x\"; did you mean r"},
      {"feature.recency > 3", "column 9: no feature \"recency\"; did you mean "},
      {"sum(buy) > 3", "column 8: sum(...) is of an amount, as in sum(buy.line_amount)"},
      {"count(buy.quantity) > 3", "column 10: count(...) is of a behavior alone, as in count(buy)"},
      {"count(bye) > 3", "column 7: no behavior \"bye\"; did you mean buy"},
      {"total(buy.quantity) > 3", "column 1: no function \"total\""},
      {"sum(buy.amount) > 3", "column 9: no amount \"amount\"; did you mean line_amount"},
      {"count(buy, 1.5d) > 3", "column 12: a window is 1 to 36500 whole days"},
      {"count(buy, 0d) > 3", "column 12: a window is 1 to 36500 whole days"},
      {"count(buy, 5y) > 3", "column 12: 'y' is no unit; windows are written 90d, 2w, 12h or 600s"},
      {"count(buy, 5d, 6d) > 3", "column 16: a second window"},
      {"count(buy, color = 'red') > 3", "column 12: no column of events \"color\""},
      {"trait.city = “杭州”", "column 14: write \" instead of “"},
      {"trait.city ＝ 'a'", "column 12: write = instead of ＝"},
      {"trait.city = 'a", "column 14: the text has no closing '"},
      {"trait.city = '\\x'", "after \\ there may stand"},
      {"trait.city = a", "column 14: expected a number or a text in quotes, not 'a'"},
      {"trait.city in ('a', 1)", "numbers and texts in one list"},
      {"trait.city is 4", "expected 'missing' behind 'is'"},
      {"rfm.r >= '4'", "rfm.r is a number; write one without quotes"},
      {"segment.clusters = 1", "segment.clusters is a name; write it in quotes"},
      {"segment.clusters > 'a'", "compare it with =, != or in (...)"},
      {"(rfm.r = 1", "column 11: expected ')' to close the parenthesis, not the end"},
      {"everyone\n  and rfm,r = 1", "line 2, column 7: 'rfm' begins no condition"},
      {"rfm.r = 1e999", "column 9: the number is too large"},
      {"rfm.r = 1; drop table events", "column 10: ';' has no meaning here"},
      {"in_segment(a)", "in_segment(\"NAME\") takes the name in quotes"},
      {"trait.\xff = 1", "not UTF-8"},
  };
  for (const auto& [text, expected] : cases) EXPECT_THAT(canonical(text), HasSubstr(expected)) << text;
  EXPECT_THAT(canonical(std::string(kMaxRuleBytes + 1, ' ')), HasSubstr("bytes long"));
  EXPECT_THAT(canonical(std::string(5000, '(') + "everyone"), HasSubstr("more than 100 levels"));
  std::string wide = "rfm.r = 1";
  for (size_t i = 0; i < kMaxRuleConditions; ++i) wide += " or rfm.r = 1";
  EXPECT_THAT(canonical(wide), HasSubstr("conditions; 1000 are the most"));
}

TEST(RuleJson, ReadsTheNodesThatPeopleKnow) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"type":"And","children":[{"type":"Performed","event":"Order Completed","times":2,"timesOperator":">=",
           "withinSeconds":7776000},{"type":"Score","model":"churn","op":">=","value":0.7}]})",
       "count(buy, 90d) >= 2 and score.churn >= 0.7"},
      {R"({"type":"Trait","trait":"city","op":"Equals","value":"杭州"})", "trait.city = \"杭州\""},
      {R"({"type":"Not","child":{"type":"Trait","trait":"city","op":"Exists"}})",
       "not trait.city is not missing"},
      {R"({"type":"RFM","r":{"op":">=","value":4},"m":{"op":"In","value":[4,5]}})",
       "rfm.r >= 4 and rfm.m in (4, 5)"},
      {R"({"type":"Cluster","id":"cluster_2"})", "segment.clusters = \"cluster_2\""},
      {R"({"type":"LastPerformed","event":"buy","op":"<=","value":30})", "days_since(buy) <= 30"},
      {R"({"type":"Aggregate","function":"sum","event":"buy","field":"line_amount","op":">","value":500,
           "properties":[{"field":"channel","value":"app"}]})",
       "sum(buy.line_amount, channel = \"app\") > 500"},
      {R"({"type":"Or","children":[{"type":"Everyone"}]})", "everyone"},
      {R"({"type":"Includes","segment":"s"})", "in_segment(\"s\")"},
  };
  for (const auto& [text, expected] : cases) {
    const auto rule = parse_rule_json(text);
    ASSERT_TRUE(rule) << rule.error().message();
    EXPECT_EQ(to_text(*rule), expected);
    EXPECT_EQ(*rule_from_json(to_json(*rule)), *rule);
  }
}

TEST(RuleJson, NamesThePathOfEveryMistake) {
  const std::pair<const char*, const char*> cases[] = {
      {"{", "is no JSON"},
      {"{}", "$: must be an object with a \"type\""},
      {R"({"type":"KeyedPerformed"})", "$.type: no type \"KeyedPerformed\"; there are: And, Or"},
      {R"({"type":"And","children":[]})", "$.children: must be a list of one rule or more"},
      {R"({"type":"And","children":[{"type":"Everyone"},{"type":"Score","model":"churn","op":"~","value":1}]})",
       "$.children[1].op: no operator \"~\""},
      {R"({"type":"Score","model":"churn","op":">="})", "$: '>=' takes one value"},
      {R"({"type":"Score","model":"churn","op":">=","value":1,"run":3})",
       "$: no key \"run\" here; there are: type, model"},
      {R"({"type":"Score","model":"churn","op":">=","value":null})", "$.value: must be a number or a text"},
      {R"({"type":"Performed","event":"bye"})", "$.event: no behavior \"bye\"; did you mean buy"},
      {R"({"type":"Performed","event":"buy","withinSeconds":1.5})", "$.withinSeconds: a window is"},
      {R"({"type":"Feature","feature":"x","op":"=","value":1})", "$.feature: no feature \"x\""},
  };
  for (const auto& [text, expected] : cases) {
    const auto rule = parse_rule_json(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_EQ(rule.error().code(), base::Code::kInvalidArgument);
    EXPECT_THAT(rule.error().message(), HasSubstr(expected));
  }
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += R"({"type":"Not","child":)";
  deep += R"({"type":"Everyone"})" + std::string(5000, '}');
  EXPECT_FALSE(parse_rule_json(deep));
}

testing::RuleVocabulary words() {
  return {{"buy", "refund", "view", "custom:gift", "custom:'; DROP TABLE events; --"},
          {"city", "age", "a\"b", "x'; --"},
          {"recency_days", "frequency"},
          {"churn"},
          {"i1", "i2"}};
}

TEST(Rules, BothSpellingsReadBackWhateverTheRule) {
  testing::RandomRules random(1, words());
  for (size_t i = 0; i < testing::rule_cases(3000); ++i) {
    const Rule rule = random.rule();
    const auto from_text = parse_rule(to_text(rule));
    ASSERT_TRUE(from_text) << to_text(rule) << ": " << from_text.error().message();
    ASSERT_EQ(*from_text, rule) << to_text(rule);
    const auto from_json = parse_rule_json(to_json(rule).dump());
    ASSERT_TRUE(from_json) << to_json(rule) << ": " << from_json.error().message();
    ASSERT_EQ(*from_json, rule) << to_json(rule);
  }
}

// The plain reading: one member, one node at a time, a comparison as the words say.
bool plainly_holds(const Condition& condition, const std::optional<RuleValue>& raw) {
  if (condition.op == CompareOp::kMissing) return !raw;
  if (!raw) return false;
  if (condition.op == CompareOp::kExists) return true;
  const bool wants_number = std::holds_alternative<double>(condition.values[0]);
  int order = 0;
  const auto compare = [&](const RuleValue& with) -> bool {
    if (!wants_number) {
      if (!std::holds_alternative<std::string>(*raw)) return false;
      order = std::get<std::string>(*raw).compare(std::get<std::string>(with));
      return true;
    }
    double number = 0;
    if (const auto* text = std::get_if<std::string>(&*raw)) {
      char* end = nullptr;
      number = std::strtod(text->c_str(), &end);
      if (text->empty() || *end != '\0' || text->find_first_not_of("0123456789.-e") != std::string::npos)
        return false;
    } else {
      number = std::get<double>(*raw);
    }
    const double other = std::get<double>(with);
    order = number < other ? -1 : number > other ? 1 : 0;
    return true;
  };
  bool is_any = false;
  for (const RuleValue& value : condition.values) {
    if (!compare(value)) return false;
    is_any = is_any || order == 0;
  }
  switch (condition.op) {
    case CompareOp::kEqual: return order == 0;
    case CompareOp::kNotEqual: return order != 0;
    case CompareOp::kLess: return order < 0;
    case CompareOp::kLessEqual: return order <= 0;
    case CompareOp::kGreater: return order > 0;
    case CompareOp::kGreaterEqual: return order >= 0;
    case CompareOp::kIn: return is_any;
    default: return !is_any;
  }
}

bool plainly_holds(const Rule& rule, const data::FeatureTable& facts, size_t row) {
  if (rule.kind == Rule::Kind::kEveryone) return true;
  if (rule.kind == Rule::Kind::kNot) return !plainly_holds(rule.children[0], facts, row);
  if (rule.kind == Rule::Kind::kCondition) {
    const auto* column = *facts.column(to_text(rule.condition.quantity));
    std::optional<RuleValue> raw;
    if (!column->is_missing(row))
      raw = column->kind == data::FeatureKind::kNumeric ? RuleValue(column->values[row])
                                                        : RuleValue(column->categories[column->codes[row]]);
    return plainly_holds(rule.condition, raw);
  }
  bool all = true, any = false;
  for (const Rule& child : rule.children) {
    const bool holds = plainly_holds(child, facts, row);
    all = all && holds;
    any = any || holds;
  }
  return rule.kind == Rule::Kind::kAnd ? all : any;
}

data::FeatureTable random_facts(const Rule& rule, size_t rows, base::Random& random) {
  data::FeatureTable out;
  for (size_t i = 0; i < rows; ++i) out.users.push_back("u" + std::to_string(100 + i));
  for (const Quantity& quantity : quantities(rule)) {
    auto& column = out.columns.emplace_back();
    column.name = to_text(quantity);
    const bool is_text =
        quantity.source == QuantitySource::kTrait || quantity.source == QuantitySource::kSegment;
    if (is_text) {
      column.kind = data::FeatureKind::kCategorical;
      column.categories = {"a", "b", "1", "0.5", "-1e2", "'; DROP TABLE events; --", "", " 1", "1 "};
    }
    for (size_t row = 0; row < rows; ++row) {
      const bool is_missing = random.chance(0.2);
      if (is_text) {
        column.codes.push_back(is_missing ? data::FeatureColumn::kMissingCode
                                          : static_cast<uint32_t>(random.below(column.categories.size())));
      } else {
        column.values.push_back(
            is_missing ? 0.0 : static_cast<double>(random.below(6)) * (random.chance(0.3) ? 0.5 : 1));
        column.valid.push_back(is_missing ? 0 : 1);
      }
    }
  }
  return out;
}

TEST(Evaluate, AgreesWithAPlainReadingOfEveryMember) {
  testing::RandomRules random_rules(2, words());
  base::Random random(3);
  for (size_t i = 0; i < testing::rule_cases(3000); ++i) {
    const Rule rule = random_rules.rule();
    const auto facts = random_facts(rule, 12, random);
    const auto found = evaluate(rule, facts);
    ASSERT_TRUE(found) << found.error().message();
    for (size_t row = 0; row < facts.rows(); ++row) {
      ASSERT_EQ((*found)[row] != 0, plainly_holds(rule, facts, row)) << to_text(rule) << " of row " << row;
      ASSERT_EQ(explain(rule, facts, row)->holds, (*found)[row] != 0) << to_text(rule);
    }
  }
}

TEST(Evaluate, TellsTheValueOfEveryCondition) {
  data::FeatureTable facts;
  facts.users = {"u1"};
  auto& r = facts.columns.emplace_back();
  r.name = "rfm.r";
  r.values = {3};
  r.valid = {1};
  auto& age = facts.columns.emplace_back();
  age.name = "trait.age";
  age.kind = data::FeatureKind::kCategorical;
  age.categories = {"31"};
  age.codes = {0};
  auto& city = facts.columns.emplace_back();
  city.name = "trait.city";
  city.kind = data::FeatureKind::kCategorical;
  city.codes = {data::FeatureColumn::kMissingCode};
  const auto rule = parse_rule("not rfm.r >= 4 and (trait.age > 30 or trait.city != 'x')");
  const auto out = explain(*rule, facts, 0);
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->holds);
  EXPECT_FALSE(out->children[0].children[0].holds);
  EXPECT_EQ(out->children[0].children[0].value, RuleValue(3.0));
  EXPECT_EQ(out->children[1].children[0].value, RuleValue(31.0));
  EXPECT_FALSE(out->children[1].children[1].holds);  // what is not known differs from nothing
  EXPECT_FALSE(out->children[1].children[1].value);
  EXPECT_FALSE(evaluate(*parse_rule("in_segment('a')"), facts));
  EXPECT_FALSE(evaluate(*parse_rule("rfm.f = 1"), facts));
}

}  // namespace
}  // namespace coterie::understand

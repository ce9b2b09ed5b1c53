// Segments by rules on a real workspace: what SQL, features and evaluation say together is what plain loops over the
// events say, for every member; what people write is data; circles end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/random.h"
#include "engine/rule_members.h"
#include "engine/rule_segments.h"
#include "engine/run.h"
#include "fixtures/random_rules.h"
#include "fixtures/shop.h"
#include "store/catalog.h"
#include "understand/rules/parse_rule.h"

namespace coterie::engine {
namespace {

using base::kDay;
using base::Timestamp;
using ::testing::HasSubstr;
using testing::TestAttribute;
using testing::TestEvent;
using testing::TestShop;
using understand::CompareOp;
using understand::Condition;
using understand::parse_rule;
using understand::Quantity;
using understand::QuantitySource;
using understand::Rule;
using understand::RuleValue;

constexpr Timestamp kRuleBegin = 1'700'006'400'000'000;  // a midnight in London, in winter
constexpr const char* kHostile = "custom:'; DROP TABLE events; --";

struct Shop {
  std::vector<TestEvent> events;
  std::vector<TestAttribute> traits;
};

// Every buy is an order of its own and has an amount.
Shop random_shop(uint64_t seed) {
  base::Random random(seed);
  Shop out;
  const char* behaviors[] = {"buy", "buy", "refund", "view", "cart", kHostile};
  for (size_t i = 0; i < 2000; ++i) {
    TestEvent event{
        "u" + std::to_string(100 + random.below(60)), "i" + std::to_string(random.below(4)),
        behaviors[random.below(6)],
        kRuleBegin + static_cast<int64_t>(random.below(100 * 24)) * base::kHour + static_cast<int64_t>(i)};
    if (event.behavior == "buy") event.order = "o" + std::to_string(i);
    if (event.behavior == "buy" || random.chance(0.5))
      event.amount = static_cast<double>(random.below(400)) / 4;
    if (random.chance(0.5)) event.session = std::string(testing::kHostileTexts[random.below(5)]);
    out.events.push_back(event);
  }
  const char* values[] = {"a", "b", "1", "0.5", "3", "'; DROP TABLE events; --"};
  for (size_t i = 0; i < 150; ++i)
    out.traits.push_back({"u" + std::to_string(100 + random.below(60)),
                          random.chance(0.5) ? "city" : "x'; --", values[random.below(6)],
                          kRuleBegin + static_cast<int64_t>(random.below(100)) * kDay});
  return out;
}

// What a plain reading of the documents says, one member and one quantity at a time.
class PlainShop {
 public:
  PlainShop(const Shop& shop, Timestamp as_of) : shop_(shop), as_of_(as_of) {
    for (const TestEvent& event : shop.events)
      if (event.ts < as_of) by_user_[event.user].push_back(&event);
    for (const auto& [user, events] : by_user_)
      if (last(user, "buy")) buyers_.push_back(user);
  }

  std::vector<std::string> users() const {
    std::vector<std::string> out;
    for (const auto& [user, events] : by_user_) out.push_back(user);
    return out;
  }

  bool holds(const Rule& rule, const std::string& user) const {
    switch (rule.kind) {
      case Rule::Kind::kEveryone: return true;
      case Rule::Kind::kNot: return !holds(rule.children[0], user);
      case Rule::Kind::kAnd:
        return std::all_of(rule.children.begin(), rule.children.end(),
                           [&](const Rule& r) { return holds(r, user); });
      case Rule::Kind::kOr:
        return std::any_of(rule.children.begin(), rule.children.end(),
                           [&](const Rule& r) { return holds(r, user); });
      default: return compares(rule.condition, value(rule.condition.quantity, user));
    }
  }

 private:
  static bool compares(const Condition& condition, std::optional<RuleValue> value) {
    if (condition.op == CompareOp::kMissing) return !value;
    if (!value) return false;
    if (condition.op == CompareOp::kExists) return true;
    if (std::holds_alternative<double>(condition.values[0]) && std::holds_alternative<std::string>(*value)) {
      const std::string text = std::get<std::string>(*value);
      if (text.empty() || text.find_first_not_of("0123456789.") != std::string::npos) return false;
      value = std::stod(text);
    }
    const auto& values = condition.values;
    const bool is_any = std::find(values.begin(), values.end(), *value) != values.end();
    switch (condition.op) {
      case CompareOp::kEqual:
      case CompareOp::kIn: return is_any;
      case CompareOp::kNotEqual:
      case CompareOp::kNotIn: return !is_any;
      case CompareOp::kLess: return *value < values[0];
      case CompareOp::kLessEqual: return *value <= values[0];
      case CompareOp::kGreater: return *value > values[0];
      default: return *value >= values[0];
    }
  }

  std::optional<RuleValue> value(const Quantity& quantity, const std::string& user) const {
    switch (quantity.source) {
      case QuantitySource::kTrait: return trait(quantity.name, user);
      case QuantitySource::kRfm: return rfm(quantity.name, user);
      case QuantitySource::kFeature:
        if (quantity.name == "frequency") return count(user, "buy");
        if (quantity.name == "count_view") return count(user, "view");
        return last(user, "buy") ? std::optional<RuleValue>(days_since(*last(user, "buy"))) : std::nullopt;
      default: return of_events(quantity, user);
    }
  }

  std::optional<RuleValue> trait(const std::string& name, const std::string& user) const {
    std::optional<std::pair<Timestamp, std::string>> newest;
    for (const TestAttribute& fact : shop_.traits) {
      if (fact.item != user || fact.name != name || fact.valid_from > as_of_) continue;
      const std::pair<Timestamp, std::string> one(fact.valid_from, fact.value);
      if (!newest || *newest < one) newest = one;
    }
    return newest ? std::optional<RuleValue>(newest->second) : std::nullopt;
  }

  double count(const std::string& user, std::string_view behavior) const {
    const auto& events = by_user_.at(user);
    return static_cast<double>(
        std::count_if(events.begin(), events.end(), [&](const auto* e) { return e->behavior == behavior; }));
  }
  std::optional<Timestamp> last(const std::string& user, std::string_view behavior) const {
    std::optional<Timestamp> out;
    for (const TestEvent* event : by_user_.at(user))
      if (event->behavior == behavior) out = std::max(out.value_or(0), event->ts);
    return out;
  }
  double days_since(Timestamp ts) const {
    return static_cast<double>(as_of_ - ts) / static_cast<double>(kDay);
  }

  // Of buyers: which fifth, by how many are below and half of the equals.
  std::optional<RuleValue> rfm(const std::string& score, const std::string& user) const {
    if (std::find(buyers_.begin(), buyers_.end(), user) == buyers_.end()) return std::nullopt;
    const auto of = [&](const std::string& buyer) {
      if (score == "r") return static_cast<double>(*last(buyer, "buy"));
      if (score == "f") return count(buyer, "buy");
      double out = 0;
      for (const TestEvent* event : by_user_.at(buyer))
        if (event->behavior == "buy" || event->behavior == "refund") out += event->amount.value_or(0);
      return out;
    };
    size_t below = 0, equal = 0;
    for (const std::string& buyer : buyers_) {
      below += of(buyer) < of(user) ? 1 : 0;
      equal += of(buyer) == of(user) ? 1 : 0;
    }
    return std::floor(1 + 5 * (static_cast<double>(below) + static_cast<double>(equal) / 2) /
                              static_cast<double>(buyers_.size()));
  }

  std::optional<RuleValue> of_events(const Quantity& quantity, const std::string& user) const {
    Timestamp from = 0;
    if (quantity.window.days > 0)
      from = as_of_ - quantity.window.days * kDay;  // no clock changes in these weeks
    if (quantity.window.seconds > 0) from = as_of_ - quantity.window.seconds * base::kSecond;
    double n = 0, sum = 0;
    std::vector<double> amounts;
    Timestamp newest = 0;
    for (const TestEvent* event : by_user_.at(user)) {
      bool is = event->behavior == quantity.behavior && event->ts >= from;
      for (const auto& filter : quantity.filters) {
        const std::string& text = filter.field == profile::TextField::kItemId ? event->item : event->session;
        is = is && !text.empty() && text == filter.value;
      }
      if (!is) continue;
      ++n;
      newest = std::max(newest, event->ts);
      if (quantity.field == profile::AmountField::kQuantity) {
        amounts.push_back(event->behavior == "refund" ? -1 : 1);
      } else if (event->amount) {
        amounts.push_back(*event->amount);
      }
    }
    for (const double amount : amounts) sum += amount;
    using profile::Aggregate;
    if (quantity.function == Aggregate::kCount) return n;
    if (quantity.function == Aggregate::kSum) return sum;
    if (quantity.function == Aggregate::kDaysSince)
      return n > 0 ? std::optional<RuleValue>(days_since(newest)) : std::nullopt;
    if (amounts.empty()) return std::nullopt;
    if (quantity.function == Aggregate::kAvg) return sum / static_cast<double>(amounts.size());
    const auto [least, most] = std::minmax_element(amounts.begin(), amounts.end());
    return quantity.function == Aggregate::kMin ? *least : *most;
  }

  const Shop& shop_;
  Timestamp as_of_;
  std::map<std::string, std::vector<const TestEvent*>> by_user_;
  std::vector<std::string> buyers_;
};

testing::RuleVocabulary words() {
  return {{"buy", "refund", "view", kHostile, "share"},
          {"city", "x'; --"},
          {"recency_days", "frequency", "count_view"},
          {},
          {"i0", "i1", "i9"}};
}

TEST(RuleMembers, AreThoseOfAPlainReadingForEveryMember) {
  const Shop shop = random_shop(11);
  TestShop stored;
  stored.add(shop.events, {}, shop.traits);
  testing::RandomRules random(12, words());
  const size_t cases = testing::rule_cases(600);
  constexpr size_t kTogether = 30;
  for (size_t done = 0; done < cases; done += kTogether) {
    const Timestamp as_of = kRuleBegin + static_cast<int64_t>(20 + done % 79) * kDay;
    const PlainShop plain(shop, as_of);
    std::vector<Rule> rules;
    for (size_t i = 0; i < kTogether; ++i) rules.push_back(random.rule());
    const auto found = rule_members(stored.workspace(), rules, as_of, stored.context());
    ASSERT_TRUE(found) << found.error().message();
    ASSERT_EQ((*found)[0].all_users(), plain.users());
    for (size_t i = 0; i < kTogether; ++i)
      for (size_t row = 0; row < plain.users().size(); ++row)
        ASSERT_EQ((*found)[i].holds[row] != 0, plain.holds(rules[i], (*found)[i].all_users()[row]))
            << to_text(rules[i]) << " of " << (*found)[i].all_users()[row];
  }
}

TEST(RuleMembers, OneMemberAloneIsAsAmongAll) {
  const Shop shop = random_shop(21);
  TestShop stored;
  stored.add(shop.events, {}, shop.traits);
  const auto first = run(stored.workspace(), {}, stored.context());
  ASSERT_TRUE(first) << first.error().message();
  const Timestamp of_run = *default_rule_instant(stored.workspace(), stored.context());
  testing::RandomRules random(22, words());
  for (const Timestamp as_of : {of_run, kRuleBegin + 40 * kDay})
    for (int i = 0; i < 10; ++i) {
      const Rule rule = random.rule();
      const auto all = rule_members(stored.workspace(), rule, as_of, stored.context());
      ASSERT_TRUE(all) << all.error().message();
      for (const size_t row : {size_t{0}, all->holds.size() / 2}) {
        const auto one =
            explain_rule(stored.workspace(), rule, as_of, all->all_users()[row], stored.context());
        ASSERT_TRUE(one) << one.error().message();
        ASSERT_EQ((*one)["holds"], all->holds[row] != 0) << to_text(rule);
      }
    }
  EXPECT_EQ(explain_rule(stored.workspace(), *parse_rule("everyone"), of_run, "nobody", stored.context())
                .error()
                .code(),
            base::Code::kNotFound);
}

class RuleSegments : public ::testing::Test {
 protected:
  void SetUp() override {
    const Shop shop = random_shop(31);
    shop_.add(shop.events, {}, shop.traits);
  }
  base::Result<RuleSegment> create(const std::string& name, const std::string& rule, bool replaces = false) {
    return create_rule_segment(shop_.workspace(), {name, rule, {}, replaces}, kRuleBegin + 90 * kDay,
                               shop_.context());
  }
  std::string mistake(const std::string& name, const std::string& rule, bool replaces = false) {
    const auto out = create(name, rule, replaces);
    return out ? "created" : out.error().message();
  }
  TestShop shop_;
};

TEST_F(RuleSegments, AreKeptCountedAndForgotten) {
  const auto created = create("多买", "count(buy) >= 10");
  ASSERT_TRUE(created) << created.error().message();
  EXPECT_GT(created->users, 0);
  EXPECT_LT(created->users, created->of);
  EXPECT_EQ(find_rule_segment(shop_.workspace(), "多买")->rule, "count(buy) >= 10");
  ASSERT_TRUE(note_rule_segment(shop_.workspace(), "多买", "春季\n活动", shop_.context()).ok());
  ASSERT_TRUE(create("多买", "count(buy) >= 11", true));
  EXPECT_EQ(find_rule_segment(shop_.workspace(), "多买")->note, "春季\n活动");
  EXPECT_EQ(create("多买", "everyone").error().code(), base::Code::kAlreadyExists);
  ASSERT_TRUE(delete_rule_segment(shop_.workspace(), "多买", shop_.context()).ok());
  EXPECT_EQ(find_rule_segment(shop_.workspace(), "多买").error().code(), base::Code::kNotFound);
}

TEST_F(RuleSegments, RefuseCirclesAndWhatIsNotThere) {
  ASSERT_TRUE(create("a", "everyone"));
  ASSERT_TRUE(create("b", "in_segment('a') and count(buy) > 3"));
  ASSERT_TRUE(create("c", "not in_segment('b')"));
  EXPECT_THAT(mistake("a", "in_segment('c')", true), HasSubstr("in a circle: a → c → b → a"));
  EXPECT_THAT(mistake("d", "in_segment('d')"), HasSubstr("in a circle: d → d"));
  EXPECT_THAT(mistake("d", "in_segment('bb')"), HasSubstr("did you mean"));
  EXPECT_THAT(mistake("d", "trait.citi = 'a'"), HasSubstr("no trait \"citi\"; did you mean city?"));
  EXPECT_THAT(mistake("d", "score.churn > 0.5"), HasSubstr("needs a run"));
  EXPECT_THAT(mistake("d", "feature.\"taste:x\" > 0.5"), HasSubstr("no feature \"taste:x\""));
  EXPECT_THAT(mistake("champions", "everyone"), HasSubstr("a name that runs give"));
  EXPECT_THAT(mistake("cluster_12", "everyone"), HasSubstr("a name that runs give"));
  EXPECT_THAT(mistake("", "everyone"), HasSubstr("a segment's name is"));
  EXPECT_THAT(mistake("a\nb", "everyone"), HasSubstr("a segment's name is"));
  EXPECT_THAT(delete_rule_segment(shop_.workspace(), "a", shop_.context()).message(),
              HasSubstr("is included by b"));
}

TEST_F(RuleSegments, ThatIncludeEachOtherManyTimesEnd) {
  ASSERT_TRUE(create("s0", "everyone"));
  std::string refused;
  for (int i = 1; i < 40 && refused.empty(); ++i) {
    const std::string before = fmt::format("in_segment('s{}')", i - 1);
    const auto made = create(fmt::format("s{}", i), before + " and " + before);
    if (!made) refused = made.error().message();
  }
  EXPECT_THAT(refused, HasSubstr("more than 5000 parts"));
}

TEST_F(RuleSegments, AreCountedAnewByEveryRun) {
  ASSERT_TRUE(create("often", "count(buy) >= 5"));
  ASSERT_TRUE(create("rfm", "rfm.r = 5 and in_segment('often')"));
  const auto first = run(shop_.workspace(), {}, shop_.context());
  ASSERT_TRUE(first) << first.error().message();
  const Timestamp as_of = *default_rule_instant(shop_.workspace(), shop_.context());
  const auto counted = rule_segments(shop_.workspace());
  ASSERT_EQ(counted->size(), 2u);
  for (const auto& segment : *counted) {
    EXPECT_EQ(segment.as_of, as_of);
    const auto members = rule_members(shop_.workspace(), *rule_of_segment(shop_.workspace(), segment.name),
                                      as_of, shop_.context());
    EXPECT_EQ(segment.users, static_cast<int64_t>(members->users));
  }
  EXPECT_EQ(to_text(*rule_of_segment(shop_.workspace(), "champions")), "segment.rfm = \"champions\"");
  const int64_t generation = *shop_.workspace().catalog().newest_generation();
  ASSERT_TRUE(run(shop_.workspace(), {}, shop_.context()));
  EXPECT_EQ(*shop_.workspace().catalog().newest_generation(), generation);  // nothing is due
}

TEST_F(RuleSegments, DiffSaysWhoMovedAndWhy) {
  const auto rule = *parse_rule("count(buy, 30d) >= 4");
  const Timestamp from = kRuleBegin + 50 * kDay, to = kRuleBegin + 90 * kDay;
  const auto out = diff_rule(shop_.workspace(), rule, from, to, 1000, shop_.context());
  ASSERT_TRUE(out) << out.error().message();
  const auto before = *rule_members(shop_.workspace(), rule, from, shop_.context());
  const auto after = *rule_members(shop_.workspace(), rule, to, shop_.context());
  EXPECT_EQ((*out)["before"], before.users);
  EXPECT_EQ((*out)["after"], after.users);
  const int64_t came = (*out)["came"]["users"], left = (*out)["left"]["users"], stayed = (*out)["stayed"];
  EXPECT_EQ(stayed + came, static_cast<int64_t>(after.users));
  EXPECT_EQ(stayed + left, static_cast<int64_t>(before.users));
  ASSERT_GT(came, 0);
  for (const auto& member : (*out)["came"]["sample"]) {
    if (member.contains("is_new")) continue;
    EXPECT_EQ(member["why"][0]["holds"], true);
    EXPECT_LT(member["why"][0]["before"], 4);
    EXPECT_GE(member["why"][0]["after"], 4);
  }
  EXPECT_EQ(diff_rule(shop_.workspace(), rule, to, to, 1, shop_.context()).error().code(),
            base::Code::kInvalidArgument);
}

TEST_F(RuleSegments, StopWhenAskedTo) {
  shop_.cancel().cancel();
  EXPECT_EQ(
      rule_members(shop_.workspace(), *parse_rule("count(buy) > 1"), kRuleBegin + 90 * kDay, shop_.context())
          .error()
          .code(),
      base::Code::kCancelled);
}

}  // namespace
}  // namespace coterie::engine

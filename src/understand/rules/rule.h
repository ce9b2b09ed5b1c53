// Rules: who is in a segment, as an expression over what is known of a member.
//
//   rfm.r >= 4 and sum(buy.line_amount, 90d) > 500 and trait.city = "杭州" and not performed("refund", 30d)
//
// A rule has two spellings, text (parse_rule.h) and JSON (rule_json.h). It asks for quantities, each of which becomes a
// column that is named by the quantity's own text, and is evaluated over them (evaluate.h). The language:
// docs/methods/rules.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "profile/member_facts.h"

namespace coterie::understand {

/// Events of the last `days` whole local days, or of the last `seconds`; with neither, of all time.
struct RuleWindow {
  int64_t days = 0;
  int64_t seconds = 0;
  bool is_all() const { return days == 0 && seconds == 0; }
  friend bool operator==(const RuleWindow&, const RuleWindow&) = default;
};

/// Where a quantity comes from.
enum class QuantitySource {
  kFeature,  ///< of profile's catalog: feature.recency_days
  kTrait,    ///< trait.city
  kRfm,      ///< rfm.r, rfm.f, rfm.m: 1 to 5
  kScore,    ///< the probability that a model of the newest run gives: score.churn
  kRank,     ///< the place among all members by a model's score, 1 the highest: rank.churn
  kSegment,  ///< of a method of the newest run, or a division that is kept: segment.clusters
  kEvents,   ///< sum(buy.line_amount, 90d)
};

struct Quantity {
  QuantitySource source{};
  std::string name = {};  ///< the feature, trait, RFM score, model or method; empty for kEvents
  profile::Aggregate function = profile::Aggregate::kCount;  ///< of kEvents, as is all that follows
  std::string behavior = {};
  profile::AmountField field{};
  RuleWindow window = {};
  std::vector<profile::EventFilter> filters = {};
  friend bool operator==(const Quantity&, const Quantity&) = default;
};

enum class CompareOp {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
  kExists,
  kMissing
};

using RuleValue = std::variant<double, std::string>;

/// A comparison. It does not hold of a member whose quantity is missing, whatever the operator, but for kMissing.
struct Condition {
  Quantity quantity = {};
  CompareOp op{};
  std::vector<RuleValue> values =
      {};  ///< one; of kIn and kNotIn one or more, of one type; of kExists, kMissing none
  friend bool operator==(const Condition&, const Condition&) = default;
};

struct Rule {
  enum class Kind {
    kEveryone,   ///< every member
    kCondition,  ///< `condition`
    kIncludes,   ///< members of the segment that is called `segment`
    kNot,        ///< one child
    kAnd,        ///< two or more
    kOr,         ///< two or more
  };
  Kind kind{};
  Condition condition = {};
  std::string segment = {};
  std::vector<Rule> children = {};
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// A rule of one condition; a rule of rules (kAnd or kOr), which is the child itself where there is one.
Rule condition(const Quantity& quantity, CompareOp op, std::vector<RuleValue> values = {});
Rule joined(Rule::Kind kind, std::vector<Rule> children);

/// What a rule may be at most. Beyond: kInvalidArgument.
inline constexpr size_t kMaxRuleBytes = 64 << 10;
inline constexpr size_t kMaxRuleDepth = 100;
inline constexpr size_t kMaxRuleConditions = 1000;
inline constexpr size_t kMaxRuleQuantities = 100;
inline constexpr int64_t kMaxWindowDays = 36'500;

/// The canonical text: it parses to an equal rule.
std::string to_text(const Rule& rule);
std::string to_text(const Condition& condition);
std::string to_text(const Quantity& quantity);
std::string_view to_text(CompareOp op);

/// "…" with quotes, backslashes and control characters escaped.
std::string quoted_text(std::string_view text);

/// The distinct quantities, in the order in which they stand.
std::vector<Quantity> quantities(const Rule& rule);

/// The distinct names of segments that it includes.
std::vector<std::string> included_segments(const Rule& rule);

/// Conditions and included segments of all of it.
size_t condition_count(const Rule& rule);

}  // namespace coterie::understand

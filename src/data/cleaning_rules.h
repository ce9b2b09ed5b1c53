// The cleaning rules by name, what each may do with a row, and how a shop sets them (docs/methods/cleaning.md).
//
// The names are public: they stand in coterie.toml, in the quarantine, in the flags and in every answer. The
// rules themselves are in collect (one row at a time) and in its rules/*.sql (several rows of one part).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"
#include "data/event.h"

namespace coterie::data {

/// In the order in which they decide.
enum class Rule : uint8_t {
  kUnreadable,     ///< the reader's defects: bad quote, field count, too long, NUL, invalid UTF-8
  kMissingId,      ///< neither user_id nor anonymous_id
  kDamagedId,      ///< an id that a program destroyed: NULL, #N/A, 6.92E+12, an HTML entity, invisible marks
  kIdTooLong,      ///< an id or name above 256 bytes
  kBehavior,       ///< no behavior, and no rule that gives one
  kTime,           ///< missing, or not a time
  kTimeRange,      ///< before 1990-01-01 or more than a day ahead of the clock
  kNumber,         ///< not a number, more than four decimals, or too large
  kProperties,     ///< not a JSON object
  kPrice,          ///< not what the preset's price rule allows, or a sign that contradicts the behavior
  kQuantity,       ///< a buy not above 0, a refund of 0
  kMissingValue,   ///< a fact without a name or value, a text without a body
  kTestUser,       ///< user_id or anonymous_id fits a pattern of test_users
  kTestItem,       ///< item_id fits a pattern of test_items
  kInternalUser,   ///< user_id or anonymous_id fits a pattern of internal_users
  kBotRate,        ///< acts faster than a person
  kBotRegularity,  ///< acts more evenly than a person
  kAmountBounds,   ///< a unit price far from the item's others
};
inline constexpr size_t kRuleCount = 18;

/// What happens to a row that fails a rule.
enum class RuleAction : uint8_t {
  kQuarantine,  ///< not accepted, kept aside with the reason
  kFlag,        ///< accepted, and listed in `flags` with the reason
  kOff,         ///< accepted
};
std::string_view to_string(RuleAction action);  ///< "quarantine", "flag", "off"

struct RuleInfo {
  Rule rule;
  std::string_view key;       ///< "time_range"
  base::Message description;  ///< for people, in both languages
  RuleAction action;          ///< unless a shop says otherwise
  bool may_quarantine;        ///< false: it needs the rows around, which are accepted by then
  bool may_pass;              ///< flag and off; false: such a row cannot be stored
  std::string_view trait;     ///< what its users are marked with when it flags; empty: nothing
};

/// All rules in order.
std::span<const RuleInfo> cleaning_rules();
const RuleInfo& info(Rule rule);
std::string_view key(Rule rule);
std::optional<Rule> parse_rule(std::string_view key);

/// "quarantine, flag, off": what a shop may set for a rule.
std::string allowed_actions(const RuleInfo& rule);
bool is_allowed(const RuleInfo& rule, RuleAction action);

/// The [cleaning] section of coterie.toml.
struct CleaningSettings {
  CleaningSettings();

  std::array<RuleAction, kRuleCount> actions;  ///< by Rule
  /// Patterns on the whole id: * any text, ? one byte, [a-z0-9] one of these; ASCII letters in either case.
  std::vector<std::string> test_users;
  std::vector<std::string> test_items;
  std::vector<std::string> internal_users;
  int64_t bot_rate = 300;          ///< seconds with an act within ten minutes, 60 to 600
  int64_t amount_bounds = 20;      ///< at least this many times above or below the item's median, 2 to 10,000
  std::optional<Repeats> repeats;  ///< goes before the preset's; missing: the preset's

  RuleAction action(Rule rule) const { return actions[static_cast<size_t>(rule)]; }
  void set(Rule rule, RuleAction action) { actions[static_cast<size_t>(rule)] = action; }

  friend bool operator==(const CleaningSettings&, const CleaningSettings&) = default;
};

/// Patterns that test_users and test_items have unless a shop says otherwise.
std::span<const std::string_view> default_test_users();
std::span<const std::string_view> default_test_items();

/// The reserved traits of users who are no customers; features leave them out.
inline constexpr std::string_view kIsBot = "is_bot";
inline constexpr std::string_view kIsTest = "is_test";
inline constexpr std::string_view kIsInternal = "is_internal";

}  // namespace coterie::data

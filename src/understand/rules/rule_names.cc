#include "understand/rules/rule_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/nearest_names.h"
#include "base/utf8.h"
#include "data/event.h"
#include "profile/feature_catalog.h"
#include "profile/tastes.h"

namespace coterie::understand {

using base::Code;
using base::Result;
using base::Status;

namespace {

// The e-commerce track calls (FORMATS §1) that mean a behavior.
struct TrackName {
  std::string_view track, behavior;
};
constexpr TrackName kTrackNames[] = {
    {"Products Searched", "search"},
    {"Product Viewed", "view"},
    {"Product Added to Wishlist", "favorite"},
    {"Product Added", "cart"},
    {"Checkout Started", "checkout"},
    {"Order Completed", "buy"},
    {"Order Refunded", "refund"},
    {"Product Reviewed", "review"},
    {"Product Shared", "share"},
    {"Coupon Applied", "coupon_use"},
    {"Signed In", "login"},
};
constexpr std::string_view kCustom = "custom:";
constexpr std::string_view kRfmNames[] = {"r", "f", "m"};
constexpr std::string_view kSources[] = {"feature", "trait", "rfm", "score", "rank", "segment"};
constexpr double kSecondsOfADay = 86'400;

// "no feature 'recency'; did you mean recency_days?", or all of them where none is near.
tl::unexpected<Status> no_such(std::string_view what, std::string_view name,
                               std::span<const std::string_view> names) {
  const std::string near = base::nearest_names(name, names);
  const std::string hint = near.empty() ? fmt::format("there are: {}", fmt::join(names, ", "))
                                        : fmt::format("did you mean {}?", near);
  return base::error(Code::kInvalidArgument, "no {} {}; {}", what, quoted_text(name), hint);
}

template <class Enum>
Result<Enum> find_name(std::string_view what, std::string_view name,
                       std::span<const std::string_view> names) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return no_such(what, name, names);
  return static_cast<Enum>(found - names.begin());
}

Status check_feature(std::string_view name) {
  if (name == profile::kTasteInterest || name.starts_with(profile::kTastePrefix)) return {};
  std::vector<std::string_view> names;
  for (const auto& feature : profile::kFeatureCatalog) names.push_back(feature.name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return {};
  names.push_back(profile::kTasteInterest);
  return no_such("feature", name, names).value();
}

bool is_text(const RuleValue& value) { return std::holds_alternative<std::string>(value); }

bool is_ordering(CompareOp op) {
  return op == CompareOp::kLess || op == CompareOp::kLessEqual || op == CompareOp::kGreater ||
         op == CompareOp::kGreaterEqual;
}

Status check_count(CompareOp op, size_t values) {
  const bool is_list = op == CompareOp::kIn || op == CompareOp::kNotIn;
  const bool is_bare = op == CompareOp::kExists || op == CompareOp::kMissing;
  if (is_list ? values > 0 : values == (is_bare ? 0U : 1U)) return {};
  return base::failure(Code::kInvalidArgument, "'{}' takes {}", to_text(op),
                       is_list   ? "one value or more in parentheses"
                       : is_bare ? "no value"
                                 : "one value");
}

Status check_value(const Quantity& quantity, CompareOp op, const RuleValue& value) {
  const bool is_number = !is_text(value);
  if (is_number && !std::isfinite(std::get<double>(value)))
    return base::failure(Code::kInvalidArgument, "the number is too large");
  if (!is_number) COTERIE_RETURN_IF_ERROR(check_rule_text(std::get<std::string>(value)));
  switch (quantity.source) {
    case QuantitySource::kTrait: return {};
    case QuantitySource::kSegment:
      if (is_number)
        return base::failure(Code::kInvalidArgument, "{} is a name; write it in quotes", to_text(quantity));
      if (is_ordering(op))
        return base::failure(Code::kInvalidArgument, "{} is a name; compare it with =, != or in (...)",
                             to_text(quantity));
      return {};
    default:
      if (is_number) return {};
      return base::failure(Code::kInvalidArgument, "{} is a number; write one without quotes",
                           to_text(quantity));
  }
}

}  // namespace

Status check_rule_text(std::string_view text) {
  if (!base::is_utf8(text)) return base::failure(Code::kInvalidArgument, "it is not UTF-8");
  if (text.find('\0') != std::string_view::npos)
    return base::failure(Code::kInvalidArgument, "it holds a NUL character; leave it out");
  return {};
}

Result<std::string> rule_behavior(std::string_view name) {
  COTERIE_CHECK_OK(check_rule_text(name));
  if (data::is_known_behavior(name)) return std::string(name);
  if (name.starts_with(kCustom) && name.size() > kCustom.size()) return std::string(name);
  for (const TrackName& track : kTrackNames)
    if (track.track == name) return std::string(track.behavior);
  const std::string near = base::nearest_names(name, data::known_behaviors());
  return base::error(Code::kInvalidArgument, "no behavior {}; {} one of the shop's own is written {}",
                     quoted_text(name),
                     near.empty() ? fmt::format("there are: {};", fmt::join(data::known_behaviors(), ", "))
                                  : fmt::format("did you mean {}?", near),
                     quoted_text(fmt::format("custom:{}", name)));
}

Result<QuantitySource> quantity_source(std::string_view name) {
  return find_name<QuantitySource>("quantity", name, kSources);
}

Result<Quantity> named_quantity(QuantitySource source, std::string_view name) {
  if (name.empty()) return base::error(Code::kInvalidArgument, "the name is empty");
  COTERIE_CHECK_OK(check_rule_text(name));
  const auto is_in = [&](std::span<const std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (source == QuantitySource::kFeature) COTERIE_CHECK_OK(check_feature(name));
  if (source == QuantitySource::kRfm && !is_in(kRfmNames)) return no_such("RFM score", name, kRfmNames);
  return Quantity{source, std::string(name)};
}

Result<profile::Aggregate> rule_aggregate(std::string_view name) {
  return find_name<profile::Aggregate>("function", name, profile::aggregate_names());
}
Result<profile::AmountField> rule_amount_field(std::string_view name) {
  return find_name<profile::AmountField>("amount", name, profile::amount_field_names());
}
Result<profile::TextField> rule_text_field(std::string_view name) {
  return find_name<profile::TextField>("column of events", name, profile::text_field_names());
}

Result<RuleWindow> window_of_days(double days) {
  if (!(days >= 1) || days > static_cast<double>(kMaxWindowDays) || days != std::floor(days))
    return base::error(Code::kInvalidArgument, "a window is 1 to {} whole days, such as 90d", kMaxWindowDays);
  return RuleWindow{static_cast<int64_t>(days), 0};
}

Result<RuleWindow> window_of_seconds(double seconds) {
  if (!(seconds >= 1) || seconds > static_cast<double>(kMaxWindowDays) * kSecondsOfADay ||
      seconds != std::floor(seconds))
    return base::error(Code::kInvalidArgument, "a window is a whole number of seconds, 1 to {} days",
                       kMaxWindowDays);
  if (std::fmod(seconds, kSecondsOfADay) == 0) return window_of_days(seconds / kSecondsOfADay);
  return RuleWindow{0, static_cast<int64_t>(seconds)};
}

Result<Condition> make_condition(Quantity quantity, CompareOp op, std::vector<RuleValue> values) {
  COTERIE_CHECK_OK(check_count(op, values.size()));
  for (const RuleValue& value : values) {
    COTERIE_CHECK_OK(check_value(quantity, op, value));
    if (is_text(value) != is_text(values[0]))
      return base::error(Code::kInvalidArgument, "numbers and texts in one list; write one kind");
  }
  return Condition{std::move(quantity), op, std::move(values)};
}

Status check_rule_limits(const Rule& rule) {
  if (const size_t n = condition_count(rule); n > kMaxRuleConditions)
    return base::failure(Code::kInvalidArgument, "the rule has {} conditions; {} are the most", n,
                         kMaxRuleConditions);
  if (const size_t n = quantities(rule).size(); n > kMaxRuleQuantities)
    return base::failure(Code::kInvalidArgument, "the rule asks for {} different quantities; {} are the most",
                         n, kMaxRuleQuantities);
  return {};
}

}  // namespace coterie::understand

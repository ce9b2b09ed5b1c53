// The features that exist: name, unit and what a missing value means. One list for SQL, C++, CLI, JSON and
// reports.
#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

#include "base/messages.h"

namespace coterie::profile {

enum class Unit { kDays, kCount, kMoney, kShare, kNats, kRatio };
enum class NullPolicy {
  kZero,         ///< never missing: nothing happened is 0
  kNeverBought,  ///< missing for a member without a buy
  kFewOrders,    ///< missing with fewer orders than it takes
  kNoAmounts,    ///< missing when the member's lines carry no amounts
  kNeverActed,   ///< missing for a member of whom nothing but refunds and impressions is known
  kNoInterest,   ///< missing for a member without interest in any category
};

struct FeatureInfo {
  std::string_view name;
  Unit unit;
  NullPolicy null_policy;
  bool is_skewed;  ///< a long right tail: models take log1p of it (signed)
};

/// All features, in the order of FeatureTable's columns.
inline constexpr FeatureInfo kFeatureCatalog[] = {
    {"recency_days", Unit::kDays, NullPolicy::kNeverBought, true},
    {"tenure_days", Unit::kDays, NullPolicy::kNeverBought, true},
    {"frequency", Unit::kCount, NullPolicy::kZero, true},
    {"monetary", Unit::kMoney, NullPolicy::kNoAmounts, true},
    {"frequency_30d", Unit::kCount, NullPolicy::kZero, true},
    {"frequency_90d", Unit::kCount, NullPolicy::kZero, true},
    {"frequency_180d", Unit::kCount, NullPolicy::kZero, true},
    {"monetary_30d", Unit::kMoney, NullPolicy::kNoAmounts, true},
    {"monetary_90d", Unit::kMoney, NullPolicy::kNoAmounts, true},
    {"monetary_180d", Unit::kMoney, NullPolicy::kNoAmounts, true},
    {"gap_mean_days", Unit::kDays, NullPolicy::kFewOrders, true},
    {"gap_cv", Unit::kRatio, NullPolicy::kFewOrders, false},
    {"recency_over_gap", Unit::kRatio, NullPolicy::kFewOrders, true},
    {"last_gap_days", Unit::kDays, NullPolicy::kFewOrders, true},
    {"basket_items", Unit::kCount, NullPolicy::kNeverBought, true},
    {"order_value", Unit::kMoney, NullPolicy::kNoAmounts, true},
    {"unit_price_mean", Unit::kMoney, NullPolicy::kNoAmounts, true},
    {"distinct_items", Unit::kCount, NullPolicy::kZero, true},
    {"item_entropy", Unit::kNats, NullPolicy::kNeverBought, false},
    {"repeat_item_share", Unit::kShare, NullPolicy::kNeverBought, false},
    {"hour_entropy", Unit::kNats, NullPolicy::kNeverBought, false},
    {"weekend_share", Unit::kShare, NullPolicy::kNeverBought, false},
    {"evening_share", Unit::kShare, NullPolicy::kNeverBought, false},
    {"trend_90d", Unit::kRatio, NullPolicy::kZero, false},
    {"refund_orders", Unit::kCount, NullPolicy::kZero, true},
    {"refund_share", Unit::kShare, NullPolicy::kNoAmounts, false},
    {"discount_share", Unit::kShare, NullPolicy::kNoAmounts, false},
    {"count_view", Unit::kCount, NullPolicy::kZero, true},
    {"count_favorite", Unit::kCount, NullPolicy::kZero, true},
    {"count_cart", Unit::kCount, NullPolicy::kZero, true},
    {"count_buy", Unit::kCount, NullPolicy::kZero, true},
    {"active_recency_days", Unit::kDays, NullPolicy::kNeverActed, true},
    {"active_tenure_days", Unit::kDays, NullPolicy::kNeverActed, true},
    {"active_days", Unit::kCount, NullPolicy::kZero, true},
    {"active_days_30d", Unit::kCount, NullPolicy::kZero, true},
    {"active_days_90d", Unit::kCount, NullPolicy::kZero, true},
    {"missed_active_days", Unit::kCount, NullPolicy::kNeverActed, true},
    {"orders_per_active_day", Unit::kRatio, NullPolicy::kNeverActed, true},
};

/// The features whose columns are the shop's own (tastes.h): taste_interest, and "taste:CATEGORY" for each of its
/// categories, here as taste_share.
inline constexpr FeatureInfo kTasteCatalog[] = {
    {"taste_interest", Unit::kCount, NullPolicy::kZero, true},
    {"taste_share", Unit::kShare, NullPolicy::kNoInterest, false},
};

/// The column of a feature; an unknown name does not compile.
consteval size_t feature_index(std::string_view name) {
  for (size_t i = 0; i < std::size(kFeatureCatalog); ++i)
    if (kFeatureCatalog[i].name == name) return i;
  throw "no such feature";
}

/// Texts for people, from the message table.
std::string_view describe(const FeatureInfo& feature, base::Language language);
std::string_view to_string(Unit unit, base::Language language);
std::string_view to_string(NullPolicy policy, base::Language language);

}  // namespace coterie::profile

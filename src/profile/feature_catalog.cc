#include "profile/feature_catalog.h"

#include <string>

namespace coterie::profile {

using base::Language;
using base::Message;

std::string_view describe(const FeatureInfo& feature, Language language) {
  return base::text_by_key("feature_" + std::string(feature.name), language);
}

std::string_view to_string(Unit unit, Language language) {
  switch (unit) {
    case Unit::kDays: return base::text(Message::unit_days, language);
    case Unit::kCount: return base::text(Message::unit_count, language);
    case Unit::kMoney: return base::text(Message::unit_money, language);
    case Unit::kShare: return base::text(Message::unit_share, language);
    case Unit::kNats: return base::text(Message::unit_nats, language);
    case Unit::kRatio: return base::text(Message::unit_ratio, language);
  }
  return "";
}

std::string_view to_string(NullPolicy policy, Language language) {
  switch (policy) {
    case NullPolicy::kZero: return base::text(Message::null_zero, language);
    case NullPolicy::kNeverBought: return base::text(Message::null_never_bought, language);
    case NullPolicy::kFewOrders: return base::text(Message::null_few_orders, language);
    case NullPolicy::kNoAmounts: return base::text(Message::null_no_amounts, language);
    case NullPolicy::kNeverActed: return base::text(Message::null_never_acted, language);
    case NullPolicy::kNoInterest: return base::text(Message::null_no_interest, language);
  }
  return "";
}

}  // namespace coterie::profile

#include "data/event.h"

#include <algorithm>

namespace coterie::data {

namespace {

constexpr std::string_view kBehaviors[] = {
    "view",         "search",     "favorite",   "cart",   "checkout", "buy",     "refund",
    "review",       "rate",       "share",      "invite", "login",    "message", "complaint",
    "coupon_claim", "coupon_use", "impression", "click",  "page",
};

}  // namespace

std::span<const std::string_view> known_behaviors() { return kBehaviors; }

bool is_known_behavior(std::string_view name) {
  return std::find(std::begin(kBehaviors), std::end(kBehaviors), name) != std::end(kBehaviors);
}

}  // namespace coterie::data

#include "understand/sales/sales.h"

#include "understand/limit_json.h"

namespace coterie::understand {

using base::Message;
using base::Result;
using base::Status;
using profile::SalesFacts;

namespace {

const profile::BehaviorFacts* find(const SalesFacts& facts, std::string_view behavior) {
  const auto found = facts.behaviors.find(behavior);
  return found == facts.behaviors.end() ? nullptr : &found->second;
}

void say_which_amounts(const SalesFacts& facts, const std::string& currency, Sales* out) {
  const auto* buys = find(facts, "buy");
  if (!out->has_amounts)
    out->limits.push_back(limit_json("sales_no_amounts", Message::limit_sales_no_amounts, currency));
  else if (buys->with_amount < buys->events)
    out->limits.push_back(limit_json("sales_some_amounts", Message::limit_sales_some_amounts,
                                     buys->events - buys->with_amount, buys->events, currency,
                                     buys->other_currency));
  if (!out->has_refunds)
    out->limits.push_back(limit_json("sales_no_refunds", Message::limit_sales_no_refunds));
}

Status add_over_time(const SalesFacts& facts, Sales* out) {
  out->periods = sales_periods(facts, out->by);
  out->total = sales_total(facts, out->periods);
  const SalesMeasure of = out->has_amounts ? SalesMeasure::kAmount : SalesMeasure::kOrders;
  COTERIE_ASSIGN_OR_STATUS(out->weekdays, weekday_factors(facts, of));
  COTERIE_ASSIGN_OR_STATUS(out->shifts, sales_shifts(facts, of));
  if (!out->weekdays)
    out->limits.push_back(limit_json("sales_no_weekdays", Message::limit_sales_no_weekdays, kLeastWeeks + 1));
  if (!out->shifts)
    out->limits.push_back(limit_json("sales_not_watched", Message::limit_sales_not_watched,
                                     kWatchedDays / 7 + 1, static_cast<int64_t>(kWatchedOrders)));
  return {};
}

Status add_repeat(const SalesFacts& facts, Sales* out) {
  out->cohorts = cohorts(facts);
  COTERIE_ASSIGN_OR_STATUS(out->second_purchase, second_purchase(facts));
  out->gaps = purchase_gaps(facts);
  if (facts.members == 0)
    out->limits.push_back(limit_json("sales_no_members", Message::limit_sales_no_members));
  else if (!out->gaps)
    out->limits.push_back(limit_json("sales_no_gaps", Message::limit_sales_no_gaps));
  return {};
}

void add_concentration(SalesFacts* facts, Sales* out) {
  if (!out->has_amounts) return;
  if (!facts->item_units.empty()) out->items = learn::concentration(facts->item_units);
  if (!facts->member_units.empty()) out->members = learn::concentration(facts->member_units);
  if (!out->items) out->limits.push_back(limit_json("sales_no_items", Message::limit_sales_no_items));
}

void add_funnel(const SalesFacts& facts, Sales* out) {
  out->funnel = funnel(facts);
  if (!out->funnel) {
    out->limits.push_back(limit_json("sales_no_funnel", Message::limit_sales_no_funnel));
    return;
  }
  for (const std::string& behavior : out->funnel->absent) {
    if (behavior == "buy") continue;  // said by sales_none
    const auto message = behavior == "view"   ? Message::limit_sales_no_view
                         : behavior == "cart" ? Message::limit_sales_no_cart
                                              : Message::limit_sales_no_checkout;
    out->limits.push_back(limit_json("sales_no_" + behavior, message));
  }
}

}  // namespace

Result<Sales> compute_sales(profile::AsOf& source, const profile::SalesOptions& options) {
  COTERIE_ASSIGN(SalesFacts facts, profile::read_sales(source, options));
  Sales out;
  out.known_until = facts.known_until;
  out.by = options.by;
  const auto* buys = find(facts, "buy");
  out.has_amounts = buys != nullptr && buys->with_amount > 0;
  out.has_refunds = find(facts, "refund") != nullptr;
  if (buys != nullptr) {
    say_which_amounts(facts, options.currency, &out);
    COTERIE_CHECK_OK(add_over_time(facts, &out));
    COTERIE_CHECK_OK(add_repeat(facts, &out));
    add_concentration(&facts, &out);
  } else {
    out.limits.push_back(limit_json("sales_none", Message::limit_sales_none));
  }
  add_funnel(facts, &out);
  return out;
}

}  // namespace coterie::understand

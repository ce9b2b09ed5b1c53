#include "engine/sales.h"

#include "base/money.h"
#include "understand/sales/sales.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using nlohmann::json;
using understand::Sales;

namespace {

std::string date(int64_t day) { return base::utc_string(day * base::kDay).substr(0, 10); }

std::string month(int64_t months) { return date(profile::month_start(months)).substr(0, 7); }

template <class Value>
json or_null(const std::optional<Value>& value) {
  return value ? json(*value) : json();
}

json amount(int64_t units, bool is_known) {
  return is_known ? json(base::Decimal{units}.to_double()) : json();
}

json share(uint64_t part, uint64_t whole) {
  return whole == 0 ? json() : json(static_cast<double>(part) / static_cast<double>(whole));
}

std::string_view name(understand::SalesMeasure of) {
  return of == understand::SalesMeasure::kAmount ? "amount" : "orders";
}

json sums_json(const understand::SalesPeriod& period, const Sales& sales) {
  const auto& sums = period.sums;
  const bool has_refund_amounts = sales.has_amounts && sales.has_refunds;
  return {{"net_amount", amount(sums.buy_units + sums.refund_units, sales.has_amounts)},
          {"buy_amount", amount(sums.buy_units, sales.has_amounts)},
          {"refund_amount", amount(sums.refund_units, has_refund_amounts)},
          {"orders", sums.orders},
          {"guest_orders", sums.guest_orders},
          {"average_order", or_null(understand::average_order(sums))},
          {"refunds", sales.has_refunds ? json(sums.refunds) : json()},
          {"members", period.buyers.members}};
}

json periods_json(const Sales& sales) {
  json out = json::array();
  for (const auto& period : sales.periods) {
    json one = sums_json(period, sales);
    one["start"] = date(period.start_day);
    one["is_whole"] = period.is_whole;
    one["new_members"] = period.buyers.new_members;
    one["returning_members"] = period.buyers.members - period.buyers.new_members;
    out.push_back(std::move(one));
  }
  return out;
}

json weekdays_json(const std::optional<understand::WeekdayFactors>& weekdays) {
  if (!weekdays) return nullptr;
  json factors = json::array();
  for (size_t w = 0; w < weekdays->factors.size(); ++w)
    factors.push_back({{"weekday", w + 1}, {"factor", weekdays->factors[w]}, {"weeks", weekdays->weeks[w]}});
  return {{"of", name(weekdays->of)}, {"factors", std::move(factors)}};
}

json shifts_json(const std::optional<understand::SalesShifts>& watched) {
  if (!watched) return nullptr;
  json shifts = json::array();
  for (const auto& shift : watched->shifts)
    shifts.push_back({{"since", date(shift.since_day)},
                      {"alarm", date(shift.alarm_day + 1)},
                      {"change", {{"value", shift.change}, {"low", shift.low}, {"high", shift.high}}},
                      {"z", shift.z},
                      {"threshold", shift.threshold}});
  return {{"of", name(watched->of)},
          {"days", watched->days},
          {"false_alarms_per_year", understand::kFalseSalesAlarmsPerYear},
          {"shifts", std::move(shifts)}};
}

json cohorts_json(const std::vector<understand::Cohort>& cohorts) {
  json out = json::array();
  for (const auto& cohort : cohorts) {
    json again = json::array();
    for (const int64_t members : cohort.again)
      again.push_back(
          {{"members", members},
           {"share", share(static_cast<uint64_t>(members), static_cast<uint64_t>(cohort.members))}});
    out.push_back({{"month", month(cohort.month)},
                   {"members", cohort.members},
                   {"is_whole", cohort.is_whole},
                   {"again", std::move(again)}});
  }
  return out;
}

json shares_json(const std::vector<understand::ShareBy>& shares) {
  json out = json::array();
  for (const auto& one : shares)
    out.push_back({{"days", one.days},
                   {"share", or_null(one.share)},
                   {"low", or_null(one.low)},
                   {"high", or_null(one.high)},
                   {"at_risk", one.at_risk}});
  return out;
}

json second_purchase_json(const std::optional<understand::SecondPurchase>& second) {
  if (!second) return nullptr;
  const auto& median = second->median;
  return {{"members", second->members},
          {"again", second->again},
          {"median_days",
           {{"value", or_null(median.value)}, {"low", or_null(median.low)}, {"high", or_null(median.high)}}},
          {"shares", shares_json(second->shares)},
          {"curve", shares_json(second->curve)}};
}

json gaps_json(const std::optional<understand::PurchaseGaps>& gaps) {
  if (!gaps) return nullptr;
  json quantiles = json::array(), histogram = json::array();
  for (size_t i = 0; i < gaps->quantiles.size(); ++i)
    quantiles.push_back({{"q", understand::kGapQuantiles[i]}, {"days", gaps->quantiles[i]}});
  for (const auto& bin : gaps->histogram)
    histogram.push_back({{"from", bin.from},
                         {"to", or_null(bin.to)},
                         {"gaps", bin.gaps},
                         {"share", share(bin.gaps, gaps->gaps)}});
  return {{"gaps", gaps->gaps}, {"quantiles", std::move(quantiles)}, {"histogram", std::move(histogram)}};
}

json concentration_json(const std::optional<learn::Concentration>& found) {
  if (!found) return nullptr;
  json classes = json::array();
  for (size_t c = 0; c < found->classes.size(); ++c) {
    const auto& one = found->classes[c];
    classes.push_back(
        {{"class", std::string(1, static_cast<char>('A' + c))},
         {"count", one.count},
         {"share", share(one.count, found->count)},
         {"amount", base::Decimal{one.amount}.to_double()},
         {"amount_share", share(static_cast<uint64_t>(one.amount), static_cast<uint64_t>(found->total))}});
  }
  return {{"count", found->count},
          {"not_positive", found->not_positive},
          {"gini", found->gini},
          {"classes", std::move(classes)}};
}

json funnel_json(const std::optional<understand::Funnel>& funnel) {
  if (!funnel) return nullptr;
  json steps = json::array();
  for (const auto& step : funnel->steps)
    steps.push_back({{"behavior", step.behavior},
                     {"did", step.did},
                     {"reached", step.reached},
                     {"conversion", or_null(step.conversion)}});
  return {{"of", funnel->is_of_sessions ? "sessions" : "members"},
          {"steps", std::move(steps)},
          {"absent", funnel->absent},
          {"left_out", funnel->left_out}};
}

}  // namespace

Result<json> sales_record(profile::AsOf& source, const profile::SalesOptions& options) {
  COTERIE_ASSIGN(const Sales sales, understand::compute_sales(source, options));
  return json{
      {"as_of", source.calendar().to_string(options.as_of)},
      {"known_until", source.calendar().to_string(sales.known_until)},
      {"currency", options.currency},
      {"by", profile::to_string(options.by)},
      {"limits", sales.limits},
      {"total", sums_json(sales.total, sales)},
      {"periods", periods_json(sales)},
      {"weekdays", weekdays_json(sales.weekdays)},
      {"shifts", shifts_json(sales.shifts)},
      {"cohorts", cohorts_json(sales.cohorts)},
      {"second_purchase", second_purchase_json(sales.second_purchase)},
      {"gaps", gaps_json(sales.gaps)},
      {"abc", {{"items", concentration_json(sales.items)}, {"members", concentration_json(sales.members)}}},
      {"funnel", funnel_json(sales.funnel)}};
}

Result<json> sales_of(store::Workspace& workspace, const SalesRequest& request,
                      const base::Context& context) {
  COTERIE_ASSIGN(auto source, profile::AsOf::open(workspace, context));
  COTERIE_ASSIGN(const base::Timestamp default_as_of, source->default_as_of());
  const base::Timestamp as_of = request.as_of.value_or(default_as_of);
  if (as_of <= source->range().first)
    return base::error(
        Code::kFailedPrecondition, "no events before {}; the first is at {}: choose a later --as-of",
        source->calendar().to_string(as_of), source->calendar().to_string(source->range().first));
  context.progress->begin("sales", static_cast<uint64_t>(profile::kSalesPasses * source->range().events),
                          "events");
  auto record = sales_record(*source, {as_of, workspace.settings().currency, request.by});
  if (record) context.progress->end(fmt::format("{} orders", (*record)["total"]["orders"].get<int64_t>()));
  return record;
}

}  // namespace coterie::engine

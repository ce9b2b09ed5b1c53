#include "serve/report/sales_words.h"

#include <algorithm>

#include "serve/report/fields.h"

namespace coterie::serve {

using base::Language;
using base::Message;
using nlohmann::json;

namespace {

constexpr const char* kNone = "–";

double percent_of(const json& change, const char* key) { return 100 * change[key].get<double>(); }

}  // namespace

SalesWords::SalesWords(const json& sales, Language language, std::string_view sign_of)
    : sales_(sales), language_(language), format_(language, sign_of) {}

std::string SalesWords::named(std::string_view prefix, std::string_view name) const {
  const auto known = base::text_by_key(std::string(prefix) + std::string(name), language_);
  return std::string(known.empty() ? name : known);
}

std::string SalesWords::money(const json& value) const {
  return value.is_number() ? format_.money(value.get<double>()) : kNone;
}

std::string SalesWords::count(const json& value) const {
  return value.is_number() ? format_.count(value.get<double>()) : kNone;
}

std::string SalesWords::share(const json& value) const {
  return value.is_number() ? format_.percent(value.get<double>()) : kNone;
}

std::string SalesWords::until() const {
  return say(Message::sales_until, text_of(sales_["known_until"]).substr(0, 10), text_of(sales_["currency"]));
}

std::string SalesWords::period(const json& period) const {
  const std::string start = text_of(period["start"]).substr(0, sales_["by"] == "month" ? 7 : 10);
  return period["is_whole"].get<bool>() ? start : say(Message::sales_part, start);
}

std::vector<std::string> SalesWords::period_cells(std::string heading, const json& sums) const {
  std::vector<std::string> cells = {std::move(heading)};
  for (const char* key : {"net_amount", "refund_amount"}) cells.push_back(money(sums[key]));
  for (const char* key : {"refunds", "orders"}) cells.push_back(count(sums[key]));
  cells.push_back(sums["average_order"].is_number() ? format_.money(sums["average_order"].get<double>(), 2)
                                                    : kNone);
  cells.push_back(count(sums["members"]));
  for (const char* key : {"new_members", "returning_members"})
    cells.push_back(sums.contains(key) ? count(sums[key]) : "");
  return cells;
}

WordTable SalesWords::periods(size_t most) const {
  const Message unit = sales_["by"] == "day"    ? Message::sales_day
                       : sales_["by"] == "week" ? Message::sales_week
                                                : Message::sales_month;
  WordTable out{{say(unit), say(Message::sales_net), say(Message::sales_refunded),
                 say(Message::sales_refunds), say(Message::sales_orders), say(Message::sales_average),
                 say(Message::sales_buyers), say(Message::sales_new), say(Message::sales_returning)},
                {false, true, true, true, true, true, true, true, true},
                {}};
  const json& all = sales_["periods"];
  for (size_t i = all.size() - std::min(most, all.size()); i < all.size(); ++i)
    out.rows.push_back(period_cells(period(all[i]), all[i]));
  if (!out.rows.empty()) out.rows.push_back(period_cells(say(Message::sales_in_all), sales_["total"]));
  return out;
}

std::string SalesWords::periods_shown(size_t most) const {
  const size_t all = sales_["periods"].size();
  return all > most ? say(Message::sales_shown, most, all) : "";
}

WordTable SalesWords::weekdays() const {
  const json& weekdays = sales_["weekdays"];
  const bool of_amounts = field(weekdays, "of") == "amount";
  WordTable out{{say(Message::sales_weekday),
                 say(of_amounts ? Message::sales_factor_amount : Message::sales_factor_orders)},
                {false, true},
                {}};
  if (weekdays.is_null()) return out;
  for (const json& one : weekdays["factors"])
    out.rows.push_back({named("weekday_", std::to_string(one["weekday"].get<int>())),
                        format_.decimal(one["factor"].get<double>(), 2)});
  return out;
}

std::vector<std::string> SalesWords::shifts() const {
  std::vector<std::string> out;
  const json& watched = sales_["shifts"];
  if (watched.is_null()) return out;
  for (const json& shift : watched["shifts"]) {
    const json& change = shift["change"];
    out.push_back(say(Message::sales_shift, percent_of(change, "value"), percent_of(change, "low"),
                      percent_of(change, "high"), text_of(shift["since"]), text_of(shift["alarm"])));
  }
  if (out.empty()) out.push_back(say(Message::sales_no_shift, count(watched["days"])));
  return out;
}

WordTable SalesWords::cohorts(size_t most) const {
  const json& all = sales_["cohorts"];
  const size_t first = all.size() - std::min(most, all.size());
  size_t columns = 0;
  for (size_t i = first; i < all.size(); ++i) columns = std::max(columns, all[i]["again"].size());
  columns = std::min(columns, most);
  WordTable out{{say(Message::sales_cohort), say(Message::sales_members)}, {false, true}, {}};
  for (size_t months = 1; months < columns; ++months) {
    out.headings.push_back(std::to_string(months));
    out.numbers.push_back(true);
  }
  for (size_t i = first; i < all.size(); ++i) {
    const json& cohort = all[i];
    const std::string month = text_of(cohort["month"]);
    std::vector<std::string> cells = {
        cohort["is_whole"].get<bool>() ? month : say(Message::sales_part, month), count(cohort["members"])};
    for (size_t months = 1; months < columns; ++months)
      cells.push_back(months < cohort["again"].size() ? share(cohort["again"][months]["share"]) : "");
    out.rows.push_back(std::move(cells));
  }
  return out;
}

std::string SalesWords::days_or_unknown(const json& value) const {
  return value.is_number() ? format_.count(value.get<double>()) : say(Message::sales_unbounded);
}

std::string SalesWords::second_purchase() const {
  const json& second = sales_["second_purchase"];
  if (second.is_null()) return "";
  const json& median = second["median_days"];
  const std::string members = count(second["members"]), again = count(second["again"]);
  if (median["value"].is_null()) return say(Message::sales_second_open, members, again);
  return say(Message::sales_second, members, again, days_or_unknown(median["value"]),
             days_or_unknown(median["low"]), days_or_unknown(median["high"]));
}

WordTable SalesWords::second_purchase_shares() const {
  WordTable out{{say(Message::sales_within), say(Message::cli_share), say(Message::sales_interval)},
                {false, true, true},
                {}};
  const json& second = sales_["second_purchase"];
  if (second.is_null()) return out;
  for (const json& one : second["shares"])
    out.rows.push_back({say(Message::sales_days, one["days"].get<int64_t>()),
                        one["share"].is_null() ? say(Message::sales_unbounded) : share(one["share"]),
                        one["low"].is_null() ? kNone : share(one["low"]) + " – " + share(one["high"])});
  return out;
}

std::string SalesWords::gaps() const {
  const json& gaps = sales_["gaps"];
  if (gaps.is_null()) return "";
  std::vector<std::string> days;
  for (const json& quantile : gaps["quantiles"])
    days.push_back(format_.brief(quantile["days"].get<double>()));
  return say(Message::sales_gaps_text, count(gaps["gaps"]), days[0], days[1], days[2], days[3], days[4]);
}

WordTable SalesWords::gap_histogram() const {
  WordTable out{
      {say(Message::sales_gap), say(Message::sales_gaps), say(Message::cli_share)}, {false, true, true}, {}};
  const json& gaps = sales_["gaps"];
  if (gaps.is_null()) return out;
  for (const json& bin : gaps["histogram"]) {
    const auto from = bin["from"].get<int64_t>();
    const std::string label = bin["to"].is_null() ? say(Message::sales_more, from)
                              : bin["to"] == bin["from"]
                                  ? std::to_string(from)
                                  : fmt::format("{}–{}", from, bin["to"].get<int64_t>());
    out.rows.push_back({label, count(bin["gaps"]), share(bin["share"])});
  }
  return out;
}

void SalesWords::add_classes(const json& found, Message label, WordTable* out) const {
  if (found.is_null()) return;
  for (const json& one : found["classes"])
    out->rows.push_back({say(label, text_of(one["class"])), count(one["count"]), share(one["share"]),
                         money(one["amount"]), share(one["amount_share"])});
}

WordTable SalesWords::abc() const {
  WordTable out{{say(Message::sales_class), say(Message::sales_count), say(Message::sales_share_of_count),
                 say(Message::sales_net), say(Message::sales_share_of_amount)},
                {false, true, true, true, true},
                {}};
  add_classes(sales_["abc"]["items"], Message::sales_class_items, &out);
  add_classes(sales_["abc"]["members"], Message::sales_class_members, &out);
  return out;
}

std::vector<std::string> SalesWords::gini() const {
  std::vector<std::string> out;
  const json &items = sales_["abc"]["items"], &members = sales_["abc"]["members"];
  if (!items.is_null()) out.push_back(say(Message::sales_gini_items, items["gini"].get<double>()));
  if (!members.is_null()) out.push_back(say(Message::sales_gini_members, members["gini"].get<double>()));
  return out;
}

WordTable SalesWords::funnel() const {
  const json& funnel = sales_["funnel"];
  const bool of_sessions = field(funnel, "of") == "sessions";
  WordTable out{{say(of_sessions ? Message::sales_step_sessions : Message::sales_step_members),
                 say(Message::sales_did), say(Message::sales_reached), say(Message::sales_conversion)},
                {false, true, true, true},
                {}};
  if (funnel.is_null()) return out;
  for (const json& step : funnel["steps"])
    out.rows.push_back({named("report_behavior_", text_of(step["behavior"])), count(step["did"]),
                        count(step["reached"]), share(step["conversion"])});
  return out;
}

std::vector<std::string> SalesWords::limits() const {
  std::vector<std::string> out;
  for (const json& limit : sales_["limits"])
    out.push_back(say(Message::sales_limits, text_of(limit[std::string(base::to_string(language_))])));
  return out;
}

}  // namespace coterie::serve

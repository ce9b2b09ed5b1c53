#include "understand/rules/live_membership.h"

#include <algorithm>
#include <cmath>

#include "understand/rules/evaluate.h"

namespace coterie::understand {

using base::Result;
using base::Status;
using base::Timestamp;
using data::FeatureColumn;
using data::FeatureKind;
using profile::Aggregate;

namespace {

constexpr size_t kNoTotal = SIZE_MAX;
constexpr double kUnits = 10'000;  // of an amount
constexpr int64_t kMostClockChange = 26 * base::kHour;

bool matches(const LiveEvent& event, const Quantity& quantity) {
  if (event.behavior != quantity.behavior) return false;
  return std::all_of(quantity.filters.begin(), quantity.filters.end(), [&](const auto& filter) {
    const std::string_view text = event.texts[static_cast<size_t>(filter.field)];
    return !text.empty() && text == filter.value;
  });
}

void collect_thresholds(const Rule& rule, const Quantity& quantity, std::vector<double>& out) {
  for (const Rule& child : rule.children) collect_thresholds(child, quantity, out);
  if (rule.kind != Rule::Kind::kCondition || rule.condition.quantity != quantity) return;
  for (const RuleValue& value : rule.condition.values)
    if (const auto* number = std::get_if<double>(&value)) out.push_back(*number);
}

void append_missing(FeatureColumn& column) {
  if (column.kind == FeatureKind::kCategorical) {
    column.codes.push_back(FeatureColumn::kMissingCode);
  } else {
    column.values.push_back(0);
    column.valid.push_back(0);
  }
}

bool is_text(const Quantity& quantity) {
  return quantity.source == QuantitySource::kTrait || quantity.source == QuantitySource::kSegment;
}

}  // namespace

void LiveMembership::Totals::add(const Seen& seen) {
  last = events == 0 ? seen.ts : std::max(last, seen.ts);
  ++events;
  if (seen.amount == kNoAmount) return;
  least = amounts == 0 ? seen.amount : std::min(least, seen.amount);
  most = amounts == 0 ? seen.amount : std::max(most, seen.amount);
  sum += seen.amount;
  ++amounts;
}

LiveMembership::LiveMembership(std::vector<Rule> rules, const base::Calendar& calendar, Timestamp now)
    : rules_(std::move(rules)), calendar_(calendar), now_(now), counts_(rules_.size()) {
  for (const Rule& rule : rules_)
    for (Quantity& quantity : quantities(rule)) {
      auto& list = quantity.source == QuantitySource::kEvents ? event_quantities_ : other_quantities_;
      if (std::find(list.begin(), list.end(), quantity) == list.end()) list.push_back(std::move(quantity));
    }
  for (const Quantity& quantity : event_quantities_) {
    total_of_.push_back(quantity.window.is_all() ? totals_per_member_++ : kNoTotal);
    auto& thresholds = thresholds_.emplace_back();
    if (quantity.function == Aggregate::kDaysSince)
      for (const Rule& rule : rules_) collect_thresholds(rule, quantity, thresholds);
    row_.columns.emplace_back().name = to_text(quantity);
  }
  for (const Quantity& quantity : other_quantities_) {
    FeatureColumn column;
    column.name = to_text(quantity);
    column.kind = is_text(quantity) ? FeatureKind::kCategorical : FeatureKind::kNumeric;
    facts_.columns.push_back(column);
    row_.columns.push_back(std::move(column));
  }
  row_.users.resize(1);
  for (FeatureColumn& column : row_.columns) append_missing(column);
  from_.resize(event_quantities_.size());
  move_to(now);
}

uint32_t LiveMembership::add_user(std::string_view id) {
  const uint32_t user = ids_.get_or_add(id);
  if (user < members_.size()) return user;
  members_.emplace_back();
  totals_.resize(totals_.size() + totals_per_member_);
  holds_.resize(holds_.size() + rules_.size());
  for (FeatureColumn& column : facts_.columns) append_missing(column);
  return user;
}

void LiveMembership::set_fact(uint32_t user, size_t other, const std::optional<RuleValue>& value) {
  FeatureColumn& column = facts_.columns[other];
  if (column.kind == FeatureKind::kNumeric) {
    column.valid[user] = value ? 1 : 0;
    column.values[user] = value ? std::get<double>(*value) : 0;
    return;
  }
  if (!value) {
    column.codes[user] = FeatureColumn::kMissingCode;
    return;
  }
  const auto& text = std::get<std::string>(*value);
  const auto at = std::find(column.categories.begin(), column.categories.end(), text);
  column.codes[user] = static_cast<uint32_t>(at - column.categories.begin());
  if (at == column.categories.end()) column.categories.push_back(text);
}

// Where windows begin.
void LiveMembership::move_to(Timestamp now) {
  now_ = now;
  for (size_t q = 0; q < event_quantities_.size(); ++q) {
    const RuleWindow& window = event_quantities_[q].window;
    if (window.days > 0) from_[q] = calendar_.add_days(now, -window.days);
    if (window.seconds > 0) from_[q] = now - window.seconds * base::kSecond;
  }
}

void LiveMembership::keep(uint32_t user, const LiveEvent& event) {
  Member& member = members_[user];
  member.first = std::min(member.first, event.ts);
  for (uint32_t q = 0; q < event_quantities_.size(); ++q) {
    const Quantity& quantity = event_quantities_[q];
    if (!matches(event, quantity)) continue;
    const auto amount = event.amounts[static_cast<size_t>(quantity.field)];
    const Seen seen{event.ts, amount.value_or(kNoAmount), q};
    if (quantity.window.is_all() && event.ts < now_)
      totals_[user * totals_per_member_ + total_of_[q]].add(seen);
    else if (quantity.window.is_all() || event.ts >= from_[q])
      member.seen.push_back(seen);
  }
}

void LiveMembership::load(uint32_t user, const LiveEvent& event) { keep(user, event); }

// Lets go of what has left its window, and counts what lay ahead and needs no window.
void LiveMembership::settle(uint32_t user) {
  std::erase_if(members_[user].seen, [&](const Seen& seen) {
    const size_t total = total_of_[seen.quantity];
    if (total == kNoTotal) return seen.ts < from_[seen.quantity];
    if (seen.ts >= now_) return false;
    totals_[user * totals_per_member_ + total].add(seen);
    return true;
  });
}

LiveMembership::Value LiveMembership::value_of(uint32_t user, size_t q) const {
  const Quantity& quantity = event_quantities_[q];
  Totals in_window;
  const Totals* totals = &in_window;
  if (total_of_[q] != kNoTotal) {
    totals = &totals_[user * totals_per_member_ + total_of_[q]];
  } else {
    for (const Seen& seen : members_[user].seen)
      if (seen.quantity == q && seen.ts < now_ && seen.ts >= from_[q]) in_window.add(seen);
  }
  const bool has_amounts = totals->amounts > 0;
  switch (quantity.function) {
    case Aggregate::kCount: return {static_cast<double>(totals->events), true};
    case Aggregate::kSum: return {static_cast<double>(totals->sum) / kUnits, true};
    case Aggregate::kAvg:
      return {has_amounts ? static_cast<double>(totals->sum) / kUnits / static_cast<double>(totals->amounts)
                          : 0.0,
              has_amounts};
    case Aggregate::kMin: return {static_cast<double>(totals->least) / kUnits, has_amounts};
    case Aggregate::kMax: return {static_cast<double>(totals->most) / kUnits, has_amounts};
    case Aggregate::kDaysSince:
      return {static_cast<double>(now_ - totals->last) / static_cast<double>(base::kDay), totals->events > 0};
  }
  return {};
}

// The first instant as of which an event at `ts` is no longer in the window.
Timestamp LiveMembership::close_of(Timestamp ts, const RuleWindow& window) const {
  if (window.seconds > 0) return ts + window.seconds * base::kSecond + 1;
  const auto is_out = [&](Timestamp now) { return calendar_.add_days(now, -window.days) > ts; };
  const Timestamp likely = calendar_.add_days(ts, window.days) + 1;
  if (is_out(likely) && !is_out(likely - 1)) return likely;
  Timestamp in = likely - kMostClockChange,
            out = likely + kMostClockChange;  // a change of clocks lies between
  while (out - in > 1) {
    const Timestamp middle = in + (out - in) / 2;
    (is_out(middle) ? out : in) = middle;
  }
  return out;
}

Timestamp LiveMembership::next_of(uint32_t user) const {
  const Member& member = members_[user];
  Timestamp next = kNever;
  const auto consider = [&](Timestamp at) {
    if (at > now_) next = std::min(next, at);
  };
  if (member.first != kNever && member.first >= now_) consider(member.first + 1);
  for (const Seen& seen : member.seen) {
    if (seen.ts >= now_)
      consider(seen.ts + 1);
    else if (total_of_[seen.quantity] == kNoTotal)
      consider(close_of(seen.ts, event_quantities_[seen.quantity].window));
  }
  for (size_t q = 0; q < event_quantities_.size(); ++q) {
    if (thresholds_[q].empty()) continue;
    const Value days = value_of(user, q);
    if (!days.is_known) continue;
    const Timestamp last = now_ - std::llround(days.value * static_cast<double>(base::kDay));
    for (const double threshold : thresholds_[q]) {
      if (!(std::abs(threshold) < 1e6)) continue;
      const Timestamp about = last + std::llround(threshold * static_cast<double>(base::kDay));
      for (const Timestamp at : {about - 1, about, about + 1}) consider(at);
    }
  }
  return next;
}

void LiveMembership::schedule(uint32_t user) {
  Member& member = members_[user];
  const Timestamp next = member.is_excluded ? kNever : next_of(user);
  if (next == member.next) return;
  member.next = next;
  if (next != kNever) due_.emplace(next, user);
}

void LiveMembership::fill_row(uint32_t user) {
  for (size_t q = 0; q < event_quantities_.size(); ++q) {
    const Value value = value_of(user, q);
    row_.columns[q].values[0] = value.is_known ? value.value : 0;
    row_.columns[q].valid[0] = value.is_known ? 1 : 0;
  }
  for (size_t f = 0; f < facts_.columns.size(); ++f) {
    const FeatureColumn& from = facts_.columns[f];
    FeatureColumn& to = row_.columns[event_quantities_.size() + f];
    if (from.kind == FeatureKind::kNumeric) {
      to.values[0] = from.values[user];
      to.valid[0] = from.valid[user];
    } else {
      const bool is_missing = from.is_missing(user);
      to.codes[0] = is_missing ? FeatureColumn::kMissingCode : 0;
      to.categories.clear();
      if (!is_missing) to.categories.push_back(from.categories[from.codes[user]]);
    }
  }
}

Status LiveMembership::judge(uint32_t user, std::vector<MembershipChange>* changes) {
  settle(user);
  fill_row(user);
  const bool is_one = is_member(members_[user]);
  for (uint32_t rule = 0; rule < rules_.size(); ++rule) {
    bool now_holds = false;
    if (is_one) {
      COTERIE_ASSIGN_OR_STATUS(const auto holds, evaluate(rules_[rule], row_));
      now_holds = holds[0] != 0;
    }
    uint8_t& held = holds_[user * rules_.size() + rule];
    if ((held != 0) == now_holds) continue;
    held = now_holds ? 1 : 0;
    counts_[rule] += now_holds ? 1 : static_cast<size_t>(-1);
    if (changes != nullptr) changes->push_back({now_, rule, user, now_holds});
  }
  schedule(user);
  return {};
}

Status LiveMembership::start() {
  // Column by column, as for a preview; judge() takes one member at a time.
  data::FeatureTable table = facts_;
  table.users.resize(members_.size());
  std::vector<FeatureColumn> events(event_quantities_.size());
  for (size_t q = 0; q < events.size(); ++q) {
    events[q].name = row_.columns[q].name;
    events[q].values.resize(members_.size());
    events[q].valid.resize(members_.size());
  }
  for (uint32_t user = 0; user < members_.size(); ++user) {
    settle(user);
    members_[user].seen.shrink_to_fit();
    for (size_t q = 0; q < events.size(); ++q) {
      const Value value = value_of(user, q);
      events[q].values[user] = value.is_known ? value.value : 0;
      events[q].valid[user] = value.is_known ? 1 : 0;
    }
    schedule(user);
  }
  for (FeatureColumn& column : events) table.columns.push_back(std::move(column));
  for (uint32_t rule = 0; rule < rules_.size(); ++rule) {
    COTERIE_ASSIGN_OR_STATUS(const auto holds, evaluate(rules_[rule], table));
    for (uint32_t user = 0; user < members_.size(); ++user) {
      const bool is = holds[user] != 0 && is_member(members_[user]);
      holds_[user * rules_.size() + rule] = is ? 1 : 0;
      counts_[rule] += is ? 1 : 0;
    }
  }
  return {};
}

Status LiveMembership::add(uint32_t user, const LiveEvent& event, std::vector<MembershipChange>* changes) {
  keep(user, event);
  return judge(user, changes);
}

Status LiveMembership::refresh(uint32_t user, std::vector<MembershipChange>* changes) {
  return judge(user, changes);
}

std::optional<Timestamp> LiveMembership::next_change() const {
  // The front may be an entry that its member has outlived; it is then early, and does no harm.
  return due_.empty() ? std::nullopt : std::optional(due_.top().first);
}

Status LiveMembership::advance(Timestamp now, std::vector<MembershipChange>* changes) {
  while (!due_.empty() && due_.top().first <= now) {
    const auto [at, user] = due_.top();
    due_.pop();
    if (members_[user].next != at) continue;
    members_[user].next = kNever;
    move_to(std::max(now_, at));
    COTERIE_RETURN_IF_ERROR(judge(user, changes));
  }
  move_to(std::max(now_, now));
  return {};
}

}  // namespace coterie::understand

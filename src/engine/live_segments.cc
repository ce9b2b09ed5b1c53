#include "engine/live_segments.h"

#include <algorithm>

#include "engine/rule_facts.h"
#include "engine/rule_segments.h"
#include "engine/run_record.h"
#include "profile/as_of.h"
#include "store/catalog.h"
#include "store/lease.h"
#include "understand/rules/evaluate.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using base::Timestamp;
using store::Parameter;
using store::Rows;
using store::TableKind;
using understand::LiveEvent;
using understand::LiveMembership;
using understand::MembershipChange;
using understand::Quantity;
using understand::QuantitySource;
using understand::RuleValue;

namespace {

constexpr size_t kMostLoads = 5;      // a shop that commits all the time must not keep us for ever
constexpr size_t kFewUsers = 8;       // whose traits are read one by one
constexpr uint64_t kUserBytes = 160;  // id, index, state
constexpr uint64_t kEventBytes = 24;  // inside a window
constexpr uint64_t kTotalBytes = 64;

// The columns that quantities ask for; the others are NULL. In the order of LiveEvent.
std::string event_columns(std::span<const Quantity> quantities) {
  std::string out = "user_id, behavior, epoch_us(ts)";
  const auto amounts = profile::amount_field_names();
  const auto texts = profile::text_field_names();
  for (size_t field = 0; field < amounts.size(); ++field) {
    const bool is_asked = std::any_of(quantities.begin(), quantities.end(), [&](const Quantity& quantity) {
      return static_cast<size_t>(quantity.field) == field;
    });
    out += is_asked ? fmt::format(", {}", amounts[field]) : std::string(", CAST(NULL AS DECIMAL(18, 4))");
  }
  for (size_t field = 0; field < texts.size(); ++field) {
    const bool is_asked = std::any_of(quantities.begin(), quantities.end(), [&](const Quantity& quantity) {
      return std::any_of(quantity.filters.begin(), quantity.filters.end(),
                         [&](const auto& filter) { return static_cast<size_t>(filter.field) == field; });
    });
    out += is_asked ? fmt::format(", {}", texts[field]) : std::string(", CAST(NULL AS VARCHAR)");
  }
  return out;
}

LiveEvent event_at(const Rows& rows, size_t i) {
  LiveEvent out{rows.text(1, i), rows.int64(2, i)};
  size_t column = 3;
  for (auto& amount : out.amounts) {
    if (!rows.is_null(column, i)) amount = rows.int64(column, i);
    ++column;
  }
  for (auto& text : out.texts) {
    if (!rows.is_null(column, i)) text = rows.text(column, i);
    ++column;
  }
  return out;
}

bool is_of_run(const Quantity& quantity) { return quantity.source != QuantitySource::kTrait; }

std::optional<RuleValue> value_at(const data::FeatureColumn& column, size_t row) {
  if (column.is_missing(row)) return std::nullopt;
  if (column.kind == data::FeatureKind::kNumeric) return column.values[row];
  return column.categories[column.codes[row]];
}

}  // namespace

Result<std::vector<FollowedRule>> rules_to_follow(store::Workspace& workspace,
                                                  const std::vector<std::string>& names) {
  std::vector<FollowedRule> out;
  std::vector<std::string> wanted = names;
  if (wanted.empty()) {
    COTERIE_ASSIGN(const auto all, rule_segments(workspace));
    for (const RuleSegment& segment : all) wanted.push_back(segment.name);
  }
  if (wanted.empty())
    return base::error(
        Code::kFailedPrecondition,
        "no segment is defined by a rule yet; `coterie segments {} create NAME RULE` defines one",
        workspace.folder().string());
  for (const std::string& name : wanted) {
    COTERIE_ASSIGN(auto rule, rule_of_segment(workspace, name));
    out.push_back({name, std::move(rule)});
  }
  return out;
}

Result<std::unique_ptr<LiveSegments>> LiveSegments::open(store::Workspace& workspace,
                                                         std::vector<FollowedRule> rules, Timestamp now,
                                                         const base::Context& context) {
  auto out = std::unique_ptr<LiveSegments>(new LiveSegments(workspace, std::move(rules), context));
  COTERIE_CHECK_OK(out->load(now));
  return out;
}

// All of it belongs to one generation: when another was committed while it was read, it is read again.
Status LiveSegments::load(Timestamp now) {
  for (size_t load = 0; load < kMostLoads; ++load) {
    COTERIE_ASSIGN_OR_STATUS(pinned_, workspace_.connect_pinned(context_));
    generation_ = pinned_->lease()->generation();
    std::vector<understand::Rule> rules;
    for (const FollowedRule& followed : rules_) rules.push_back(followed.rule);
    auto live = std::make_unique<LiveMembership>(std::move(rules), workspace_.calendar(), now);
    traits_due_.clear();
    memory_.clear();
    COTERIE_RETURN_IF_ERROR(load_members(*live));
    COTERIE_RETURN_IF_ERROR(load_events(*live));
    COTERIE_ASSIGN_OR_STATUS(auto marks, workspace_.connect(context_, {{TableKind::kUsers}, {}}));
    COTERIE_RETURN_IF_ERROR(exclude_marked(*marks, *live, now));
    COTERIE_RETURN_IF_ERROR(plan_traits(*marks, *live));
    COTERIE_ASSIGN_OR_STATUS(const int64_t newest, workspace_.catalog().newest_generation());
    if (newest != generation_) continue;
    live_ = std::move(live);
    return live_->start();
  }
  return base::failure(Code::kUnavailable, "the shop was changed {} times while it was read; try again",
                       kMostLoads);
}

// Sets what rules ask for beside events: traits as of an instant, or what the newest run computed. Without `users`, of all, who
// become members by it when the facts are traits.
Status LiveSegments::set_facts(LiveMembership& live, const std::vector<uint32_t>& users, bool are_traits,
                               Timestamp as_of) {
  std::vector<Quantity> asked;
  std::vector<size_t> places;
  const auto others = live.other_quantities();
  for (size_t i = 0; i < others.size(); ++i) {
    if (is_of_run(others[i]) == are_traits) continue;
    asked.push_back(others[i]);
    places.push_back(i);
  }
  if (asked.empty() && (!are_traits || !users.empty())) return {};
  const auto set_row = [&](const data::FeatureTable& table, size_t row, uint32_t user) {
    for (size_t i = 0; i < asked.size(); ++i) live.set_fact(user, places[i], value_at(table.columns[i], row));
  };
  const bool one_by_one = !users.empty() && users.size() <= kFewUsers;
  if (one_by_one) {
    for (const uint32_t user : users) {
      COTERIE_ASSIGN_OR_STATUS(const RuleFacts facts,
                               rule_facts(workspace_, {as_of, asked, live.user_id(user)}, context_));
      if (facts.table.rows() == 1) set_row(facts.table, 0, user);
    }
    return {};
  }
  COTERIE_ASSIGN_OR_STATUS(const RuleFacts facts, rule_facts(workspace_, {as_of, asked}, context_));
  const std::vector<std::string>& ids = facts.table.users;
  if (users.empty()) {
    for (size_t row = 0; row < ids.size(); ++row) {
      const uint32_t user = live.user(ids[row]);
      if (are_traits) live.make_member(user);
      set_row(facts.table, row, user);
    }
    return {};
  }
  for (const uint32_t user : users) {
    const auto at = std::lower_bound(ids.begin(), ids.end(), live.user_id(user));
    if (at != ids.end() && *at == live.user_id(user))
      set_row(facts.table, static_cast<size_t>(at - ids.begin()), user);
  }
  return {};
}

Status LiveSegments::load_members(LiveMembership& live) {
  COTERIE_RETURN_IF_ERROR(set_facts(live, {}, true, live.now()));
  const auto others = live.other_quantities();
  if (std::any_of(others.begin(), others.end(), is_of_run)) {
    COTERIE_ASSIGN_OR_STATUS(const auto record, latest_record(workspace_));
    COTERIE_ASSIGN_OR_STATUS(const Timestamp as_of,
                             base::parse_instant(record["as_of"].get<std::string>(), workspace_.calendar()));
    COTERIE_RETURN_IF_ERROR(set_facts(live, {}, false, as_of));
  }
  COTERIE_ASSIGN_OR_STATUS(
      auto memory,
      context_.budget->reserve(live.users() * (kUserBytes + kTotalBytes * live.event_quantities().size()),
                               "members"));
  memory_.push_back(std::move(memory));
  return {};
}

Status LiveSegments::load_events(LiveMembership& live) {
  COTERIE_ASSIGN_OR_STATUS(auto source, profile::AsOf::open(workspace_, context_));
  const auto quantities = live.event_quantities();
  std::vector<std::string> names;
  std::vector<std::string_view> behaviors;
  Timestamp from = live.now();
  for (const Quantity& quantity : quantities) {
    if (std::find(behaviors.begin(), behaviors.end(), quantity.behavior) == behaviors.end())
      behaviors.push_back(quantity.behavior);
    if (quantity.window.is_all()) from = std::numeric_limits<int64_t>::min() / 2;
    if (quantity.window.days > 0)
      from = std::min(from, workspace_.calendar().add_days(live.now(), -quantity.window.days));
    if (quantity.window.seconds > 0)
      from = std::min(from, live.now() - quantity.window.seconds * base::kSecond);
  }
  std::string list;
  for (size_t i = 0; i < behaviors.size(); ++i) names.push_back(fmt::format("b{}", i));
  std::vector<Parameter> parameters = {{"from", std::max<Timestamp>(from, -4'000'000'000'000'000)}};
  for (size_t i = 0; i < behaviors.size(); ++i) {
    parameters.push_back({names[i], behaviors[i]});
    list += fmt::format("{}${}", i == 0 ? "" : ", ", names[i]);
  }
  const std::string sql = fmt::format(
      "SELECT {} FROM events WHERE bucket BETWEEN $first_bucket AND $last_bucket AND user_id IS NOT NULL"
      " AND ts >= make_timestamp($from) AND behavior IN ({})",
      event_columns(quantities), list);
  // Who is no member yet becomes one with the first event that lies ahead.
  const Parameter ahead[] = {{"now", live.now()}};
  COTERIE_RETURN_IF_ERROR(source->connection().query(
      "SELECT user_id, epoch_us(min(ts)) FROM events WHERE ts >= make_timestamp($now) AND user_id IS NOT NULL"
      " GROUP BY user_id ORDER BY user_id",
      ahead, [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i) {
          const uint32_t user = live.user(rows.text(0, i));
          live.load(user, {"", rows.int64(1, i)});
          traits_due_.emplace(rows.int64(1, i) + 1,
                              user);  // no member yet: its traits are read when it is one
        }
        return {};
      }));
  if (behaviors.empty()) return {};
  return source->for_each_range([&](const profile::BucketRange& range) -> Status {
    uint64_t events = 0;
    COTERIE_RETURN_IF_ERROR(source->connection().query(
        sql, with_buckets(parameters, range),
        [&](const Rows& rows) -> Status {
          for (size_t i = 0; i < rows.size(); ++i) live.load(live.user(rows.text(0, i)), event_at(rows, i));
          events += rows.size();
          return {};
        },
        context_.cancel));
    COTERIE_ASSIGN_OR_STATUS(auto memory,
                             context_.budget->reserve(events * kEventBytes, "events in windows"));
    memory_.push_back(std::move(memory));
    return {};
  });
}

// Bots, test users and the shop's own people.
Status LiveSegments::exclude_marked(store::Connection& connection, LiveMembership& live, Timestamp as_of) {
  const Parameter now[] = {{"now", as_of}};
  return connection.query(
      "SELECT DISTINCT user_id FROM users WHERE trait IN ('is_bot', 'is_test', 'is_internal') AND value = "
      "'true'"
      " AND valid_from <= make_timestamp($now) ORDER BY user_id",
      now, [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i) live.exclude(live.user(rows.text(0, i)));
        return {};
      });
}

// The instants at which traits begin to hold.
Status LiveSegments::plan_traits(store::Connection& connection, LiveMembership& live) {
  const Parameter now[] = {{"now", live.now()}};
  return connection.query(
      "SELECT DISTINCT user_id, epoch_us(valid_from) FROM users WHERE valid_from > make_timestamp($now)"
      " ORDER BY 2, 1",
      now, [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i)
          traits_due_.emplace(rows.int64(1, i), live.user(rows.text(0, i)));
        return {};
      });
}

Result<bool> LiveSegments::ran_since(int64_t until) const {
  const auto others = live_->other_quantities();
  if (std::none_of(others.begin(), others.end(), is_of_run)) return false;
  for (int64_t generation = generation_ + 1; generation <= until; ++generation) {
    COTERIE_ASSIGN(const std::string what, workspace_.catalog().what(generation));
    if (what == "run" || what == "divisions") return true;
  }
  return false;
}

Result<size_t> LiveSegments::poll(std::vector<SegmentChange>* changes) {
  COTERIE_ASSIGN(const int64_t newest, workspace_.catalog().newest_generation());
  if (newest == generation_) return 0;
  COTERIE_ASSIGN(const bool has_run, ran_since(newest));
  if (has_run) {
    COTERIE_CHECK_OK(reload(changes));
    return 0;
  }
  std::vector<MembershipChange> found;
  COTERIE_ASSIGN(const size_t events, take_arrived(newest, &found));
  tell(found, changes);
  generation_ = newest;
  COTERIE_CHECK_OK(pinned_->lease()->pin(newest));
  return events;
}

Result<size_t> LiveSegments::take_arrived(int64_t until, std::vector<MembershipChange>* changes) {
  auto& connection = *pinned_;
  COTERIE_CHECK_OK(workspace_.add_views_of_arrived(connection, {{TableKind::kEvents, TableKind::kUsers}, {}},
                                                   until, *context_.pool));
  struct Arrived {
    std::string behavior;
    std::array<std::string, 6> texts;
    LiveEvent event;
    uint32_t user;
  };
  std::vector<Arrived> arrived;  // read whole first: a file that cannot be read must leave nothing behind
  COTERIE_CHECK_OK(connection.query(
      fmt::format("SELECT {} FROM events WHERE user_id IS NOT NULL ORDER BY ts, event_id",
                  event_columns(live_->event_quantities())),
      {},
      [&](const Rows& rows) -> Status {
        for (size_t i = 0; i < rows.size(); ++i) {
          Arrived& one = arrived.emplace_back();
          one.event = event_at(rows, i);
          one.behavior = one.event.behavior;
          for (size_t t = 0; t < one.texts.size(); ++t) one.texts[t] = one.event.texts[t];
          one.user = live_->user(rows.text(0, i));
        }
        return {};
      },
      context_.cancel));
  std::vector<uint32_t> touched;
  COTERIE_CHECK_OK(connection.query("SELECT DISTINCT user_id FROM users ORDER BY user_id", {},
                                    [&](const Rows& rows) -> Status {
                                      for (size_t i = 0; i < rows.size(); ++i)
                                        touched.push_back(live_->user(rows.text(0, i)));
                                      return {};
                                    }));
  COTERIE_CHECK_OK(exclude_marked(connection, *live_, live_->now()));
  COTERIE_CHECK_OK(plan_traits(connection, *live_));
  // Traits are read of members alone, as of an instant at which they are.
  for (const Arrived& one : arrived) {
    if (live_->is_member(one.user)) continue;
    if (one.event.ts >= live_->now())
      traits_due_.emplace(one.event.ts + 1, one.user);
    else if (touched.empty() || touched.back() != one.user)
      touched.push_back(one.user);
  }
  if (!touched.empty()) COTERIE_CHECK_OK(set_facts(*live_, touched, true, live_->now()));
  for (Arrived& one : arrived) {
    one.event.behavior = one.behavior;
    for (size_t t = 0; t < one.texts.size(); ++t) one.event.texts[t] = one.texts[t];
    COTERIE_CHECK_OK(live_->add(one.user, one.event, changes));
  }
  for (const uint32_t user : touched) COTERIE_CHECK_OK(live_->refresh(user, changes));
  return arrived.size();
}

Status LiveSegments::advance(Timestamp now, std::vector<SegmentChange>* changes) {
  std::vector<MembershipChange> found;
  while (!traits_due_.empty() && traits_due_.begin()->first <= now) {
    const Timestamp due = traits_due_.begin()->first;
    std::vector<uint32_t> users;
    while (!traits_due_.empty() && traits_due_.begin()->first == due) {
      users.push_back(traits_due_.begin()->second);
      traits_due_.erase(traits_due_.begin());
    }
    // What is due at that instant is judged by the traits that hold from it on.
    COTERIE_RETURN_IF_ERROR(live_->advance(due - 1, &found));
    COTERIE_ASSIGN_OR_STATUS(auto connection, workspace_.connect(context_, {{TableKind::kUsers}, {}}));
    COTERIE_RETURN_IF_ERROR(exclude_marked(*connection, *live_, due));
    COTERIE_RETURN_IF_ERROR(set_facts(*live_, users, true, due));
    COTERIE_RETURN_IF_ERROR(live_->advance(due, &found));
    for (const uint32_t user : users) COTERIE_RETURN_IF_ERROR(live_->refresh(user, &found));
  }
  COTERIE_RETURN_IF_ERROR(live_->advance(now, &found));
  tell(found, changes);
  return {};
}

// After a run everything that it computed is new.
Status LiveSegments::reload(std::vector<SegmentChange>* changes) {
  const auto before = std::move(live_);
  const Timestamp now = before->now();
  COTERIE_RETURN_IF_ERROR(load(now));
  std::vector<MembershipChange> found;
  for (uint32_t user = 0; user < live_->users(); ++user) {
    const std::string& id = live_->user_id(user);
    const uint32_t was = before->user(id);
    for (uint32_t rule = 0; rule < rules_.size(); ++rule)
      if (before->holds(rule, was) != live_->holds(rule, user))
        found.push_back({now, rule, user, live_->holds(rule, user)});
  }
  tell(found, changes);
  return {};
}

void LiveSegments::tell(const std::vector<MembershipChange>& from, std::vector<SegmentChange>* to) const {
  for (const MembershipChange& change : from)
    to->push_back({change.at, rules_[change.rule].name, live_->user_id(change.user), change.holds});
}

size_t LiveSegments::users() const {
  size_t members = 0;
  for (uint32_t user = 0; user < live_->users(); ++user) members += live_->is_member(user) ? 1 : 0;
  return members;
}

std::vector<std::string> LiveSegments::members(size_t rule) const {
  std::vector<std::string> out;
  for (uint32_t user = 0; user < live_->users(); ++user)
    if (live_->holds(static_cast<uint32_t>(rule), user)) out.push_back(live_->user_id(user));
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace coterie::engine

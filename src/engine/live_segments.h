// Segments that rules define, followed: who comes and who leaves as events arrive and windows close.
//
// It stands on one generation and moves on by what was committed since, read once, whether compaction came between or not.
// What a run computes (features, RFM, scores, segments) stands as of the newest run until the next one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "base/time.h"
#include "store/duckdb.h"
#include "store/workspace.h"
#include "understand/rules/live_membership.h"

namespace coterie::engine {

struct FollowedRule {
  std::string name;
  understand::Rule rule;  ///< resolved: it includes no segments
};

struct SegmentChange {
  base::Timestamp at = 0;
  std::string segment, user_id;
  bool came = false;  ///< else left
};

/// Rule segments by name, resolved; all of them where none is named. Errors: kNotFound; kFailedPrecondition (there are none).
base::Result<std::vector<FollowedRule>> rules_to_follow(store::Workspace& workspace,
                                                        const std::vector<std::string>& names);

/// Not thread safe. At every instant and generation it agrees with rule_members().
class LiveSegments {
 public:
  /// Reads the shop as of `now`. Errors: those of rule_facts(); kResourceExhausted.
  static base::Result<std::unique_ptr<LiveSegments>> open(store::Workspace& workspace,
                                                          std::vector<FollowedRule> rules,
                                                          base::Timestamp now, const base::Context& context);

  /// Takes what was committed since; how many events. Changes are appended. Errors: kDataLoss and those of the query engine;
  /// then nothing was taken, and the next call tries again.
  base::Result<size_t> poll(std::vector<SegmentChange>* changes);

  /// Moves time, never back.
  base::Status advance(base::Timestamp now, std::vector<SegmentChange>* changes);

  size_t rules() const { return rules_.size(); }
  const std::string& name(size_t rule) const { return rules_[rule].name; }
  size_t count(size_t rule) const { return live_->count(static_cast<uint32_t>(rule)); }
  /// Members of the shop.
  size_t users() const;
  base::Timestamp now() const { return live_->now(); }
  /// Ascending.
  std::vector<std::string> members(size_t rule) const;

 private:
  LiveSegments(store::Workspace& workspace, std::vector<FollowedRule> rules, const base::Context& context)
      : workspace_(workspace), rules_(std::move(rules)), context_(context) {}

  base::Status load(base::Timestamp now);
  base::Status load_members(understand::LiveMembership& live);
  base::Status load_events(understand::LiveMembership& live);
  base::Status set_facts(understand::LiveMembership& live, const std::vector<uint32_t>& users,
                         bool are_traits, base::Timestamp as_of);
  base::Status exclude_marked(store::Connection& connection, understand::LiveMembership& live,
                              base::Timestamp as_of);
  base::Status plan_traits(store::Connection& connection, understand::LiveMembership& live);
  base::Result<size_t> take_arrived(int64_t until, std::vector<understand::MembershipChange>* changes);
  base::Status reload(std::vector<SegmentChange>* changes);
  base::Result<bool> ran_since(int64_t until) const;
  void tell(const std::vector<understand::MembershipChange>& from, std::vector<SegmentChange>* to) const;

  store::Workspace& workspace_;
  std::vector<FollowedRule> rules_;
  base::Context context_;
  std::unique_ptr<store::Connection> pinned_;  // its lease keeps what is not read yet
  int64_t generation_ = 0;
  std::unique_ptr<understand::LiveMembership> live_;
  std::multimap<base::Timestamp, uint32_t> traits_due_;  // traits that are valid from a later instant on
  std::vector<base::MemoryBudget::Reservation> memory_;
};

}  // namespace coterie::engine

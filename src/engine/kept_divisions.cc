#include "engine/kept_divisions.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "engine/division_documents.h"
#include "engine/divisions.h"
#include "engine/kept_names.h"
#include "engine/results.h"
#include "engine/rule_facts.h"
#include "engine/rule_segments.h"
#include "engine/run_record.h"
#include "engine/segment_names.h"
#include "engine/stored_features.h"
#include "store/commit.h"
#include "understand/rules/parse_rule.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using base::Timestamp;
using data::FeatureTable;
using nlohmann::json;
using store::Rows;
using store::TableKind;
using understand::QuantitySource;

namespace {

constexpr size_t kMaxDivisionNameBytes = 40;

// Gives the segments of a record their names, and counts who was in each of them before.
Status name_segments(store::Connection& connection, const FeatureTable& facts, const FoundDivision& found,
                     KeptDivision& division) {
  COTERIE_ASSIGN_OR_STATUS(const auto before, stored_membership(connection, division.name, facts));
  SegmentMembership now{division.name, std::vector<std::string>(found.keys.size()), {}, found.labels};
  for (size_t row = 0; row < facts.rows(); ++row) now.rows.push_back(static_cast<uint32_t>(row));
  std::vector<std::string> known;
  for (const std::string& key : found.keys) {
    const auto at = key.empty() ? division.names.end() : division.names.find(key);
    known.push_back(at == division.names.end() ? "" : at->second);
  }
  keep_names(before, facts, known, division.name, &now, &division.next);
  std::vector<int64_t> users_before(before.segments.size());
  for (const uint32_t s : before.segment_of) ++users_before[s];
  for (size_t s = 0; s < found.keys.size(); ++s) {
    const std::string& name = now.segments[s];
    if (!found.keys[s].empty()) {
      std::erase_if(division.names, [&](const auto& entry) { return entry.second == name; });
      division.names[found.keys[s]] = name;
    }
    const auto was = std::find(before.segments.begin(), before.segments.end(), name);
    json& segment = division.record["segments"][s];
    segment["name"] = name;
    segment["method"] = division.name;
    segment["before"] = was == before.segments.end()
                            ? json()
                            : json(users_before[static_cast<size_t>(was - before.segments.begin())]);
  }
  return {};
}

// The rows of members whom the run knows: who came since is in no table of its.
void keep_members(FeatureTable& facts, const std::vector<std::string>& users) {
  std::vector<size_t> rows;
  size_t user = 0;
  for (size_t row = 0; row < facts.rows(); ++row) {
    while (user < users.size() && users[user] < facts.users[row]) ++user;
    if (user < users.size() && users[user] == facts.users[row]) rows.push_back(row);
  }
  if (rows.size() == facts.rows()) return;
  const auto choose = [&](auto& values) {
    if (values.empty()) return;
    for (size_t i = 0; i < rows.size(); ++i)
      if (rows[i] != i) values[i] = std::move(values[rows[i]]);
    values.resize(rows.size());
  };
  choose(facts.users);
  for (auto& column : facts.columns) {
    choose(column.values);
    choose(column.valid);
    choose(column.codes);
  }
}

// Reads the facts of several divisions at once and computes each.
class Refresher {
 public:
  static Result<Refresher> open(store::Workspace& workspace, const base::Context& context) {
    COTERIE_ASSIGN(const json record, latest_record(workspace));
    Refresher out(workspace, context);
    COTERIE_ASSIGN(out.run_, latest_fingerprint(workspace));
    COTERIE_ASSIGN(out.as_of_, base::parse_instant(record["as_of"].get<std::string>(), workspace.calendar()));
    return out;
  }

  const std::string& run() const { return run_; }

  // Errors: what the words ask for is not to be had.
  Result<DivisionRequest> plan(const DivisionWords& words) {
    COTERIE_ASSIGN(DivisionRequest request, read_division(words));
    request.as_of = as_of_;
    const auto methods = run_methods();
    for (const auto& quantity : request.by)
      if (quantity.source == QuantitySource::kSegment &&
          std::find(methods.begin(), methods.end(), quantity.name) == methods.end())
        return base::error(Code::kInvalidArgument,
                           "{} is of a division that is kept; one that is kept is not made from another",
                           understand::to_text(quantity));
    COTERIE_CHECK_OK(check_rule_facts(*workspace_, {as_of_, request.by, {}}, *context_));
    return request;
  }

  Status read(std::span<const DivisionRequest> requests) {
    std::vector<understand::Quantity> all;
    for (const DivisionRequest& request : requests)
      for (const auto& quantity : request.by)
        if (std::find(all.begin(), all.end(), quantity) == all.end()) all.push_back(quantity);
    COTERIE_ASSIGN_OR_STATUS(facts_, rule_facts(*workspace_, {as_of_, all, {}}, *context_));
    COTERIE_ASSIGN_OR_STATUS(
        stored_, workspace_->connect(*context_, {{TableKind::kSegments, TableKind::kFeatures}, {}}));
    COTERIE_ASSIGN_OR_STATUS(const auto members, read_stored_features(*stored_, {}, context_->cancel));
    keep_members(facts_.table, members.users);
    // Labels of each division, and what naming one takes.
    COTERIE_ASSIGN_OR_STATUS(
        memory_, context_->budget->reserve(
                     facts_.table.rows() * (requests.size() * sizeof(uint32_t) + 4 * kMembershipBytes),
                     "segments of members"));
    return {};
  }

  // The segment of each of users().
  Result<std::vector<uint32_t>> compute(const DivisionRequest& request, KeptDivision& division) {
    COTERIE_ASSIGN(FoundDivision found,
                   find_division(facts_.table, request, workspace_->calendar(), *context_));
    if (found.keys.size() > kMostKeptSegments)
      return base::error(Code::kInvalidArgument,
                         "{} segments; a division that is kept has at most {}: divide by less, or raise "
                         "--min-users",
                         found.keys.size(), kMostKeptSegments);
    KeptDivision next = division;
    next.record = std::move(found.record);
    next.run = run_;
    COTERIE_CHECK_OK(name_segments(*stored_, facts_.table, found, next));
    division = std::move(next);
    return std::move(found.labels);
  }

  const std::vector<std::string>& users() const { return facts_.table.users; }  // ascending

 private:
  Refresher(store::Workspace& workspace, const base::Context& context)
      : workspace_(&workspace), context_(&context) {}

  store::Workspace* workspace_;
  const base::Context* context_;
  std::string run_;
  Timestamp as_of_ = 0;
  RuleFacts facts_;
  std::unique_ptr<store::Connection> stored_;
  base::MemoryBudget::Reservation memory_;
};

struct FreshDivision {
  KeptDivision division;
  std::vector<uint32_t> labels;  // of the refresher's users
};

// What a commit changes. Others may have kept, replaced and deleted divisions meanwhile, and run: what they left is
// looked at again under the lock of the commit.
struct DivisionChange {
  const Refresher* refresher = nullptr;  // where `fresh` comes from
  std::vector<FreshDivision> fresh = {};
  bool are_new = false;  // else those that others replaced or deleted are left to them
  std::optional<std::string> removed = {};
  std::function<Status(const std::vector<KeptDivision>& now)> check = {};
};

SegmentMembership on_users(const FeatureTable& users, const std::vector<std::string>& fresh_users,
                           const FreshDivision& fresh) {
  SegmentMembership out{fresh.division.name, {}, {}, {}};
  for (const json& segment : fresh.division.record["segments"]) out.segments.push_back(segment["name"]);
  size_t row = 0;
  for (size_t i = 0; i < fresh_users.size(); ++i) {
    while (row < users.rows() && users.users[row] < fresh_users[i]) ++row;
    if (row == users.rows() || users.users[row] != fresh_users[i]) continue;
    out.rows.push_back(static_cast<uint32_t>(row));
    out.segment_of.push_back(fresh.labels[i]);
  }
  return out;
}

// Drops what others have replaced or deleted, and puts the rest into its place, by name.
void merge_fresh(DivisionChange& change, std::vector<KeptDivision>& now) {
  std::erase_if(change.fresh, [&](const FreshDivision& fresh) {
    const auto known = std::find_if(now.begin(), now.end(), [&](const KeptDivision& division) {
      return division.name == fresh.division.name;
    });
    const bool is_same = known != now.end() && known->created_at == fresh.division.created_at &&
                         to_json(known->words) == to_json(fresh.division.words);
    if (!change.are_new && !is_same) return true;
    if (known != now.end()) now.erase(known);
    const auto place = std::find_if(now.begin(), now.end(), [&](const KeptDivision& division) {
      return division.name > fresh.division.name;
    });
    now.insert(place, fresh.division);
    return false;
  });
  if (change.removed)
    std::erase_if(now, [&](const KeptDivision& division) { return division.name == *change.removed; });
}

// Of every method that the table of segments will hold.
Result<std::vector<SegmentMembership>> memberships_after(store::Connection& connection,
                                                         const FeatureTable& users,
                                                         const DivisionChange& change) {
  COTERIE_ASSIGN(auto out, stored_memberships(connection, users, [&](std::string_view method) {
                   return change.removed != method && std::none_of(change.fresh.begin(), change.fresh.end(),
                                                                   [&](const FreshDivision& fresh) {
                                                                     return fresh.division.name == method;
                                                                   });
                 }));
  for (const FreshDivision& fresh : change.fresh)
    out.push_back(on_users(users, change.refresher->users(), fresh));
  return out;
}

// Errors: kUnavailable when another run has finished since the facts were read.
Status commit_change(store::Workspace& workspace, DivisionChange change, const DrawReport& draw_report,
                     const base::Context& context) {
  COTERIE_ASSIGN_OR_STATUS(auto commit, store::Commit::begin(workspace, "divisions"));
  COTERIE_ASSIGN_OR_STATUS(auto divisions, read_divisions(workspace));
  if (change.check) COTERIE_RETURN_IF_ERROR(change.check(divisions));
  if (change.refresher != nullptr) {
    COTERIE_ASSIGN_OR_STATUS(const std::string run, latest_fingerprint(workspace));
    if (run != change.refresher->run())
      return base::failure(Code::kUnavailable, "another run finished meanwhile; try again");
  }
  merge_fresh(change, divisions);
  if (change.fresh.empty() && !change.removed) return {};
  COTERIE_ASSIGN_OR_STATUS(auto connection,
                           workspace.connect(context, {{TableKind::kSegments, TableKind::kFeatures}, {}}));
  COTERIE_ASSIGN_OR_STATUS(const auto users, read_stored_features(*connection, {}, context.cancel));
  const size_t methods = run_methods().size() + divisions.size();
  COTERIE_ASSIGN_OR_STATUS(
      const auto memory,
      context.budget->reserve(users.rows() * methods * kMembershipBytes, "segments of members"));
  COTERIE_ASSIGN_OR_STATUS(const auto memberships, memberships_after(*connection, users, change));
  COTERIE_RETURN_IF_ERROR(write_segments(*connection, users, memberships, *commit, context));
  for (const FreshDivision& fresh : change.fresh) commit->put_document(document_of(fresh.division));
  if (change.removed) commit->remove_document(std::string(kDivisions), *change.removed);
  if (draw_report) {
    COTERIE_ASSIGN_OR_STATUS(json record, latest_record(workspace));
    record["divisions"] = to_json(divisions);
    COTERIE_RETURN_IF_ERROR(commit->put_page(kReportName, draw_report(record)));
  }
  const auto done = commit->finish(context.clock->now());
  return done ? Status() : done.error();
}

Status check_name(store::Workspace& workspace, const NewDivision& division) {
  const std::string& name = division.name;
  const auto is_other = [](char c) { return c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z'); };
  if (name.empty() || name.size() > kMaxDivisionNameBytes || name[0] < 'a' || name[0] > 'z' ||
      std::any_of(name.begin(), name.end(), is_other))
    return base::failure(Code::kInvalidArgument,
                         "a division's name is 1 to {} of a to z, 0 to 9 and _, a letter first",
                         kMaxDivisionNameBytes);
  const size_t underscore = name.rfind('_');
  const auto methods = run_methods();
  if (is_name_of_runs(name) || is_name_of_runs(name + "_1") ||
      std::find(methods.begin(), methods.end(), name) != methods.end() || name == "rule" ||
      (underscore != std::string::npos && is_numbered(name, name.substr(0, underscore))))
    return base::failure(Code::kInvalidArgument,
                         "'{}' is a name of segments, or of what runs divide members by; choose another",
                         name);
  COTERIE_ASSIGN_OR_STATUS(const auto rules, rule_segments(workspace));
  for (const RuleSegment& rule : rules)
    if (rule.name == name || is_numbered(rule.name, name))
      return base::failure(Code::kAlreadyExists, "a rule defines a segment '{}'; call the division otherwise",
                           rule.name);
  return {};
}

// Whether a division of that name may be kept beside those that are.
Status check_place(const std::vector<KeptDivision>& now, const NewDivision& division) {
  const bool is_known =
      std::any_of(now.begin(), now.end(), [&](const auto& other) { return other.name == division.name; });
  if (is_known && !division.replaces)
    return base::failure(Code::kAlreadyExists, "a division '{}' is kept already; --force replaces it",
                         division.name);
  if (!is_known && now.size() >= kMostDivisions)
    return base::failure(Code::kFailedPrecondition,
                         "{} divisions are kept, as many as can be; delete one first", now.size());
  return {};
}

// Numbers are never used again; values that mean the same keep their names.
void continue_names(const KeptDivision& known, KeptDivision& kept) {
  kept.next = known.next;
  if (known.words.by == kept.words.by && known.words.method == kept.words.method &&
      known.words.borders == kept.words.borders && known.words.categories == kept.words.categories)
    kept.names = known.names;
}

Status check_no_rule_asks(store::Workspace& workspace, std::string_view name) {
  COTERIE_ASSIGN_OR_STATUS(const auto segments, rule_segments(workspace));
  for (const RuleSegment& segment : segments) {
    COTERIE_ASSIGN_OR_STATUS(const auto rule, understand::parse_rule(segment.rule));
    const auto quantities = understand::quantities(rule);
    const auto included = understand::included_segments(rule);
    if (std::any_of(included.begin(), included.end(),
                    [&](const std::string& other) { return is_numbered(other, name); }) ||
        std::any_of(quantities.begin(), quantities.end(), [&](const auto& quantity) {
          return quantity.source == QuantitySource::kSegment && quantity.name == name;
        }))
      return base::failure(Code::kFailedPrecondition,
                           "segment '{}' asks for '{}'; change or delete that first", segment.name, name);
  }
  return {};
}

// Cancelling and want of memory end all; what one division asks for in vain ends that one.
bool is_of_division(Code code) { return code == Code::kInvalidArgument || code == Code::kFailedPrecondition; }

}  // namespace

Result<json> keep_division(store::Workspace& workspace, const NewDivision& division,
                           const DrawReport& draw_report, const base::Context& context) {
  COTERIE_CHECK_OK(check_name(workspace, division));
  COTERIE_ASSIGN(const auto now, read_divisions(workspace));
  COTERIE_CHECK_OK(check_place(now, division));
  COTERIE_ASSIGN(Refresher refresher, Refresher::open(workspace, context));
  KeptDivision kept{division.name, division.words, context.clock->now()};
  for (const KeptDivision& known : now)
    if (known.name == kept.name) continue_names(known, kept);
  COTERIE_ASSIGN(const DivisionRequest request, refresher.plan(kept.words));
  COTERIE_CHECK_OK(refresher.read({&request, 1}));
  COTERIE_ASSIGN(auto labels, refresher.compute(request, kept));
  DivisionChange change{.refresher = &refresher, .are_new = true};
  change.fresh.push_back({kept, std::move(labels)});
  change.check = [&](const std::vector<KeptDivision>& others) -> Status {
    COTERIE_RETURN_IF_ERROR(check_name(workspace, division));
    return check_place(others, division);
  };
  COTERIE_CHECK_OK(commit_change(workspace, std::move(change), draw_report, context));
  return to_json(kept);
}

Status delete_division(store::Workspace& workspace, std::string_view name, const DrawReport& draw_report,
                       const base::Context& context) {
  DivisionChange change;
  change.removed = std::string(name);
  change.check = [&](const std::vector<KeptDivision>& now) -> Status {
    if (std::none_of(now.begin(), now.end(), [&](const auto& division) { return division.name == name; }))
      return base::failure(Code::kNotFound, "no division '{}' is kept", name);
    return check_no_rule_asks(workspace, name);
  };
  COTERIE_ASSIGN_OR_STATUS(const auto now, read_divisions(workspace));
  COTERIE_RETURN_IF_ERROR(change.check(now));
  return commit_change(workspace, std::move(change), draw_report, context);
}

Status refresh_divisions(store::Workspace& workspace, bool is_new_run, const DrawReport& draw_report,
                         const base::Context& context) {
  COTERIE_ASSIGN_OR_STATUS(auto divisions, read_divisions(workspace));
  if (divisions.empty()) return {};
  COTERIE_ASSIGN_OR_STATUS(Refresher refresher, Refresher::open(workspace, context));
  std::vector<DivisionRequest> requests;
  std::vector<KeptDivision*> due;
  const auto stays = [&](const Status& status) {
    context.log->write(base::LogLevel::kWarn, "divisions.not_computed",
                       {{"code", base::info(status.code()).name}});
  };
  for (KeptDivision& division : divisions) {
    if (!is_new_run && division.run == refresher.run()) continue;
    auto request = refresher.plan(division.words);
    if (!request && !is_of_division(request.error().code())) return request.error();
    if (!request) {
      stays(request.error());
      continue;
    }
    requests.push_back(std::move(*request));
    due.push_back(&division);
  }
  if (due.empty()) return {};
  COTERIE_RETURN_IF_ERROR(refresher.read(requests));
  DivisionChange change{.refresher = &refresher};
  for (size_t i = 0; i < due.size(); ++i) {
    auto labels = refresher.compute(requests[i], *due[i]);
    if (!labels && !is_of_division(labels.error().code())) return labels.error();
    if (labels)
      change.fresh.push_back({std::move(*due[i]), std::move(*labels)});
    else
      stays(labels.error());
  }
  if (change.fresh.empty()) return {};
  const Status status = commit_change(workspace, std::move(change), draw_report, context);
  // That run computes them.
  return status.code() == Code::kUnavailable ? Status() : status;
}

}  // namespace coterie::engine

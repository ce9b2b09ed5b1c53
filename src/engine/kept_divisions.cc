#include "engine/kept_divisions.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/json.h"
#include "base/nearest_names.h"
#include "engine/divisions.h"
#include "engine/kept_names.h"
#include "engine/results.h"
#include "engine/rule_facts.h"
#include "engine/rule_segments.h"
#include "engine/run_record.h"
#include "engine/segment_names.h"
#include "engine/stored_features.h"
#include "store/catalog.h"
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

constexpr std::string_view kCollection = "divisions";
constexpr size_t kMaxNameBytes = 40;
constexpr size_t kMembershipBytes = 2 * sizeof(uint32_t);  // a member in a segment

struct KeptDivision {
  std::string name;
  DivisionWords words;
  Timestamp created_at = 0, as_of = 0;
  std::map<std::string, std::string> names = {};  // of the segments that are their values, by those
  int64_t next = 1;                               // the number of the next new segment
  json record = {};                               // of find_division(), with these names
};

// Who is in which segment of a division that was computed just now.
struct FreshMembers {
  std::vector<std::string> users;  // ascending
  std::vector<uint32_t> labels;    // one a user
};

store::Document document_of(const KeptDivision& division) {
  const json body = {{"words", to_json(division.words)},
                     {"created_at", division.created_at},
                     {"as_of", division.as_of},
                     {"names", division.names},
                     {"next", division.next},
                     {"record", division.record}};
  return {std::string(kCollection), division.name, body.dump()};
}

Result<std::vector<KeptDivision>> read_divisions(store::Workspace& workspace) {
  COTERIE_ASSIGN(const auto documents, workspace.catalog().documents(kCollection));
  std::vector<KeptDivision> out;
  for (const auto& document : documents) {
    COTERIE_ASSIGN(json body, base::parse_json(document.body, "state.db, a division"));
    out.push_back({document.key, division_words(body["words"]), body.value("created_at", int64_t{0}),
                   body.value("as_of", int64_t{0}), body.value("names", std::map<std::string, std::string>{}),
                   body.value("next", int64_t{1}), std::move(body["record"])});
  }
  return out;
}

json public_json(const KeptDivision& division) {
  json out = division.record;
  out["name"] = division.name;
  out["words"] = to_json(division.words);
  out["created_at"] = base::utc_string(division.created_at);
  return out;
}

json all_json(const std::vector<KeptDivision>& divisions) {
  json out = json::array();
  for (const KeptDivision& division : divisions) out.push_back(public_json(division));
  return out;
}

Result<Timestamp> instant_of_run(store::Workspace& workspace) {
  COTERIE_ASSIGN(const json record, latest_record(workspace));
  return base::parse_instant(record["as_of"].get<std::string>(), workspace.calendar());
}

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

// Reads the facts of several divisions at once and computes each.
class Refresher {
 public:
  Refresher(store::Workspace& workspace, Timestamp as_of, const base::Context& context)
      : workspace_(workspace), as_of_(as_of), context_(context) {}

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
    COTERIE_CHECK_OK(check_rule_facts(workspace_, {as_of_, request.by, {}}, context_));
    return request;
  }

  Status read(std::span<const DivisionRequest> requests) {
    std::vector<understand::Quantity> all;
    for (const DivisionRequest& request : requests)
      for (const auto& quantity : request.by)
        if (std::find(all.begin(), all.end(), quantity) == all.end()) all.push_back(quantity);
    COTERIE_ASSIGN_OR_STATUS(facts_, rule_facts(workspace_, {as_of_, all, {}}, context_));
    COTERIE_ASSIGN_OR_STATUS(stored_, workspace_.connect(context_, {{TableKind::kSegments}, {}}));
    return {};
  }

  Result<FreshMembers> compute(const DivisionRequest& request, KeptDivision& division) {
    COTERIE_ASSIGN(FoundDivision found,
                   find_division(facts_.table, request, workspace_.calendar(), context_));
    if (found.keys.size() > kMostKeptSegments)
      return base::error(Code::kInvalidArgument,
                         "{} segments; a division that is kept has at most {}: divide by less, or raise "
                         "--min-users",
                         found.keys.size(), kMostKeptSegments);
    KeptDivision next = division;
    next.record = std::move(found.record);
    next.as_of = as_of_;
    COTERIE_CHECK_OK(name_segments(*stored_, facts_.table, found, next));
    division = std::move(next);
    return FreshMembers{facts_.table.users, std::move(found.labels)};
  }

 private:
  store::Workspace& workspace_;
  Timestamp as_of_;
  const base::Context& context_;
  RuleFacts facts_;
  std::unique_ptr<store::Connection> stored_;
};

// What a commit changes: divisions that were computed, or one that goes.
struct DivisionChange {
  std::vector<KeptDivision> divisions;        // all that are kept afterwards, by name
  std::map<std::string, FreshMembers> fresh;  // by name
  std::optional<std::string> removed = {};
};

SegmentMembership on_users(const FeatureTable& users, const KeptDivision& division,
                           const FreshMembers& fresh) {
  SegmentMembership out{division.name, {}, {}, {}};
  for (const json& segment : division.record["segments"]) out.segments.push_back(segment["name"]);
  size_t row = 0;
  for (size_t i = 0; i < fresh.users.size(); ++i) {
    while (row < users.rows() && users.users[row] < fresh.users[i]) ++row;
    if (row == users.rows() || users.users[row] != fresh.users[i]) continue;
    out.rows.push_back(static_cast<uint32_t>(row));
    out.segment_of.push_back(fresh.labels[i]);
  }
  return out;
}

// Of every method that the table of segments will hold. Read under the lock of the commit: nobody changes it meanwhile.
Result<std::vector<SegmentMembership>> memberships_after(store::Connection& connection,
                                                         const FeatureTable& users,
                                                         const DivisionChange& change) {
  std::vector<std::string> methods;
  COTERIE_CHECK_OK(connection.query("SELECT DISTINCT method FROM segments ORDER BY method", {},
                                    [&](const Rows& rows) -> Status {
                                      for (size_t i = 0; i < rows.size(); ++i)
                                        methods.emplace_back(rows.text(0, i));
                                      return {};
                                    }));
  std::vector<SegmentMembership> out;
  for (const std::string& method : methods) {
    if (change.fresh.contains(method) || change.removed == method) continue;
    COTERIE_ASSIGN(auto stored, stored_membership(connection, method, users));
    out.push_back(std::move(stored));
  }
  for (const KeptDivision& division : change.divisions)
    if (const auto fresh = change.fresh.find(division.name); fresh != change.fresh.end())
      out.push_back(on_users(users, division, fresh->second));
  return out;
}

Status commit_change(store::Workspace& workspace, const DivisionChange& change, const DrawReport& draw_report,
                     const base::Context& context) {
  COTERIE_ASSIGN_OR_STATUS(auto commit, store::Commit::begin(workspace, "divisions"));
  COTERIE_ASSIGN_OR_STATUS(auto connection,
                           workspace.connect(context, {{TableKind::kSegments, TableKind::kFeatures}, {}}));
  COTERIE_ASSIGN_OR_STATUS(const auto users, read_stored_features(*connection, {}, context.cancel));
  const size_t methods = run_methods().size() + change.divisions.size();
  COTERIE_ASSIGN_OR_STATUS(
      const auto memory,
      context.budget->reserve(users.rows() * methods * kMembershipBytes, "segments of members"));
  COTERIE_ASSIGN_OR_STATUS(const auto memberships, memberships_after(*connection, users, change));
  COTERIE_RETURN_IF_ERROR(write_segments(*connection, users, memberships, *commit, context));
  for (const KeptDivision& division : change.divisions)
    if (change.fresh.contains(division.name)) commit->put_document(document_of(division));
  if (change.removed) commit->remove_document(std::string(kCollection), *change.removed);
  if (draw_report) {
    COTERIE_ASSIGN_OR_STATUS(json record, latest_record(workspace));
    record["divisions"] = all_json(change.divisions);
    COTERIE_RETURN_IF_ERROR(commit->put_page(kReportName, draw_report(record)));
  }
  const auto done = commit->finish(context.clock->now());
  return done ? Status() : done.error();
}

Status check_name(store::Workspace& workspace, const NewDivision& division) {
  const std::string& name = division.name;
  const auto is_other = [](char c) { return c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z'); };
  if (name.empty() || name.size() > kMaxNameBytes || name[0] < 'a' || name[0] > 'z' ||
      std::any_of(name.begin(), name.end(), is_other))
    return base::failure(Code::kInvalidArgument,
                         "a division's name is 1 to {} of a to z, 0 to 9 and _, a letter first",
                         kMaxNameBytes);
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

// Cancelling and want of memory end all; what one division asks for in vain ends that one.
bool is_of_division(Code code) { return code == Code::kInvalidArgument || code == Code::kFailedPrecondition; }

}  // namespace

Result<json> kept_divisions(store::Workspace& workspace) {
  COTERIE_ASSIGN(const auto divisions, read_divisions(workspace));
  return all_json(divisions);
}

Result<json> keep_division(store::Workspace& workspace, const NewDivision& division,
                           const DrawReport& draw_report, const base::Context& context) {
  COTERIE_CHECK_OK(check_name(workspace, division));
  COTERIE_ASSIGN(const Timestamp as_of, instant_of_run(workspace));
  DivisionChange change;
  COTERIE_ASSIGN(change.divisions, read_divisions(workspace));
  auto& all = change.divisions;
  const auto known = std::find_if(all.begin(), all.end(),
                                  [&](const KeptDivision& other) { return other.name == division.name; });
  if (known != all.end() && !division.replaces)
    return base::error(Code::kAlreadyExists, "a division '{}' is kept already; --force replaces it",
                       division.name);
  if (known == all.end() && all.size() == kMostDivisions)
    return base::error(Code::kFailedPrecondition,
                       "{} divisions are kept, as many as can be; delete one first", all.size());
  KeptDivision kept{division.name, division.words, context.clock->now()};
  if (known != all.end()) all.erase(known);
  Refresher refresher(workspace, as_of, context);
  COTERIE_ASSIGN(const DivisionRequest request, refresher.plan(kept.words));
  COTERIE_CHECK_OK(refresher.read({&request, 1}));
  COTERIE_ASSIGN(change.fresh[kept.name], refresher.compute(request, kept));
  const auto place =
      std::find_if(all.begin(), all.end(), [&](const KeptDivision& other) { return other.name > kept.name; });
  all.insert(place, kept);
  COTERIE_CHECK_OK(commit_change(workspace, change, draw_report, context));
  return public_json(kept);
}

Status delete_division(store::Workspace& workspace, std::string_view name, const DrawReport& draw_report,
                       const base::Context& context) {
  DivisionChange change;
  COTERIE_ASSIGN_OR_STATUS(change.divisions, read_divisions(workspace));
  const auto removed =
      std::erase_if(change.divisions, [&](const KeptDivision& division) { return division.name == name; });
  if (removed == 0) return base::failure(Code::kNotFound, "no division '{}' is kept", name);
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
  change.removed = std::string(name);
  return commit_change(workspace, change, draw_report, context);
}

Status refresh_divisions(store::Workspace& workspace, bool is_new_run, const DrawReport& draw_report,
                         const base::Context& context) {
  DivisionChange change;
  COTERIE_ASSIGN_OR_STATUS(change.divisions, read_divisions(workspace));
  if (change.divisions.empty()) return {};
  COTERIE_ASSIGN_OR_STATUS(const Timestamp as_of, instant_of_run(workspace));
  if (!is_new_run && std::all_of(change.divisions.begin(), change.divisions.end(),
                                 [&](const KeptDivision& division) { return division.as_of == as_of; }))
    return {};
  Refresher refresher(workspace, as_of, context);
  std::vector<DivisionRequest> requests;
  std::vector<KeptDivision*> due;
  const auto stays = [&](const Status& status) {
    context.log->write(base::LogLevel::kWarn, "divisions.not_computed",
                       {{"code", base::info(status.code()).name}});
  };
  for (KeptDivision& division : change.divisions) {
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
  for (size_t i = 0; i < due.size(); ++i) {
    auto fresh = refresher.compute(requests[i], *due[i]);
    if (!fresh && !is_of_division(fresh.error().code())) return fresh.error();
    if (fresh)
      change.fresh[due[i]->name] = std::move(*fresh);
    else
      stays(fresh.error());
  }
  return change.fresh.empty() ? Status() : commit_change(workspace, change, draw_report, context);
}

}  // namespace coterie::engine

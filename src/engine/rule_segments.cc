#include "engine/rule_segments.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/json.h"
#include "base/nearest_names.h"
#include "base/utf8.h"
#include "engine/division_documents.h"
#include "engine/rule_members.h"
#include "engine/run_record.h"
#include "engine/segment_names.h"
#include "store/catalog.h"
#include "store/commit.h"
#include "understand/rules/parse_rule.h"
#include "understand/rules/rule_json.h"
#include "understand/rules/rule_names.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using base::Timestamp;
using nlohmann::json;
using understand::Rule;

namespace {

constexpr std::string_view kCollection = "segments";
constexpr size_t kMaxNameBytes = 100;
constexpr size_t kMaxNoteBytes = 4000;
constexpr size_t kMaxIncludeDepth = 20;
constexpr size_t kMaxResolvedNodes = 5000;

store::Document document_of(const RuleSegment& segment) {
  const json body = {{"rule", segment.rule},   {"note", segment.note},   {"created_at", segment.created_at},
                     {"as_of", segment.as_of}, {"users", segment.users}, {"of", segment.of}};
  return {std::string(kCollection), segment.name, body.dump()};
}

// `check` looks again at what others may have changed meanwhile.
Status put_segments(store::Workspace& workspace, std::span<const RuleSegment> segments,
                    const base::Context& context, const std::function<Status()>& check = {}) {
  COTERIE_ASSIGN_OR_STATUS(auto commit, store::Commit::begin(workspace, "segments"));
  if (check) COTERIE_RETURN_IF_ERROR(check());
  for (const RuleSegment& segment : segments) commit->put_document(document_of(segment));
  auto done = commit->finish(context.clock->now());
  return done ? Status() : done.error();
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

Status check_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || !base::is_utf8(name) ||
      std::any_of(name.begin(), name.end(), is_control) || name.front() == ' ' || name.back() == ' ')
    return base::failure(Code::kInvalidArgument,
                         "a segment's name is 1 to {} bytes of text in one line, without spaces at its ends",
                         kMaxNameBytes);
  if (is_name_of_runs(name))
    return base::failure(Code::kInvalidArgument, "'{}' is a name that runs give to segments; choose another",
                         name);
  return {};
}

Status check_note(std::string_view note) {
  if (note.size() <= kMaxNoteBytes && base::is_utf8(note) && note.find('\0') == std::string_view::npos)
    return {};
  return base::failure(Code::kInvalidArgument, "a note is at most {} bytes of text", kMaxNoteBytes);
}

// "a → b → a"
std::string circle_text(const std::vector<std::string>& path, const std::string& name) {
  std::string out;
  for (auto it = std::find(path.begin(), path.end(), name); it != path.end(); ++it) out += *it + " → ";
  return out + name;
}

// A kept division and its segments have names of their own.
Status check_name_of_divisions(store::Workspace& workspace, std::string_view name) {
  COTERIE_ASSIGN_OR_STATUS(const json divisions, kept_divisions(workspace));
  for (const json& division : divisions) {
    const auto taken = division["name"].get<std::string>();
    if (name == taken || is_numbered(name, taken))
      return base::failure(Code::kAlreadyExists, "'{}' is a name of the division '{}'; choose another", name,
                           taken);
  }
  return {};
}

// Names of the segments that the newest run and kept divisions have, and the method of each; empty without a run.
Result<std::map<std::string, std::string>> computed_segments(store::Workspace& workspace) {
  std::map<std::string, std::string> out;
  auto record = latest_record(workspace);
  if (!record && record.error().code() == Code::kFailedPrecondition) return out;
  if (!record) return tl::unexpected(record.error());
  for (const json& segment : (*record)["segments"]) out[segment["name"]] = segment["method"];
  for (const json& division : (*record)["divisions"]) {
    for (const json& segment : division["segments"]) out[segment["name"]] = division["name"];
    // A segment without members now has its name, too.
    for (const json& name : division["names"]) out[name] = division["name"];
  }
  return out;
}

// Puts the rules of included segments in their places.
class Resolver {
 public:
  static Result<Resolver> open(store::Workspace& workspace) {
    COTERIE_ASSIGN(auto segments, rule_segments(workspace));
    COTERIE_ASSIGN(auto computed, computed_segments(workspace));
    Resolver out;
    for (RuleSegment& segment : segments) out.rules_[segment.name] = std::move(segment.rule);
    out.computed_ = std::move(computed);
    return out;
  }

  // As if the segment were there already, so that a circle through it is seen.
  void put(const std::string& name, const Rule& rule) { rules_[name] = to_text(rule); }

  Result<Rule> resolve(const Rule& rule) {
    path_.clear();
    nodes_ = 0;
    COTERIE_ASSIGN(Rule out, with_rules(rule));
    COTERIE_CHECK_OK(understand::check_rule_limits(out));
    return out;
  }

  Result<Rule> segment(const std::string& name) {
    Rule rule{Rule::Kind::kIncludes};
    rule.segment = name;
    return resolve(rule);
  }

 private:
  Result<Rule> included(const std::string& name) {
    if (const auto method = computed_.find(name); method != computed_.end()) {
      Rule out{Rule::Kind::kCondition};
      out.condition = {
          {understand::QuantitySource::kSegment, method->second}, understand::CompareOp::kEqual, {name}};
      return out;
    }
    const auto known = rules_.find(name);
    if (known == rules_.end()) return no_such(name);
    if (std::find(path_.begin(), path_.end(), name) != path_.end())
      return base::error(Code::kInvalidArgument, "segments include each other in a circle: {}",
                         circle_text(path_, name));
    if (path_.size() == kMaxIncludeDepth)
      return base::error(Code::kInvalidArgument, "segments include each other more than {} deep",
                         kMaxIncludeDepth);
    path_.push_back(name);
    COTERIE_ASSIGN(const Rule rule, understand::parse_rule(known->second));
    auto out = with_rules(rule);
    path_.pop_back();
    return out;
  }

  Result<Rule> with_rules(const Rule& rule) {
    if (rule.kind == Rule::Kind::kIncludes) return included(rule.segment);
    Rule out = rule;
    for (Rule& child : out.children) {
      COTERIE_ASSIGN(child, with_rules(child));
    }
    // Segments that include each other many times over grow without a circle, too.
    if (++nodes_ > kMaxResolvedNodes)
      return base::error(Code::kInvalidArgument,
                         "with the segments that it includes the rule has more than {} parts",
                         kMaxResolvedNodes);
    return out;
  }

  tl::unexpected<Status> no_such(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& [known, unused] : rules_) names.push_back(known);
    for (const auto& [known, unused] : computed_) names.push_back(known);
    const std::string near = base::nearest_names(name, names);
    return base::error(
        Code::kNotFound, "no segment '{}'{}", name,
        near.empty() ? "; `coterie segments SHOP list` names them" : fmt::format("; did you mean {}?", near));
  }

  std::map<std::string, std::string> rules_, computed_;
  std::vector<std::string> path_;  // segments that are being resolved
  size_t nodes_ = 0;
};

}  // namespace

Result<json> to_json(const RuleSegment& segment, const store::Workspace& workspace) {
  COTERIE_ASSIGN(const Rule rule, understand::parse_rule(segment.rule));
  const double share =
      segment.of == 0 ? 0.0 : static_cast<double>(segment.users) / static_cast<double>(segment.of);
  return json{{"name", segment.name},
              {"method", "rule"},
              {"rule", segment.rule},
              {"rule_json", understand::to_json(rule)},
              {"note", segment.note},
              {"created_at", base::utc_string(segment.created_at)},
              {"as_of", workspace.calendar().to_string(segment.as_of)},
              {"users", segment.users},
              {"of", segment.of},
              {"share", share}};
}

Result<std::vector<RuleSegment>> rule_segments(store::Workspace& workspace) {
  COTERIE_ASSIGN(const auto documents, workspace.catalog().documents(kCollection));
  std::vector<RuleSegment> out;
  for (const auto& document : documents) {
    COTERIE_ASSIGN(const json body, base::parse_json(document.body, "state.db, a segment"));
    out.push_back({document.key, body.value("rule", ""), body.value("note", ""),
                   body.value("created_at", int64_t{0}), body.value("as_of", int64_t{0}),
                   body.value("users", int64_t{0}), body.value("of", int64_t{0})});
  }
  return out;
}

Result<RuleSegment> find_rule_segment(store::Workspace& workspace, std::string_view name) {
  COTERIE_ASSIGN(auto segments, rule_segments(workspace));
  std::vector<std::string> names;
  for (RuleSegment& segment : segments) {
    if (segment.name == name) return std::move(segment);
    names.push_back(segment.name);
  }
  const std::string near = base::nearest_names(name, names);
  return base::error(Code::kNotFound, "no segment '{}' that is defined by a rule{}", name,
                     near.empty() ? "" : fmt::format("; did you mean {}?", near));
}

Result<Rule> read_rule(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') return understand::parse_rule_json(text);
  return understand::parse_rule(text);
}

Result<Rule> resolve_rule(store::Workspace& workspace, const Rule& rule) {
  COTERIE_ASSIGN(auto resolver, Resolver::open(workspace));
  return resolver.resolve(rule);
}

Result<Rule> rule_of_segment(store::Workspace& workspace, std::string_view name) {
  COTERIE_ASSIGN(auto resolver, Resolver::open(workspace));
  return resolver.segment(std::string(name));
}

Result<RuleSegment> create_rule_segment(store::Workspace& workspace, const NewRuleSegment& segment,
                                        Timestamp as_of, const base::Context& context) {
  COTERIE_CHECK_OK(check_name(segment.name));
  COTERIE_CHECK_OK(check_name_of_divisions(workspace, segment.name));
  COTERIE_CHECK_OK(check_note(segment.note.value_or("")));
  COTERIE_ASSIGN(const Rule rule, read_rule(segment.rule));
  RuleSegment out{segment.name, to_text(rule), segment.note.value_or(""), context.clock->now(), as_of};
  if (auto existing = find_rule_segment(workspace, segment.name)) {
    if (!segment.replaces)
      return base::error(Code::kAlreadyExists, "there is a segment '{}' already; --force replaces it",
                         segment.name);
    out.created_at = existing->created_at;
    if (!segment.note) out.note = existing->note;
  }
  COTERIE_ASSIGN(auto resolver, Resolver::open(workspace));
  resolver.put(segment.name, rule);
  COTERIE_ASSIGN(const Rule resolved, resolver.segment(segment.name));
  COTERIE_ASSIGN(const RuleMembers members, rule_members(workspace, resolved, as_of, context));
  out.users = static_cast<int64_t>(members.users);
  out.of = static_cast<int64_t>(members.all_users().size());
  COTERIE_CHECK_OK(put_segments(workspace, std::span(&out, 1), context,
                                [&] { return check_name_of_divisions(workspace, segment.name); }));
  return out;
}

Status delete_rule_segment(store::Workspace& workspace, std::string_view name, const base::Context& context) {
  COTERIE_ASSIGN_OR_STATUS(const RuleSegment segment, find_rule_segment(workspace, name));
  COTERIE_ASSIGN_OR_STATUS(const auto segments, rule_segments(workspace));
  std::string users;
  for (const RuleSegment& other : segments) {
    COTERIE_ASSIGN_OR_STATUS(const Rule rule, understand::parse_rule(other.rule));
    const auto included = understand::included_segments(rule);
    if (std::find(included.begin(), included.end(), name) != included.end())
      users.append(users.empty() ? "" : ", ").append(other.name);
  }
  if (!users.empty())
    return base::failure(Code::kFailedPrecondition, "'{}' is included by {}; change or delete those first",
                         name, users);
  COTERIE_ASSIGN_OR_STATUS(auto commit, store::Commit::begin(workspace, "segments"));
  commit->remove_document(std::string(kCollection), segment.name);
  auto done = commit->finish(context.clock->now());
  return done ? Status() : done.error();
}

Status note_rule_segment(store::Workspace& workspace, std::string_view name, std::string note,
                         const base::Context& context) {
  COTERIE_RETURN_IF_ERROR(check_note(note));
  COTERIE_ASSIGN_OR_STATUS(RuleSegment segment, find_rule_segment(workspace, name));
  segment.note = std::move(note);
  return put_segments(workspace, std::span(&segment, 1), context);
}

Status refresh_rule_segments(store::Workspace& workspace, bool is_new_run, const base::Context& context) {
  COTERIE_ASSIGN_OR_STATUS(auto segments, rule_segments(workspace));
  if (segments.empty()) return {};
  COTERIE_ASSIGN_OR_STATUS(const Timestamp as_of, default_rule_instant(workspace, context));
  const bool is_due =
      is_new_run || std::any_of(segments.begin(), segments.end(),
                                [&](const RuleSegment& segment) { return segment.as_of != as_of; });
  if (!is_due) return {};
  COTERIE_ASSIGN_OR_STATUS(auto resolver, Resolver::open(workspace));
  std::vector<Rule> rules;
  std::vector<RuleSegment> counted;
  for (RuleSegment& segment : segments) {
    auto rule = resolver.segment(segment.name);
    Status status = rule ? Status() : rule.error();
    const auto quantities = rule ? understand::quantities(*rule) : std::vector<understand::Quantity>{};
    if (rule) status = check_rule_facts(workspace, {as_of, quantities, {}}, context);
    if (!status.ok()) {
      context.log->write(base::LogLevel::kWarn, "segments.not_counted",
                         {{"code", base::info(status.code()).name}});
      continue;
    }
    rules.push_back(std::move(*rule));
    counted.push_back(std::move(segment));
  }
  if (counted.empty()) return {};
  COTERIE_ASSIGN_OR_STATUS(const auto members, rule_members(workspace, rules, as_of, context));
  for (size_t i = 0; i < counted.size(); ++i) {
    counted[i].as_of = as_of;
    counted[i].users = static_cast<int64_t>(members[i].users);
    counted[i].of = static_cast<int64_t>(members[i].all_users().size());
  }
  return put_segments(workspace, counted, context);
}

}  // namespace coterie::engine

#include "engine/rule_members.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "understand/rules/evaluate.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using base::Timestamp;
using data::FeatureColumn;
using data::FeatureKind;
using data::FeatureTable;
using nlohmann::json;
using understand::Rule;

namespace {

json value_json(const FeatureColumn& column, size_t row) {
  if (column.is_missing(row)) return nullptr;
  if (column.kind == FeatureKind::kCategorical) return column.categories[column.codes[row]];
  return column.values[row];
}

std::vector<size_t> spread(const std::vector<size_t>& rows, size_t limit) {
  std::vector<size_t> out;
  const size_t n = std::min(limit, rows.size());
  for (size_t i = 0; i < n; ++i) out.push_back(rows[i * rows.size() / n]);
  return out;
}

std::string_view kind_name(Rule::Kind kind) {
  switch (kind) {
    case Rule::Kind::kEveryone: return "everyone";
    case Rule::Kind::kCondition: return "condition";
    case Rule::Kind::kIncludes: return "includes";
    case Rule::Kind::kNot: return "not";
    case Rule::Kind::kAnd: return "and";
    case Rule::Kind::kOr: return "or";
  }
  return "";
}

json why_json(const understand::Explanation& part) {
  json out = {{"kind", kind_name(part.kind)}, {"holds", part.holds}};
  if (part.kind == Rule::Kind::kCondition) {
    out["condition"] = part.text;
    out["value"] = nullptr;
    if (part.value) std::visit([&](const auto& value) { out["value"] = value; }, *part.value);
  }
  for (const auto& child : part.children) out["children"].push_back(why_json(child));
  return out;
}

// The distinct conditions of a rule, in the order in which they stand.
void add_conditions(const Rule& rule, std::vector<understand::Condition>* out) {
  if (rule.kind == Rule::Kind::kCondition &&
      std::find(out->begin(), out->end(), rule.condition) == out->end())
    out->push_back(rule.condition);
  for (const Rule& child : rule.children) add_conditions(child, out);
}

// A rule at two instants, condition by condition, for the members of both.
class RuleDiff {
 public:
  RuleDiff(const RuleMembers& before, const RuleMembers& after, const Rule& rule)
      : before_(before), after_(after) {
    add_conditions(rule, &conditions_);
  }

  Status evaluate() {
    for (const auto& condition : conditions_) {
      COTERIE_ASSIGN_OR_STATUS(auto then, understand::evaluate(condition, before_.facts->table));
      COTERIE_ASSIGN_OR_STATUS(auto now, understand::evaluate(condition, after_.facts->table));
      held_before_.push_back(std::move(then));
      holds_after_.push_back(std::move(now));
    }
    match();
    return {};
  }

  size_t stayed() const { return stayed_; }

  // Those who came, or left: pairs of rows before and after.
  json moves_json(bool came, size_t limit) const {
    const auto& moves = came ? came_ : left_;
    json why = json::array(), sample = json::array();
    for (size_t c = 0; c < conditions_.size(); ++c)
      for (const bool holds : {true, false}) {
        const auto users = std::count_if(moves.begin(), moves.end(), [&](const Move& move) {
          return changed(c, move) && now(c, move) == holds;
        });
        if (users > 0)
          why.push_back({{"condition", to_text(conditions_[c])}, {"holds", holds}, {"users", users}});
      }
    std::stable_sort(why.begin(), why.end(),
                     [](const json& a, const json& b) { return a["users"] > b["users"]; });
    std::vector<size_t> all(moves.size());
    std::iota(all.begin(), all.end(), size_t{0});
    for (const size_t i : spread(all, limit)) sample.push_back(move_json(moves[i]));
    const auto is_new =
        std::count_if(moves.begin(), moves.end(), [](const Move& move) { return !move.before; });
    return {{"users", moves.size()},
            {"new_members", is_new},
            {"why", std::move(why)},
            {"sample", std::move(sample)}};
  }

 private:
  struct Move {
    std::optional<size_t> before;  // nothing: no member then
    std::optional<size_t> after;
  };

  // Both tables are in ascending order of ids.
  void match() {
    const auto &then = before_.all_users(), &now = after_.all_users();
    size_t i = 0, j = 0;
    while (i < then.size() || j < now.size()) {
      Move move;
      const bool only_then = j == now.size() || (i < then.size() && then[i] < now[j]);
      const bool only_now = i == then.size() || (j < now.size() && now[j] < then[i]);
      if (!only_now) move.before = i++;
      if (!only_then) move.after = j++;
      const bool was = move.before && before_.holds[*move.before] != 0;
      const bool is = move.after && after_.holds[*move.after] != 0;
      stayed_ += was && is ? 1 : 0;
      if (is && !was) came_.push_back(move);
      if (was && !is) left_.push_back(move);
    }
  }

  bool now(size_t c, const Move& move) const { return move.after && holds_after_[c][*move.after] != 0; }
  bool changed(size_t c, const Move& move) const {
    return move.before && move.after && (held_before_[c][*move.before] != 0) != now(c, move);
  }

  json move_json(const Move& move) const {
    const std::string& user =
        move.after ? after_.all_users()[*move.after] : before_.all_users()[*move.before];
    json out = {{"user_id", user}, {"why", json::array()}};
    if (!move.before) out["is_new"] = true;
    if (!move.after) out["is_gone"] = true;
    for (size_t c = 0; c < conditions_.size(); ++c) {
      if (!changed(c, move)) continue;
      const std::string name = to_text(conditions_[c].quantity);
      const auto value = [&](const RuleMembers& members, size_t row) {
        return value_json(**members.facts->table.column(name), row);
      };
      out["why"].push_back({{"condition", to_text(conditions_[c])},
                            {"holds", now(c, move)},
                            {"before", value(before_, *move.before)},
                            {"after", value(after_, *move.after)}});
    }
    return out;
  }

  const RuleMembers& before_;
  const RuleMembers& after_;
  std::vector<understand::Condition> conditions_;
  std::vector<std::vector<uint8_t>> held_before_, holds_after_;  // of each condition, each row
  std::vector<Move> came_, left_;
  size_t stayed_ = 0;
};

}  // namespace

std::vector<size_t> RuleMembers::sample(size_t limit) const {
  std::vector<size_t> rows;
  for (size_t row = 0; row < holds.size(); ++row)
    if (holds[row] != 0) rows.push_back(row);
  return spread(rows, limit);
}

Result<std::vector<RuleMembers>> rule_members(store::Workspace& workspace, std::span<const Rule> rules,
                                              Timestamp as_of, const base::Context& context) {
  std::vector<understand::Quantity> all;
  for (const Rule& rule : rules)
    for (auto& quantity : understand::quantities(rule))
      if (std::find(all.begin(), all.end(), quantity) == all.end()) all.push_back(std::move(quantity));
  COTERIE_ASSIGN(auto facts, rule_facts(workspace, {as_of, all, {}}, context));
  const auto shared = std::make_shared<const RuleFacts>(std::move(facts));
  std::vector<RuleMembers> out;
  for (const Rule& rule : rules) {
    COTERIE_CHECK_OK(context.check_cancelled());
    COTERIE_ASSIGN(auto holds, understand::evaluate(rule, shared->table));
    const auto users = static_cast<size_t>(std::count(holds.begin(), holds.end(), uint8_t{1}));
    out.push_back({shared, std::move(holds), users});
  }
  return out;
}

Result<RuleMembers> rule_members(store::Workspace& workspace, const Rule& rule, Timestamp as_of,
                                 const base::Context& context) {
  COTERIE_ASSIGN(auto all, rule_members(workspace, std::span(&rule, 1), as_of, context));
  return std::move(all[0]);
}

Result<json> preview_rule(store::Workspace& workspace, const Rule& rule, Timestamp as_of, size_t limit,
                          const base::Context& context) {
  COTERIE_ASSIGN(const RuleMembers members, rule_members(workspace, rule, as_of, context));
  const size_t all = members.all_users().size();
  json sample = json::array();
  for (const size_t row : members.sample(limit)) {
    json values = json::object();
    for (const FeatureColumn& column : members.facts->table.columns)
      values[column.name] = value_json(column, row);
    sample.push_back({{"user_id", members.all_users()[row]}, {"values", std::move(values)}});
  }
  return json{{"as_of", workspace.calendar().to_string(as_of)},
              {"rule", to_text(rule)},
              {"users", members.users},
              {"of", all},
              {"share", all == 0 ? 0.0 : static_cast<double>(members.users) / static_cast<double>(all)},
              {"sample", std::move(sample)}};
}

Result<json> explain_rule(store::Workspace& workspace, const Rule& rule, Timestamp as_of,
                          const std::string& user_id, const base::Context& context) {
  const auto quantities = understand::quantities(rule);
  COTERIE_ASSIGN(const RuleFacts facts, rule_facts(workspace, {as_of, quantities, user_id}, context));
  const auto& users = facts.table.users;
  const auto found = std::find(users.begin(), users.end(), user_id);
  if (found == users.end())
    return base::error(Code::kNotFound, "no such member as of {}", workspace.calendar().to_string(as_of));
  COTERIE_ASSIGN(const auto why,
                 understand::explain(rule, facts.table, static_cast<size_t>(found - users.begin())));
  return json{{"user_id", user_id},
              {"as_of", workspace.calendar().to_string(as_of)},
              {"rule", to_text(rule)},
              {"holds", why.holds},
              {"why", why_json(why)}};
}

Result<json> diff_rule(store::Workspace& workspace, const Rule& rule, Timestamp from, Timestamp to,
                       size_t limit, const base::Context& context) {
  const auto& calendar = workspace.calendar();
  if (from >= to)
    return base::error(Code::kInvalidArgument, "{} is not before {}; give the earlier instant with --from",
                       calendar.to_string(from), calendar.to_string(to));
  COTERIE_ASSIGN(const RuleMembers before, rule_members(workspace, rule, from, context));
  COTERIE_ASSIGN(const RuleMembers after, rule_members(workspace, rule, to, context));
  RuleDiff diff(before, after, rule);
  COTERIE_CHECK_OK(diff.evaluate());
  return json{{"from", calendar.to_string(from)},
              {"to", calendar.to_string(to)},
              {"rule", to_text(rule)},
              {"before", before.users},
              {"after", after.users},
              {"stayed", diff.stayed()},
              {"came", diff.moves_json(true, limit)},
              {"left", diff.moves_json(false, limit)}};
}

}  // namespace coterie::engine

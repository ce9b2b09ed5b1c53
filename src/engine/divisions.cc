#include "engine/divisions.h"

#include <algorithm>
#include <cmath>

#include "engine/division_words.h"
#include "engine/persona_json.h"
#include "engine/rule_facts.h"
#include "understand/fact_numbers.h"
#include "understand/limit_json.h"
#include "understand/personas/feature_contrast.h"
#include "understand/personas/trait_shares.h"
#include "understand/segments/segment_rules.h"

namespace coterie::engine {

using base::Message;
using base::Result;
using base::Status;
using data::FeatureColumn;
using data::FeatureKind;
using data::FeatureTable;
using nlohmann::json;
using understand::Division;
using understand::DivisionMethod;
using understand::DivisionSegment;
using understand::Outliers;
using understand::RuleColumn;
using understand::SegmentRules;

namespace {

constexpr std::string_view kIndexNames[] = {"silhouette", "calinski_harabasz", "davies_bouldin"};

std::string segment_name(size_t s) { return fmt::format("segment_{}", s + 1); }

// Computes a division of all members of `facts` and tells it.
class DivisionRecord {
 public:
  DivisionRecord(const DivisionRequest& request, const FeatureTable& facts, const base::Context& context)
      : request_(request), facts_(facts), context_(context), rows_(facts.rows()) {
    for (uint32_t row = 0; row < rows_.size(); ++row) rows_[row] = row;
  }

  Result<json> make() {
    COTERIE_CHECK_OK(find_columns());
    COTERIE_ASSIGN(division_, understand::divide(columns_, rows_, request_.options, context_));
    json out = {{"method", to_string(request_.options.method)},
                {"by", json::array()},
                {"by_words", json::array()},
                {"users", rows_.size()},
                {"segments", json::array()}};
    if (request_.options.method != DivisionMethod::kCross) COTERIE_CHECK_OK(describe(out));
    out["limits"] = limits();
    for (const auto& quantity : request_.by) {
      out["by"].push_back(understand::to_text(quantity));
      out["by_words"].push_back({{"en", quantity_in_words(quantity, base::Language::kEnglish)},
                                 {"zh", quantity_in_words(quantity, base::Language::kChinese)}});
    }
    if (request_.options.method == DivisionMethod::kKMeans) add_clustering(out);
    if (request_.options.method == DivisionMethod::kRfm)
      out["bins"] = {{"method", to_string(request_.options.bins)}, {"up_to", division_.bin_ends}};
    for (size_t s = 0; s < division_.segments.size(); ++s) out["segments"].push_back(segment_json(s));
    COTERIE_CHECK_OK(add_personas(out["segments"]));
    return out;
  }

  std::vector<uint32_t> take_labels() { return std::move(division_.labels); }

  // Groups of like members are who is in them; every other segment is its values.
  std::vector<std::string> keys() const {
    std::vector<std::string> out;
    for (const DivisionSegment& segment : division_.segments)
      out.push_back(request_.options.method == DivisionMethod::kKMeans ? "" : json(segment.values).dump());
    return out;
  }

 private:
  Status find_columns() {
    for (const auto& quantity : request_.by) {
      COTERIE_ASSIGN_OR_STATUS(const FeatureColumn* column, facts_.column(understand::to_text(quantity)));
      const auto& told = request_.as_categories;
      columns_.push_back({quantity, column, std::find(told.begin(), told.end(), quantity) != told.end()});
    }
    for (const auto& quantity : request_.as_categories)
      if (std::find(request_.by.begin(), request_.by.end(), quantity) == request_.by.end())
        return base::failure(base::Code::kInvalidArgument,
                             "{} is to be a category, but members are not divided by it",
                             understand::to_text(quantity));
    return {};
  }

  Status describe(json& out) {
    COTERIE_ASSIGN_OR_STATUS(
        rules_, understand::describe_by_rules(columns_, rows_, division_.labels, division_.segments.size(),
                                              std::nullopt, {.random_state = request_.options.random_state},
                                              context_));
    out["description"] = {{"accuracy", rules_->accuracy},
                          {"cross_validated", rules_->cross_validated},
                          {"largest_share", rules_->largest_share},
                          {"is_hard_to_describe", rules_->is_hard_to_describe()},
                          {"depth", rules_->depth}};
    return {};
  }

  // A combination is its own rule.
  json description_json(size_t s) const {
    const DivisionSegment& segment = division_.segments[s];
    if (segment.rule)
      return {{"rule", understand::to_text(*segment.rule)},
              {"users", segment.users},
              {"precision", 1},
              {"recall", 1}};
    if (!rules_ || !rules_->segments[s].rule) return nullptr;
    const auto& rule = rules_->segments[s];
    return {{"rule", understand::to_text(*rule.rule)},
            {"users", rule.users},
            {"precision", rule.precision},
            {"recall", rule.recall}};
  }

  json segment_json(size_t s) const {
    const DivisionSegment& segment = division_.segments[s];
    json out = {{"name", segment_name(s)},
                {"label", division_label(segment, request_.options.method, request_.by)},
                {"users", segment.users},
                {"share", static_cast<double>(segment.users) / static_cast<double>(rows_.size())},
                {"description", description_json(s)}};
    if (segment.stability) {
      out["stability"] = *segment.stability;
      out["is_stable"] = *segment.stability >= learn::kStableJaccard;
    }
    if (division_.selection) {
      out["outliers"] = segment.outliers;
      out["is_outliers"] = segment.is_outliers;
    }
    return out;
  }

  void add_clustering(json& out) const {
    json facts = json::array();
    for (const auto& column : division_.columns) {
      json one = {{"quantity", understand::to_text(column.quantity)},
                  {"kind", column.is_constant   ? "constant"
                           : column.is_category ? "category"
                                                : "number"},
                  {"missing", column.missing}};
      if (column.is_category)
        one.update({{"values", column.categories.size()}, {"weight", column.weight}});
      else
        one.update({{"is_log", column.is_log},
                    {"is_robust", column.is_robust},
                    {"center", column.center},
                    {"scale", column.scale}});
      facts.push_back(std::move(one));
    }
    const auto& selection = *division_.selection;
    json choices = json::array(), for_it = json::array();
    for (const auto& choice : selection.table)
      choices.push_back({{"k", choice.k},
                         {"inertia", choice.inertia},
                         {"silhouette", choice.silhouette},
                         {"calinski_harabasz", choice.calinski_harabasz},
                         {"davies_bouldin", choice.davies_bouldin},
                         {"adjusted_rand", choice.stability.adjusted_rand},
                         {"n_unstable", choice.n_unstable}});
    for (const auto index : selection.for_it) for_it.push_back(kIndexNames[static_cast<size_t>(index)]);
    out["clustering"] = {
        {"facts", std::move(facts)},          {"k", selection.table[selection.best].k},
        {"is_stable", selection.is_stable},   {"for_it", std::move(for_it)},
        {"choices", std::move(choices)},      {"outliers", to_string(request_.options.outliers)},
        {"outlier_users", division_.outliers}};
  }

  json limits() const {
    using understand::limit_json;
    json out = json::array();
    if (division_.selection && !division_.selection->is_stable) {
      const auto& table = division_.selection->table;
      const auto& best = table[division_.selection->best];
      out.push_back(
          table.size() == 1
              ? limit_json("unstable", Message::limit_division_unstable_k, best.n_unstable, best.k)
              : limit_json("unstable", Message::limit_division_unstable, table.front().k, table.back().k));
    }
    if (rules_ && rules_->is_hard_to_describe())
      out.push_back(limit_json("hard_to_describe", Message::limit_division_hard, rules_->depth,
                               fmt::format("{:.0f}", 100 * rules_->cross_validated)));
    if (division_.outliers > 0)
      out.push_back(limit_json("outliers",
                               request_.options.outliers == Outliers::kTrim
                                   ? Message::limit_division_trimmed
                                   : Message::limit_division_outliers,
                               division_.outliers));
    return out;
  }

  // Facts that are numbers, as numbers; of these personas tell typical values, of the others which are commoner.
  Status add_personas(json& segments) {
    const understand::SegmentsView view{rows_, division_.labels, division_.segments.size()};
    COTERIE_ASSIGN_OR_STATUS(
        const auto memory,
        context_.budget->reserve(rows_.size() * (columns_.size() + 1) * sizeof(double), "facts of segments"));
    std::vector<FeatureColumn> numbers;
    numbers.reserve(columns_.size());
    understand::TraitCounts counts(facts_, {view});
    std::vector<const RuleColumn*> texts;
    for (const RuleColumn& fact : columns_) {
      const auto values = fact.is_category ? std::nullopt : understand::numbers_of(*fact.column, rows_);
      if (!values) {
        if (fact.column->kind == FeatureKind::kCategorical) texts.push_back(&fact);
        continue;
      }
      FeatureColumn& column = numbers.emplace_back();
      column.name = fact.column->name;
      for (const double value : *values) {
        column.valid.push_back(std::isnan(value) ? 0 : 1);
        column.values.push_back(std::isnan(value) ? 0 : value);
      }
    }
    for (const uint32_t row : rows_)
      for (const RuleColumn* fact : texts)
        if (!fact->column->is_missing(row))
          counts.add(facts_.users[row], fact->column->name,
                     fact->column->categories[fact->column->codes[row]]);
    std::vector<understand::ContrastColumn> contrasted;
    contrasted.reserve(numbers.size());
    for (const FeatureColumn& column : numbers) contrasted.push_back({&column, is_log(column.name)});
    COTERIE_ASSIGN_OR_STATUS(const auto contrasts, understand::contrast_columns(contrasted, view, context_));
    const auto lifts = counts.lifts(0);
    for (size_t s = 0; s < division_.segments.size(); ++s) {
      segments[s]["persona"] = {{"typical", json::object()},
                                {"differences", differences_json(contrasts[s])},
                                {"traits", lifts_json(lifts[s])}};
      json& persona = segments[s]["persona"];
      for (const auto& contrast : contrasts[s])
        persona["typical"][contrast.feature] = {{"segment", typical_json(contrast.segment)},
                                                {"everybody", typical_json(contrast.everybody)}};
      persona["name"] = segments[s]["label"];
      json text = division_text(segments[s], request_.by);
      persona["text"] = std::move(text);
    }
    return {};
  }

  bool is_log(const std::string& name) const {
    return std::any_of(division_.columns.begin(), division_.columns.end(), [&](const auto& column) {
      return column.is_log && understand::to_text(column.quantity) == name;
    });
  }

  const DivisionRequest& request_;
  const FeatureTable& facts_;
  base::Context context_;
  std::vector<uint32_t> rows_;
  std::vector<RuleColumn> columns_;
  Division division_;
  std::optional<SegmentRules> rules_;
};

FeatureColumn segment_column(std::span<const uint32_t> labels, size_t segments) {
  FeatureColumn out;
  out.name = "segment";
  out.kind = FeatureKind::kCategorical;
  out.codes.assign(labels.begin(), labels.end());
  for (size_t s = 0; s < segments; ++s) out.categories.push_back(segment_name(s));
  return out;
}

}  // namespace

Result<FoundDivision> find_division(const FeatureTable& facts, const DivisionRequest& request,
                                    const base::Calendar& calendar, const base::Context& context) {
  const std::string as_of = calendar.to_string(request.as_of);
  if (facts.rows() == 0)
    return base::error(base::Code::kFailedPrecondition, "nobody was a member as of {}", as_of);
  DivisionRecord maker(request, facts, context);
  FoundDivision out;
  COTERIE_ASSIGN(out.record, maker.make());
  out.record["as_of"] = as_of;
  out.keys = maker.keys();
  out.labels = maker.take_labels();
  return out;
}

Result<DivisionResult> compute_division(store::Workspace& workspace, const DivisionRequest& request,
                                        const base::Context& context) {
  COTERIE_ASSIGN(RuleFacts read, rule_facts(workspace, {request.as_of, request.by}, context));
  auto facts = std::make_shared<RuleFacts>(std::move(read));
  COTERIE_ASSIGN(auto found, find_division(facts->table, request, workspace.calendar(), context));
  facts->table.columns.insert(facts->table.columns.begin(),
                              segment_column(found.labels, found.record["segments"].size()));
  DivisionResult out{std::move(found.record), {}};
  out.members.holds.assign(facts->table.rows(), 1);
  out.members.users = facts->table.rows();
  out.members.facts = std::move(facts);
  return out;
}

}  // namespace coterie::engine

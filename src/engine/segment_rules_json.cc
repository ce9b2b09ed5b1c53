#include "engine/segment_rules_json.h"

#include <algorithm>

#include "understand/rules/parse_rule.h"

namespace coterie::engine {

using base::Result;
using data::FeatureColumn;
using nlohmann::json;
using understand::Quantity;
using understand::QuantitySource;
using understand::Rule;

Result<Describing> describing_features(const data::FeatureTable& features,
                                       std::span<const std::string_view> names, std::string_view scope) {
  Describing out;
  for (const std::string_view name : names)
    if (const auto column = features.column(name))
      out.columns.push_back({{QuantitySource::kFeature, std::string(name)}, *column});
  if (!scope.empty()) {
    COTERIE_ASSIGN(out.scope, understand::parse_rule(scope));
  }
  return out;
}

namespace {

struct Score {
  const char* name;
  uint8_t understand::RfmMember::*of;
};
constexpr Score kScores[] = {{"r", &understand::RfmMember::recency},
                             {"f", &understand::RfmMember::frequency},
                             {"m", &understand::RfmMember::monetary}};

Quantity quantity_of(const Score& score) { return {QuantitySource::kRfm, score.name}; }

}  // namespace

std::vector<FeatureColumn> rfm_columns(size_t rows, const std::vector<understand::RfmMember>& members) {
  std::vector<FeatureColumn> out;
  for (const Score& score : kScores) {
    FeatureColumn column;
    column.name = understand::to_text(quantity_of(score));
    column.values.assign(rows, 0.0);
    column.valid.assign(rows, 0);
    for (const auto& member : members) {
      column.values[member.row] = member.*score.of;
      column.valid[member.row] = member.*score.of > 0 ? 1 : 0;
    }
    if (std::find(column.valid.begin(), column.valid.end(), 1) != column.valid.end())
      out.push_back(std::move(column));
  }
  return out;
}

Describing describing_rfm(const std::vector<FeatureColumn>& columns) {
  Describing out;
  for (const FeatureColumn& column : columns)
    for (const Score& score : kScores)
      if (column.name == understand::to_text(quantity_of(score)))
        out.columns.push_back({quantity_of(score), &column});
  out.scope = Rule{Rule::Kind::kCondition};
  out.scope->condition = {quantity_of(kScores[0]), understand::CompareOp::kExists, {}};
  return out;
}

Result<json> add_segment_rules(const Describing& describing, const SegmentMembership& membership,
                               uint64_t seed, json* segments, const base::Context& context) {
  const understand::SegmentRulesOptions options{.random_state = seed};
  COTERIE_ASSIGN(const auto rules, understand::describe_by_rules(
                                       describing.columns, membership.rows, membership.segment_of,
                                       membership.segments.size(), describing.scope, options, context));
  for (json& segment : *segments) {
    if (segment["method"] != membership.method) continue;
    const auto at =
        std::find(membership.segments.begin(), membership.segments.end(), segment["name"].get<std::string>());
    if (at == membership.segments.end()) continue;
    const auto& rule = rules.segments[static_cast<size_t>(at - membership.segments.begin())];
    segment["description"] = nullptr;
    if (rule.rule)
      segment["description"] = {{"rule", understand::to_text(*rule.rule)},
                                {"users", rule.users},
                                {"precision", rule.precision},
                                {"recall", rule.recall}};
  }
  return json{{"accuracy", rules.accuracy},
              {"cross_validated", rules.cross_validated},
              {"largest_share", rules.largest_share},
              {"is_hard_to_describe", rules.is_hard_to_describe()},
              {"depth", rules.depth}};
}

}  // namespace coterie::engine

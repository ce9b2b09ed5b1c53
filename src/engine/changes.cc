#include "engine/changes.h"

#include <algorithm>
#include <charconv>

#include "engine/overview.h"
#include "engine/quality_changes.h"
#include "engine/run_record.h"
#include "profile/feature_catalog.h"
#include "profile/features.h"
#include "registry/registry.h"
#include "understand/changes/drift.h"
#include "understand/changes/flow.h"
#include "understand/changes/monitor.h"
#include "understand/segments/clusters.h"
#include "understand/segments/rfm.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using base::Timestamp;
using nlohmann::json;
using understand::kNoSegment;
using understand::SegmentsAt;

namespace {

constexpr int64_t kDaysBefore = 28;

const SegmentMembership* find_method(const std::vector<SegmentMembership>& memberships,
                                     std::string_view method) {
  for (const auto& membership : memberships)
    if (membership.method == method) return &membership;
  return nullptr;
}

SegmentsAt at(const data::FeatureTable& features, const SegmentMembership& membership) {
  return {&features, membership.segments, membership.rows, membership.segment_of};
}

json flow_json(const SegmentMembership& membership, const SegmentsAt& before, const SegmentsAt& after) {
  // Clusters are what their members are; the others are what their names say.
  const auto same_as = membership.method == "clusters" ? understand::match_by_members(before, after)
                                                       : understand::match_by_name(before, after);
  const auto flow = understand::segment_flow(before, after, same_as);
  const auto places = [](std::vector<std::string> names) {
    names.insert(names.end(), {"no_segment", "no_member"});
    return names;
  };
  json segments = json::array();
  std::vector<uint8_t> is_continued(before.names.size(), 0);
  for (size_t s = 0; s < after.names.size(); ++s) {
    const auto& change = flow.changes[s];
    if (same_as[s] != kNoSegment) is_continued[same_as[s]] = 1;
    if (change.after == 0 && change.before == 0) continue;
    const char* status = change.before == 0 ? "new" : change.after == 0 ? "vanished" : "kept";
    segments.push_back({{"name", after.names[s]},
                        {"was", same_as[s] == kNoSegment ? json() : json(before.names[same_as[s]])},
                        {"status", status},
                        {"before", change.before},
                        {"after", change.after},
                        {"stayed", change.stayed},
                        {"came", change.came},
                        {"left", change.left},
                        {"p_value", change.p_value},
                        {"moved", change.moved}});
  }
  for (size_t b = 0; b < before.names.size(); ++b) {
    if (is_continued[b] != 0) continue;
    uint64_t members = 0;
    for (const uint64_t n : flow.members[b]) members += n;
    if (members == 0) continue;
    segments.push_back({{"name", nullptr},
                        {"was", before.names[b]},
                        {"status", "vanished"},
                        {"before", members},
                        {"after", 0},
                        {"stayed", 0},
                        {"came", 0},
                        {"left", members},
                        {"p_value", nullptr},
                        {"moved", true}});
  }
  return {{"method", membership.method},
          {"places_before", places(before.names)},
          {"places_after", places(after.names)},
          {"members", flow.members},
          {"segments", std::move(segments)}};
}

json drift_json(const std::vector<understand::Drift>& drifts) {
  json out = json::array();
  for (const auto& drift : drifts)
    out.push_back({{"name", drift.name},
                   {"psi", drift.psi},
                   {"threshold", drift.threshold},
                   {"p_value", drift.p_value},
                   {"drifted", drift.drifted},
                   {"size", understand::size_of_psi(drift.psi)},
                   {"accumulates", drift.accumulates},
                   {"shift", drift.shift},
                   {"median_before", drift.median_before},
                   {"median_after", drift.median_after},
                   {"missing_before", drift.missing_before},
                   {"missing_after", drift.missing_after},
                   {"bins", drift.bins},
                   {"before", drift.before},
                   {"after", drift.after},
                   {"both", drift.both}});
  return out;
}

Result<json> feature_drift(const data::FeatureTable& before, const data::FeatureTable& after,
                           const base::Context& context) {
  std::vector<understand::DriftInput> inputs;
  for (const auto& now : after.columns)
    if (const auto then = before.column(now.name))  // columns of tastes are of one instant
      inputs.push_back({now.name, (*then)->values, now.values, (*then)->valid, now.valid, true});
  COTERIE_ASSIGN(const auto drifts, understand::find_drift(before, after, inputs, context));
  return drift_json(drifts);
}

// Scores as a column over all rows of the table.
struct ScoreColumn {
  std::vector<double> values;
  std::vector<uint8_t> valid;
};

Result<ScoreColumn> score(const ScoredTask& scored, const data::FeatureTable& features) {
  COTERIE_ASSIGN(auto rows, understand::select_rows(scored.task, features));
  rows.season = understand::Season::kNow;  // at both instants: members are compared, not months
  COTERIE_ASSIGN(const auto probabilities, scored.model->predict_proba(rows));
  ScoreColumn out{std::vector<double>(features.rows(), 0), std::vector<uint8_t>(features.rows(), 0)};
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    out.values[rows.rows[i]] = probabilities[i];
    out.valid[rows.rows[i]] = 1;
  }
  return out;
}

Result<json> score_drift(const std::vector<ScoredTask>& tasks, const data::FeatureTable& before,
                         const data::FeatureTable& after, const base::Context& context) {
  std::vector<ScoreColumn> columns;
  columns.reserve(2 * tasks.size());
  std::vector<understand::DriftInput> inputs;
  COTERIE_ASSIGN(const auto memory,
                 context.budget->reserve((before.rows() + after.rows()) * data::kCellBytes * tasks.size(),
                                         "scores at two instants"));
  for (const ScoredTask& task : tasks) {
    COTERIE_ASSIGN(columns.emplace_back(), score(task, before));
    COTERIE_ASSIGN(columns.emplace_back(), score(task, after));
    const auto& then = columns[columns.size() - 2];
    const auto& now = columns.back();
    inputs.push_back({std::string(task.task.name), then.values, now.values, then.valid, now.valid, false});
  }
  COTERIE_ASSIGN(const auto drifts, understand::find_drift(before, after, inputs, context));
  return drift_json(drifts);
}

Result<json> behavior_json(profile::AsOf& source, Timestamp as_of) {
  COTERIE_ASSIGN(const auto monitor, understand::watch_behavior(source, as_of));
  const auto& calendar = source.calendar();
  json watched = json::array(), shifts = json::array();
  for (const auto& series : monitor.watched)
    watched.push_back({{"series", series.series},
                       {"category", series.category.empty() ? json() : json(series.category)},
                       {"days", series.days}});
  for (const auto& shift : monitor.shifts)
    shifts.push_back({{"series", shift.series},
                      {"category", shift.category.empty() ? json() : json(shift.category)},
                      {"since", calendar.date_string(shift.since)},
                      {"alarm", calendar.date_string(shift.alarm)},
                      {"change", {{"value", shift.change}, {"low", shift.low}, {"high", shift.high}}},
                      {"z", shift.z},
                      {"threshold", shift.threshold}});
  return json{{"watched", std::move(watched)},
              {"shifts", std::move(shifts)},
              {"first_decision",
               calendar.date_string(calendar.add_days(source.range().first, monitor.first_decision_days))},
              {"false_alarms_per_year", understand::kFalseAlarmsPerYear}};
}

Result<std::vector<SegmentMembership>> memberships_of(const data::FeatureTable& features, uint64_t seed,
                                                      const base::Context& context) {
  std::vector<SegmentMembership> out;
  COTERIE_ASSIGN(const auto members, understand::compute_rfm(features));
  out.push_back(rfm_membership(members));
  COTERIE_ASSIGN(const auto lifecycle, understand::compute_lifecycle(features));
  if (!lifecycle.rows.empty()) out.push_back(lifecycle_membership(lifecycle));
  understand::ClusterOptions options;
  options.features.assign(std::begin(understand::kClusterFeatures), std::end(understand::kClusterFeatures));
  options.random_state = seed;
  auto clustering = understand::compute_clusters(features, options, context);
  if (!clustering && clustering.error().code() != Code::kInvalidArgument)
    return tl::unexpected(clustering.error());
  if (clustering) out.push_back(clusters_membership(*clustering));
  return out;
}

// The models of the newest run that made scores.
struct LoadedModels {
  std::vector<std::unique_ptr<understand::PredictModel>> models;
  std::vector<ScoredTask> tasks;
};

Result<LoadedModels> load_models(store::Workspace& workspace, const json& record) {
  LoadedModels out;
  registry::Registry registry(workspace);
  for (const auto& task : {understand::kPurchase, understand::kChurn}) {
    for (const json& model : record["models"]) {
      if (model["name"] != task.name || model["published"] == "no") continue;
      COTERIE_ASSIGN(const auto version, registry.find(task.name, model["version"].get<int64_t>()));
      COTERIE_ASSIGN(const auto state, registry.load(version));
      COTERIE_ASSIGN(auto loaded, understand::PredictModel::from_state(state));
      out.models.push_back(std::make_unique<understand::PredictModel>(std::move(loaded)));
      out.tasks.push_back({task, out.models.back().get()});
    }
  }
  return out;
}

// "7" is a kept run, anything else an instant.
Result<Earlier> earlier_from(const std::string& since, const std::vector<KeptRun>& runs,
                             const base::Calendar& calendar) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(since.data(), since.data() + since.size(), number);
  if (error == std::errc() && end == since.data() + since.size() && since.size() < 8) {
    std::string known;
    for (const KeptRun& run : runs) {
      if (run.number == number) return Earlier{run.as_of, run};
      known +=
          fmt::format("{}{} ({})", known.empty() ? "" : ", ", run.number, calendar.date_string(run.as_of));
    }
    return base::error(Code::kNotFound, "no run {} is kept; there are: {}", number,
                       known.empty() ? "none" : known);
  }
  COTERIE_ASSIGN(const Timestamp as_of, base::parse_instant(since, calendar));
  Earlier out{as_of};
  for (const KeptRun& run : runs)
    if (run.as_of == as_of) out.run = run;
  return out;
}

}  // namespace

std::optional<Earlier> choose_earlier(const profile::AsOf& source, const std::vector<KeptRun>& runs,
                                      Timestamp as_of) {
  if (const auto run = run_before(runs, as_of); run && run->as_of > source.range().first)
    return Earlier{run->as_of, run};
  const Timestamp before = source.calendar().add_days(as_of, -kDaysBefore);
  if (before <= source.range().first) return std::nullopt;
  return Earlier{before};
}

Status compute_earlier(profile::AsOf& source, uint64_t seed, int64_t members, Earlier* earlier) {
  const base::Context& context = source.context();
  const uint64_t bytes = static_cast<uint64_t>(members) *
                         (std::size(profile::kFeatureCatalog) * data::kCellBytes + data::kIdBytes);
  COTERIE_ASSIGN_OR_STATUS(
      earlier->memory,
      context.budget->reserve(bytes, fmt::format("features of {} members, as of earlier", members)));
  COTERIE_ASSIGN_OR_STATUS(earlier->features, profile::compute_features(source, earlier->as_of));
  COTERIE_ASSIGN_OR_STATUS(
      earlier->memberships,
      memberships_of(earlier->features, earlier->run ? earlier->run->seed : seed, context));
  for (auto& membership : earlier->memberships)
    if (membership.method == "clusters" && earlier->run &&
        earlier->run->clusters.size() == membership.segments.size())
      membership.segments = earlier->run->clusters;
  return {};
}

void keep_cluster_names(const Earlier& earlier, const data::FeatureTable& features, SegmentMembership* now,
                        int64_t* next_cluster) {
  const auto* then = find_method(earlier.memberships, "clusters");
  if (then == nullptr) return;
  const auto same_as = understand::match_by_members(at(earlier.features, *then), at(features, *now));
  for (size_t s = 0; s < now->segments.size(); ++s)
    now->segments[s] =
        same_as[s] != kNoSegment ? then->segments[same_as[s]] : fmt::format("cluster_{}", (*next_cluster)++);
}

Result<json> changes_json(profile::AsOf& source, const ChangesInput& input, const Earlier& earlier) {
  const base::Context& context = source.context();
  json segments = json::array();
  for (const auto& membership : input.memberships)
    if (const auto* then = find_method(earlier.memberships, membership.method))
      segments.push_back(flow_json(membership, at(earlier.features, *then), at(input.features, membership)));
  json out = {{"since",
               {{"as_of", source.calendar().to_string(earlier.as_of)},
                {"run", earlier.run ? json(earlier.run->number) : json()}}},
              {"segments", std::move(segments)}};
  COTERIE_ASSIGN(out["features"], feature_drift(earlier.features, input.features, context));
  COTERIE_ASSIGN(out["scores"], score_drift(input.scores, earlier.features, input.features, context));
  COTERIE_ASSIGN(out["behavior"], behavior_json(source, input.features.as_of));
  COTERIE_ASSIGN(out["quality"],
                 quality_changes_json(source, earlier.as_of, input.features.as_of, input.quality,
                                      earlier.run ? earlier.run->imports : std::vector<std::string>{}));
  return out;
}

Result<json> changes_since(store::Workspace& workspace, const std::string& since,
                           const base::Context& context) {
  COTERIE_ASSIGN(const json record, latest_record(workspace));
  COTERIE_ASSIGN(auto source, profile::AsOf::open(workspace, context));
  COTERIE_ASSIGN(const Timestamp as_of,
                 base::parse_instant(record["as_of"].get<std::string>(), workspace.calendar()));
  COTERIE_ASSIGN(const auto runs, kept_runs(workspace));
  COTERIE_ASSIGN(Earlier earlier, earlier_from(since, runs, workspace.calendar()));
  if (earlier.as_of >= as_of || earlier.as_of <= source->range().first)
    return base::error(
        Code::kInvalidArgument, "--since {} must lie between the first event ({}) and the newest run ({})",
        since, source->calendar().to_string(source->range().first), record["as_of"].get<std::string>());
  uint64_t seed = 1;
  std::vector<std::string> names;
  for (const KeptRun& run : runs)
    if (run.as_of == as_of) seed = run.seed, names = run.clusters;
  COTERIE_ASSIGN(const int64_t members, source->count_members());
  COTERIE_CHECK_OK(compute_earlier(*source, seed, members, &earlier));
  Earlier now{as_of};
  COTERIE_CHECK_OK(compute_earlier(*source, seed, members, &now));
  for (auto& membership : now.memberships)
    if (membership.method == "clusters" && names.size() == membership.segments.size())
      membership.segments = names;
  COTERIE_ASSIGN(const auto models, load_models(workspace, record));
  COTERIE_ASSIGN(const json quality, quality_json(workspace));
  COTERIE_ASSIGN(json out,
                 changes_json(*source, {now.features, now.memberships, models.tasks, quality}, earlier));
  out["as_of"] = record["as_of"];
  return out;
}

}  // namespace coterie::engine

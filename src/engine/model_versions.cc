#include "engine/model_versions.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/describe.h"
#include "engine/results.h"
#include "engine/run_record.h"
#include "learn/metrics/bootstrap.h"
#include "profile/features.h"
#include "registry/registry.h"
#include "understand/interval_json.h"
#include "understand/limit_json.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using base::Timestamp;
using nlohmann::json;
using registry::ModelVersion;
using registry::Published;
using understand::PredictModel;
using understand::PredictTask;

namespace {

Result<PredictTask> task_of(std::string_view name) {
  const auto task = understand::task_named(name);
  if (!task)
    return base::error(Code::kInvalidArgument,
                       "'{}' is made anew by every run; versions are chosen of purchase and churn", name);
  return *task;
}

Result<PredictModel> load(store::Workspace& workspace, const ModelVersion& version) {
  COTERIE_ASSIGN(const auto state, registry::Registry(workspace).load(version));
  return PredictModel::from_state(state);
}

Status check_publishable(store::Workspace& workspace, const ModelVersion& version) {
  if (version.published == Published::kNo) {
    std::string why;
    for (const json& limit : version.evidence.value("limits", json::array()))
      why += fmt::format("; {}", limit["en"].get<std::string>());
    return base::failure(Code::kFailedPrecondition,
                         "{} {} did not pass when it was judged and cannot be published{}", version.name,
                         version.version, why);
  }
  COTERIE_RETURN_IF_ERROR(registry::verify_files(workspace.folder(), version));
  return registry::verify_golden_rows(workspace.folder(), version, understand::rescore_prediction());
}

// The local date that a version was trained for.
Result<std::string> as_of_date(const ModelVersion& version, const PredictTask& task,
                               const base::Calendar& calendar) {
  const std::string test = version.evidence["split"]["test"]["as_of"];
  COTERIE_ASSIGN(const Timestamp at, base::parse_instant(test, calendar));
  return calendar.date_string(calendar.add_days(at, task.horizon_days));
}

// A model as it scores the members of `now`.
Result<understand::Prediction> prediction_of(store::Workspace& workspace, const PredictTask& task,
                                             const ModelVersion& version, const data::FeatureTable& now) {
  understand::Prediction out;
  out.name = task.name;
  out.method = "logistic_regression";
  out.published = version.published;
  out.evidence = version.evidence;
  out.evidence["method"] = out.method;
  COTERIE_ASSIGN(const std::string date, as_of_date(version, task, workspace.calendar()));
  if (const std::string today = workspace.calendar().date_string(now.as_of); date != today) {
    out.published = Published::kRanking;
    out.evidence["limits"].push_back(
        understand::limit_json("other_instant", base::Message::limit_other_instant, date, today));
  }
  COTERIE_ASSIGN(auto model, load(workspace, version));
  COTERIE_CHECK_OK(understand::score_today(task, std::move(model), now, &out));
  return out;
}

// What the record says of a model, scored again: by the version in it, or by its baseline.
Result<understand::Prediction> as_recorded(store::Workspace& workspace, const PredictTask& task,
                                           const json& model, const json& evidence,
                                           const data::FeatureTable& now) {
  if (model["published"] != "no") {
    COTERIE_ASSIGN(const auto version,
                   registry::Registry(workspace).find(task.name, model["version"].get<int64_t>()));
    return prediction_of(workspace, task, version, now);
  }
  understand::Prediction out;
  out.name = task.name;
  out.method = model["method"];
  out.evidence = evidence;
  if (out.method != "none") COTERIE_CHECK_OK(understand::score_today(task, std::nullopt, now, &out));
  return out;
}

Result<json> make_live(store::Workspace& workspace, const ModelVersion& wanted, std::string_view why,
                       const DrawReport& draw_report, const base::Context& context) {
  COTERIE_ASSIGN(const auto task, task_of(wanted.name));
  COTERIE_CHECK_OK(check_publishable(workspace, wanted));
  COTERIE_ASSIGN(json record, latest_record(workspace));
  COTERIE_ASSIGN(const Timestamp as_of,
                 base::parse_instant(record["as_of"].get<std::string>(), workspace.calendar()));
  COTERIE_ASSIGN(auto source, profile::AsOf::open(workspace, context));
  COTERIE_ASSIGN(const auto now,
                 profile::compute_features(*source, as_of, {.features = understand::predict_features()}));
  std::vector<understand::Prediction> predictions;
  std::vector<StoredPrediction> stored;
  int64_t was = 0;
  predictions.reserve(record["models"].size());
  for (json& model : record["models"]) {
    const std::string name = model["name"];
    COTERIE_ASSIGN(const auto other, task_of(name));
    const bool is_wanted = name == task.name;
    int64_t version = model["published"] == "no" ? 0 : model["version"].get<int64_t>();
    if (is_wanted) was = std::exchange(version, wanted.version);
    if (is_wanted && was == version)
      return base::error(Code::kFailedPrecondition, "{} {} is live already", wanted.name, wanted.version);
    auto prediction = is_wanted
                          ? prediction_of(workspace, task, wanted, now)
                          : as_recorded(workspace, other, model, record["details"]["models"][name], now);
    if (!prediction) return tl::unexpected(prediction.error());
    predictions.push_back(std::move(*prediction));
    stored.push_back({&predictions.back(), version});
    if (!is_wanted) continue;
    model = model_json(predictions.back(), version);
    record["details"]["models"][name] = predictions.back().evidence;
  }
  COTERIE_ASSIGN(auto commit, store::Commit::begin(workspace, "publish"));
  COTERIE_CHECK_OK(write_scores(source->connection(), now, stored, *commit, context));
  COTERIE_CHECK_OK(registry::Registry(workspace).make_live(
      wanted.name, {wanted.version, context.clock->now(), std::string(why)}, *commit));
  COTERIE_CHECK_OK(replace_latest_record(workspace, record, *commit));
  if (draw_report) COTERIE_CHECK_OK(commit->put_page(kReportName, draw_report(record)));
  if (const auto generation = commit->finish(context.clock->now()); !generation)
    return tl::unexpected(generation.error());
  const auto& scored = *std::find_if(predictions.begin(), predictions.end(),
                                     [&](const auto& prediction) { return prediction.name == wanted.name; });
  return json{{"model", wanted.name},
              {"version", wanted.version},
              {"was", was},
              {"published", registry::to_string(scored.published)}};
}

json metrics_json(const learn::ClassificationEvidence& metrics) {
  return {{"auc", understand::interval_json(metrics.auc)},
          {"pr_auc", understand::interval_json(metrics.pr_auc)},
          {"log_loss", understand::interval_json(metrics.log_loss)},
          {"brier", understand::interval_json(metrics.brier)},
          {"lift10", understand::interval_json(metrics.lift10)}};
}

// The version's probabilities on rows of a test; it knows their season only when the test is its own.
Result<std::vector<double>> probabilities(store::Workspace& workspace, const ModelVersion& version,
                                          std::string_view test_date, understand::TaskRows* rows) {
  COTERIE_ASSIGN(const auto model, load(workspace, version));
  const bool is_own = version.evidence["split"]["test"]["as_of"] == test_date;
  rows->season = is_own ? understand::Season::kTest : understand::Season::kTraining;
  return model.predict_proba(*rows);
}

}  // namespace

Result<json> publish_version(store::Workspace& workspace, std::string_view name, int64_t version,
                             const DrawReport& draw_report, const base::Context& context) {
  if (const auto task = task_of(name); !task) return tl::unexpected(task.error());
  COTERIE_ASSIGN(const auto wanted, registry::Registry(workspace).find(name, version));
  return make_live(workspace, wanted, "publish", draw_report, context);
}

Result<json> rollback_model(store::Workspace& workspace, std::string_view name, const DrawReport& draw_report,
                            const base::Context& context) {
  if (const auto task = task_of(name); !task) return tl::unexpected(task.error());
  registry::Registry registry(workspace);
  COTERIE_ASSIGN(const auto history, registry.live_history(name));
  const auto before = std::find_if(history.rbegin(), history.rend(), [&](const auto& entry) {
    return entry.version != history.back().version;
  });
  if (before == history.rend())
    return base::error(Code::kFailedPrecondition,
                       "no other version of {} was ever live; `coterie models SHOP list`", name);
  COTERIE_ASSIGN(const auto wanted, registry.find(name, before->version));
  return make_live(workspace, wanted, "rollback", draw_report, context);
}

Result<json> compare_versions(store::Workspace& workspace, std::string_view name, int64_t first,
                              int64_t second, const base::Context& context) {
  COTERIE_ASSIGN(const auto task, task_of(name));
  registry::Registry registry(workspace);
  COTERIE_ASSIGN(const auto a, registry.find(name, first));
  COTERIE_ASSIGN(const auto b, registry.find(name, second));
  const auto test_of = [](const ModelVersion& version) {
    return version.evidence["split"]["test"]["as_of"].get<std::string>();
  };
  const std::string test_date = std::max(test_of(a), test_of(b));
  COTERIE_ASSIGN(const Timestamp at, base::parse_instant(test_date, workspace.calendar()));
  COTERIE_ASSIGN(auto source, profile::AsOf::open(workspace, context));
  COTERIE_ASSIGN(const auto features,
                 profile::compute_features(*source, at, {.features = understand::predict_features()}));
  COTERIE_ASSIGN(auto rows, understand::select_labelled_rows(task, features, *source));
  COTERIE_ASSIGN(const auto of_a, probabilities(workspace, a, test_date, &rows));
  COTERIE_ASSIGN(const auto of_b, probabilities(workspace, b, test_date, &rows));
  COTERIE_ASSIGN(const auto metrics_a, learn::bootstrap_classification(of_a, rows.labels, {}, context));
  COTERIE_ASSIGN(const auto metrics_b, learn::bootstrap_classification(of_b, rows.labels, {}, context));
  COTERIE_ASSIGN(const auto difference,
                 learn::bootstrap_auc_difference(of_b, of_a, rows.labels, {}, context));
  json better;
  if (difference.low > 0) better = second;
  if (difference.high < 0) better = first;
  return json{{"model", name},
              {"test",
               {{"as_of", test_date},
                {"users", rows.rows.size()},
                {"positive", std::accumulate(rows.labels.begin(), rows.labels.end(), size_t{0})}}},
              {"versions",
               {{{"version", first}, {"metrics", metrics_json(metrics_a)}},
                {{"version", second}, {"metrics", metrics_json(metrics_b)}}}},
              {"auc_difference", understand::interval_json(difference)},
              {"better", better}};
}

}  // namespace coterie::engine

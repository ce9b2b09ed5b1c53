#include "understand/predict/predict.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/metrics/bootstrap.h"
#include "understand/interval_json.h"
#include "understand/limit_json.h"

namespace coterie::understand {

using base::Result;
using base::Status;
using nlohmann::json;
using registry::Published;

namespace {

constexpr size_t kMostReasons = 3;

// What each training window is, and what its season is worth.
json training_json(const PredictInput& input, const base::Calendar& calendar) {
  constexpr std::string_view kSeasons[] = {"training", "test", "now"};
  json out = json::array();
  for (size_t i = 0; i < input.training.size(); ++i) {
    const TaskRows& rows = input.training[i];
    out.push_back({{"as_of", calendar.date_string(rows.as_of)},
                   {"season", kSeasons[static_cast<size_t>(rows.season)]},
                   {"is_year_ago", rows.is_year_ago},
                   {"users", i < input.training_users.size() ? input.training_users[i] : rows.rows.size()},
                   {"rows", rows.rows.size()},
                   {"positive", std::accumulate(rows.labels.begin(), rows.labels.end(), size_t{0})}});
  }
  return out;
}

json seasons_json(const PredictModel& model) {
  if (!model.knows_seasons()) return nullptr;
  return {{"test", std::exp(model.season_effect(Season::kTest))},
          {"now", std::exp(model.season_effect(Season::kNow))}};
}

json split_json(const TaskRows& rows, const base::Calendar& calendar) {
  return {{"as_of", calendar.date_string(rows.as_of)},
          {"users", rows.rows.size()},
          {"positive", std::accumulate(rows.labels.begin(), rows.labels.end(), size_t{0})}};
}

bool has_both_classes(const TaskRows& rows) {
  return std::find(rows.labels.begin(), rows.labels.end(), 0) != rows.labels.end() &&
         std::find(rows.labels.begin(), rows.labels.end(), 1) != rows.labels.end();
}

// Golden rows: the first members it was judged on, with their probabilities.
Result<registry::NewModel> new_model(const PredictTask& task, const PredictModel& model, const TaskRows& test,
                                     const std::vector<double>& probabilities) {
  registry::NewModel out;
  out.name = task.name;
  out.state = model.state();
  out.state.names["features"] = model.matrix().column_names();
  const size_t rows = std::min(registry::kGoldenRows, test.rows.size());
  COTERIE_ASSIGN(out.golden.inputs, model.design(test, 0, rows));
  out.golden.outputs.assign(probabilities.begin(), probabilities.begin() + static_cast<ptrdiff_t>(rows));
  out.rescore = rescore_prediction();
  return out;
}

// Ranks by score, equal scores by row, so that the order does not depend on anything else.
void rank(std::vector<UserScore>& scores) {
  std::sort(scores.begin(), scores.end(), [](const UserScore& a, const UserScore& b) {
    return a.score != b.score ? a.score > b.score : a.row < b.row;
  });
  for (size_t i = 0; i < scores.size(); ++i) scores[i].rank = static_cast<uint32_t>(i + 1);
}

Result<std::vector<UserScore>> score_by_model(const PredictModel& model, const TaskRows& now) {
  COTERIE_ASSIGN(const auto probabilities, model.predict_proba(now));
  std::vector<UserScore> out;
  out.reserve(now.rows.size());
  for (size_t i = 0; i < now.rows.size(); ++i) out.push_back({now.rows[i], 0, probabilities[i]});
  rank(out);
  return out;
}

Result<std::vector<UserScore>> score_by_baseline(const PredictTask& task, std::string_view name,
                                                 const TaskRows& now) {
  COTERIE_ASSIGN(const auto baselines, baseline_scores(task, now));
  std::vector<UserScore> out;
  for (const auto& [baseline, scores] : baselines) {
    if (baseline != name) continue;
    for (size_t i = 0; i < now.rows.size(); ++i) out.push_back({now.rows[i], 0, scores[i]});
  }
  rank(out);
  return out;
}

// Worse than the live version beyond chance, on the same members.
Result<bool> worse_than_live(const PredictInput& input, const TaskRows& test,
                             const std::vector<double>& probabilities, uint64_t seed,
                             const base::Context& context, json* evidence) {
  if (!input.live) return false;
  COTERIE_ASSIGN(const auto live, input.live->predict_proba(test));
  COTERIE_ASSIGN(const auto difference, learn::bootstrap_auc_difference(probabilities, live, test.labels,
                                                                        {.random_state = seed}, context));
  (*evidence)["difference_to_live"] = interval_json(difference);
  return difference.high < 0;
}

Prediction without_model(const PredictTask& task, json why, json evidence) {
  Prediction out;
  out.name = task.name;
  out.method = "none";
  out.evidence = std::move(evidence);
  out.evidence["limits"] = json::array({std::move(why)});
  return out;
}

// What the numbers do not cover.
json limits(const Evaluation& evaluation, bool worse_than_live, const TaskRows& train, const TaskRows& test,
            const std::vector<double>& probabilities) {
  using base::Message;
  json out = json::array();
  const auto percent = [](const auto& values) {
    return 100 * std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  };
  for (const Baseline& baseline : evaluation.baselines)
    if (baseline.difference.low <= 0)
      out.push_back(limit_json("baseline", Message::limit_baseline, evaluation.metrics.auc.value,
                               baseline.name, baseline.auc.value));
  if (worse_than_live) out.push_back(limit_json("worse_than_live", Message::limit_worse_than_live));
  if (!evaluation.calibration.calibrated)
    out.push_back(limit_json("calibration", Message::limit_calibration, percent(train.labels),
                             percent(test.labels), percent(probabilities)));
  if (test.rows.size() < 500) out.push_back(limit_json("few", Message::limit_few, test.rows.size()));
  return out;
}

}  // namespace

Result<std::vector<std::vector<Reason>>> Prediction::reasons(const data::FeatureTable& features,
                                                             std::vector<uint32_t> rows) const {
  if (!scorer) return std::vector<std::vector<Reason>>(rows.size());
  return scorer->explain({features.as_of, &features, std::move(rows), {}, Season::kNow}, kMostReasons);
}

Status score_today(const PredictTask& task, std::optional<PredictModel> model, const data::FeatureTable& now,
                   Prediction* out) {
  COTERIE_ASSIGN_OR_STATUS(TaskRows rows, select_rows(task, now));
  rows.season = Season::kNow;
  if (model) {
    COTERIE_ASSIGN_OR_STATUS(out->scores, score_by_model(*model, rows));
    out->scorer = std::move(model);
    return {};
  }
  COTERIE_ASSIGN_OR_STATUS(out->scores, score_by_baseline(task, out->method, rows));
  return {};
}

std::optional<PredictTask> task_named(std::string_view name) {
  for (const auto& task : {kPurchase, kChurn})
    if (task.name == name) return task;
  return std::nullopt;
}

registry::Rescore rescore_prediction() {
  return [](const learn::ModelState& state, const kernels::Matrix& x) -> Result<std::vector<double>> {
    COTERIE_ASSIGN(const auto loaded, PredictModel::from_state(state));
    return loaded.estimator().predict_proba(x);
  };
}

Result<Prediction> predict(const PredictTask& task, const PredictInput& input, profile::AsOf& source,
                           uint64_t seed, const base::Context& context) {
  const TaskRows& train = input.training.front();
  COTERIE_ASSIGN(TaskRows test, select_labelled_rows(task, *input.test, source));
  COTERIE_ASSIGN(const TaskRows now, select_rows(task, *input.now));
  test.season = Season::kTest;
  json evidence = {
      {"task", task.name},
      {"horizon_days", task.horizon_days},
      {"active_days", task.active_days},
      {"split",
       {{"train", split_json(train, source.calendar())}, {"test", split_json(test, source.calendar())}}},
      {"training", training_json(input, source.calendar())},
      {"scored", now.rows.size()},
      {"features_sql", profile::feature_sql_hash()}};
  if (!has_both_classes(train) || !has_both_classes(test))
    return without_model(
        task, limit_json("too_little", base::Message::limit_too_little, train.rows.size(), test.rows.size()),
        std::move(evidence));
  COTERIE_ASSIGN(auto model, PredictModel::fit(input.training, context));
  COTERIE_ASSIGN(const auto probabilities, model.predict_proba(test));
  COTERIE_ASSIGN(const Evaluation evaluation, evaluate(task, test, probabilities, seed, context));
  evidence.update(to_json(evaluation, test, probabilities));
  evidence["season_odds_ratios"] = seasons_json(model);
  json drivers = json::array();
  for (const Reason& driver : model.drivers())
    drivers.push_back({{"column", driver.column}, {"coef", driver.effect}});
  evidence["drivers"] = std::move(drivers);
  const Baseline& best = *evaluation.best_baseline();
  evidence["baseline"] = {{"name", best.name}, {"metric", "auc"}, {"value", best.auc.value}};

  Prediction out;
  out.name = task.name;
  COTERIE_ASSIGN(const bool worse, worse_than_live(input, test, probabilities, seed, context, &evidence));
  evidence["limits"] = limits(evaluation, worse, train, test, probabilities);
  // Golden rows are scored again when the files are written; the registry's word comes later.
  out.published = registry::decide({.beats_baseline = evaluation.beats_baselines(),
                                    .is_calibrated = evaluation.calibration.calibrated,
                                    .golden_rows_pass = true,
                                    .worse_than_live = worse});
  COTERIE_ASSIGN(out.model, new_model(task, model, test, probabilities));
  const bool uses_model = out.published != Published::kNo;
  out.method = uses_model ? "logistic_regression" : std::string(best.name);
  auto scorer = uses_model ? std::optional(std::move(model)) : std::nullopt;
  COTERIE_CHECK_OK(score_today(task, std::move(scorer), *input.now, &out));
  evidence["method"] = out.method;
  out.evidence = std::move(evidence);
  return out;
}

}  // namespace coterie::understand

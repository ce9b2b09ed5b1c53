#include "understand/predict/evaluate.h"

#include <algorithm>
#include <numeric>

#include "learn/metrics/classification.h"
#include "understand/interval_json.h"

namespace coterie::understand {

using base::Result;
using nlohmann::json;

namespace {

constexpr size_t kCurvePoints = 100;

// Thinned to at most kCurvePoints, ends included.
json roc_json(const std::vector<learn::RocPoint>& curve) {
  json points = json::array();
  const size_t step = std::max<size_t>(1, curve.size() / kCurvePoints);
  for (size_t i = 0; i < curve.size(); i += step)
    points.push_back({curve[i].false_positive_rate, curve[i].true_positive_rate});
  if ((curve.size() - 1) % step != 0) points.push_back({1.0, 1.0});
  return points;
}

// Lift of the top 5 %, 10 %, ..., 100 %.
Result<json> lift_json(const std::vector<double>& scores, const std::vector<uint8_t>& labels) {
  json points = json::array();
  for (int percent = 5; percent <= 100; percent += 5) {
    COTERIE_ASSIGN(const double lift, learn::lift_at(scores, labels, percent / 100.0));
    points.push_back({percent / 100.0, lift});
  }
  return points;
}

// Quality for members with one order, a few, and many: where the model is strong and where it guesses.
json groups_json(const TaskRows& test, const std::vector<double>& probabilities) {
  const auto frequency = test.features->column("frequency");
  if (!frequency) return json::array();
  json groups = json::array();
  constexpr std::pair<std::string_view, std::pair<double, double>> kGroups[] = {
      {"orders_1", {0, 1.5}}, {"orders_2_4", {1.5, 4.5}}, {"orders_5_up", {4.5, 1e300}}};
  for (const auto& [name, bounds] : kGroups) {
    std::vector<double> scores;
    std::vector<uint8_t> labels;
    for (size_t i = 0; i < test.rows.size(); ++i) {
      const double orders = (*frequency)->values[test.rows[i]];
      if (orders < bounds.first || orders >= bounds.second) continue;
      scores.push_back(probabilities[i]);
      labels.push_back(test.labels[i]);
    }
    if (scores.empty()) continue;
    const auto n = static_cast<double>(scores.size());
    const auto auc = learn::roc_auc_score(scores, labels);
    groups.push_back({{"group", name},
                      {"users", scores.size()},
                      {"mean_predicted", std::accumulate(scores.begin(), scores.end(), 0.0) / n},
                      {"observed_rate", std::accumulate(labels.begin(), labels.end(), 0.0) / n},
                      {"auc", auc ? json(*auc) : json()}});
  }
  return groups;
}

}  // namespace

const Baseline* Evaluation::best_baseline() const {
  const auto best =
      std::max_element(baselines.begin(), baselines.end(),
                       [](const Baseline& a, const Baseline& b) { return a.auc.value < b.auc.value; });
  return best == baselines.end() ? nullptr : &*best;
}

bool Evaluation::beats_baselines() const {
  return std::all_of(baselines.begin(), baselines.end(),
                     [](const Baseline& b) { return b.difference.low > 0; });
}

Result<std::vector<std::pair<std::string_view, std::vector<double>>>> baseline_scores(const PredictTask& task,
                                                                                      const TaskRows& rows) {
  constexpr std::pair<std::string_view, std::string_view> kBaselines[] = {
      {"recency", "recency_days"}, {"frequency", "frequency"}, {"monetary", "monetary"}};
  std::vector<std::pair<std::string_view, std::vector<double>>> out;
  for (const auto& [name, feature] : kBaselines) {
    COTERIE_ASSIGN(const auto* column, rows.features->column(feature));
    // A recent, frequent, high spender buys; the one who churns is the opposite.
    const double sign = (name == "recency" ? -1.0 : 1.0) * (task.positive_if_buys ? 1.0 : -1.0);
    std::vector<double> scores;
    for (const uint32_t row : rows.rows) scores.push_back(sign * column->values[row]);
    out.emplace_back(name, std::move(scores));
  }
  return out;
}

Result<Evaluation> evaluate(const PredictTask& task, const TaskRows& test,
                            const std::vector<double>& probabilities, uint64_t seed,
                            const base::Context& context) {
  Evaluation out;
  const learn::BootstrapOptions bootstrap{.random_state = seed};
  COTERIE_ASSIGN(out.metrics,
                 learn::bootstrap_classification(probabilities, test.labels, bootstrap, context));
  COTERIE_ASSIGN(out.calibration,
                 learn::calibration(probabilities, test.labels, {.random_state = seed}, context));
  COTERIE_ASSIGN(const auto baselines, baseline_scores(task, test));
  for (const auto& [name, scores] : baselines) {
    Baseline baseline{name, {}, {}};
    COTERIE_ASSIGN(baseline.auc, learn::bootstrap_auc(scores, test.labels, bootstrap, context));
    COTERIE_ASSIGN(baseline.difference,
                   learn::bootstrap_auc_difference(probabilities, scores, test.labels, bootstrap, context));
    out.baselines.push_back(baseline);
  }
  return out;
}

json to_json(const Evaluation& evaluation, const TaskRows& test, const std::vector<double>& probabilities) {
  json baselines = json::array();
  for (const Baseline& baseline : evaluation.baselines)
    baselines.push_back({{"name", baseline.name},
                         {"auc", interval_json(baseline.auc)},
                         {"difference", interval_json(baseline.difference)}});
  json bins = json::array();
  for (const auto& bin : evaluation.calibration.bins)
    bins.push_back(
        {{"mean_predicted", bin.mean_predicted}, {"observed_rate", bin.observed_rate}, {"users", bin.count}});
  json out = {{"metrics",
               {{"auc", interval_json(evaluation.metrics.auc)},
                {"pr_auc", interval_json(evaluation.metrics.pr_auc)},
                {"log_loss", interval_json(evaluation.metrics.log_loss)},
                {"brier", interval_json(evaluation.metrics.brier)},
                {"lift10", interval_json(evaluation.metrics.lift10)}}},
              {"baselines", baselines},
              {"calibration",
               {{"expected_calibration_error", evaluation.calibration.expected_calibration_error},
                {"band", evaluation.calibration.band},
                {"calibrated", evaluation.calibration.calibrated},
                {"bins", bins}}},
              {"groups", groups_json(test, probabilities)}};
  if (const auto roc = learn::roc_curve(probabilities, test.labels)) out["roc"] = roc_json(*roc);
  if (const auto lift = lift_json(probabilities, test.labels)) out["lift"] = *lift;
  return out;
}

}  // namespace coterie::understand

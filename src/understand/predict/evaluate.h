// How good a predictor is on later members, and whether it beats what needs no model.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "learn/metrics/bootstrap.h"
#include "learn/metrics/calibration.h"
#include "understand/predict/task.h"

namespace coterie::understand {

/// A score that needs no model: one feature, turned so that a higher value means more likely.
struct Baseline {
  std::string_view name;  ///< "recency", "frequency", "monetary"
  learn::Interval auc;
  learn::Interval difference;  ///< AUC of the model minus this one's, paired
};

struct Evaluation {
  learn::ClassificationEvidence metrics;
  learn::Calibration calibration;
  std::vector<Baseline> baselines;
  const Baseline* best_baseline() const;
  bool beats_baselines() const;  ///< every paired difference has a lower bound above 0
};

/// Scores of the baselines for the rows of a task, in the order recency, frequency, monetary.
base::Result<std::vector<std::pair<std::string_view, std::vector<double>>>> baseline_scores(
    const PredictTask& task, const TaskRows& rows);

/// Errors: kInvalidArgument when the test rows hold one class only.
base::Result<Evaluation> evaluate(const PredictTask& task, const TaskRows& test,
                                  const std::vector<double>& probabilities, uint64_t seed,
                                  const base::Context& context);

/// The record of DESIGN §8 that tells the story of an evaluation: metrics, baselines, calibration, curves,
/// groups.
nlohmann::json to_json(const Evaluation& evaluation, const TaskRows& test,
                       const std::vector<double>& probabilities);

}  // namespace coterie::understand

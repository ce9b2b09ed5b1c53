// One task from features to a published model: train early, test later, decide, score today.
//
//   t_train = as_of − 2 · horizon   features and labels the model learns from
//   t_test  = as_of − horizon       later members it is judged on; no label overlaps the training labels
//   as_of                           members it scores
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "profile/as_of.h"
#include "registry/registry.h"
#include "understand/predict/evaluate.h"
#include "understand/predict/model.h"
#include "understand/predict/task.h"

namespace coterie::understand {

/// A member's place in the ranking of a task today.
struct UserScore {
  uint32_t row = 0;   ///< of the features as of as_of
  uint32_t rank = 0;  ///< 1 = most likely
  double score = 0;   ///< probability when the model is published "yes", otherwise the ranking score
};

struct Prediction {
  std::string name;
  /// "logistic_regression", or the baseline that is used because the model did not beat it.
  std::string method;
  registry::Published published = registry::Published::kNo;  ///< of the trained model
  nlohmann::json evidence;
  std::optional<registry::NewModel>
      model;                           ///< what the registry stores; nothing when there was too little data
  std::optional<PredictModel> scorer;  ///< what made the scores; nothing when a baseline did
  std::vector<UserScore> scores;       ///< by rank

  /// Why some members have their scores: the largest effects of each, largest first; empty for a baseline.
  /// `rows` are of `features`, the table as of as_of. Made when they are written, since they take ten times the
  /// memory of the scores.
  base::Result<std::vector<std::vector<Reason>>> reasons(const data::FeatureTable& features,
                                                         std::vector<uint32_t> rows) const;
};

/// What a task learns from and is judged on; tables are not owned.
struct PredictInput {
  /// Labelled: the newest window first, then those of the year before, if the shop's history has them.
  std::vector<TaskRows> training;
  const data::FeatureTable* test = nullptr;
  const data::FeatureTable* now = nullptr;
  std::vector<size_t> training_users =
      {};                                 ///< how many members each window has, where it holds a part of them
  std::optional<PredictModel> live = {};  ///< the published version, judged on the same test rows
};

/// A task with too little data (no members, one class) is not an error: the evidence says why there is no
/// model.
base::Result<Prediction> predict(const PredictTask& task, const PredictInput& input, profile::AsOf& source,
                                 uint64_t seed, const base::Context& context);

/// What a task says of today's members by a model that was judged before, or by the baseline `out.method`: fills scores
/// and, of a model, the scorer. `out` has its name, method, published and evidence. Errors: as PredictModel.
base::Status score_today(const PredictTask& task, std::optional<PredictModel> model,
                         const data::FeatureTable& now, Prediction* out);

/// The task of a name; nothing when there is none.
std::optional<PredictTask> task_named(std::string_view name);

/// Scores golden rows of a prediction model again.
registry::Rescore rescore_prediction();

}  // namespace coterie::understand

// PredictModel: features to the score of a task, as it is trained, stored and read back.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "learn/linear/logistic_regression.h"
#include "understand/feature_matrix.h"
#include "understand/predict/task.h"

namespace coterie::understand {

/// Which features the models look at.
std::span<const std::string_view> predict_features();

/// One reason for a score: a column of the model and what it adds to the log odds.
struct Reason {
  std::string column;
  double effect;
};

/// Logistic regression on features (log, standardised), their squares where there are members enough, and, where it was
/// trained on windows of the year before as well, on what the season and the year add. Immutable; safe from many threads.
class PredictModel {
 public:
  /// On the newest training window, and on those of the year before when there are any: then seasons are known.
  /// Errors: kInvalidArgument (no rows, one class).
  static base::Result<PredictModel> fit(std::span<const TaskRows> windows, const base::Context& context);

  /// Probability of the positive label of every row, in the season of the rows.
  base::Result<std::vector<double>> predict_proba(const TaskRows& rows) const;

  /// What the estimator reads: rows × (features, as many squares where it has them, and 3 where seasons are known).
  base::Result<kernels::Matrix> design(const TaskRows& rows, size_t begin, size_t end) const;

  /// What a season adds to the log odds, against the training window's; 0 where seasons are not known.
  double season_effect(Season season) const;
  bool knows_seasons() const { return knows_seasons_; }

  /// The n largest effects of features on each row's log odds, largest first. Memory: rows × columns; ask for blocks of
  /// rows.
  base::Result<std::vector<std::vector<Reason>>> explain(const TaskRows& rows, size_t n) const;

  /// Features with the change of the log odds per standard deviation at the mean, largest size first.
  std::vector<Reason> drivers() const;

  const FeatureMatrix& matrix() const { return matrix_; }
  const learn::LogisticRegression& estimator() const { return estimator_; }

  learn::ModelState state() const;
  static base::Result<PredictModel> from_state(const learn::ModelState& state);

 private:
  PredictModel(FeatureMatrix matrix, bool has_squares, bool knows_seasons)
      : matrix_(std::move(matrix)), has_squares_(has_squares), knows_seasons_(knows_seasons) {}
  size_t columns() const;
  FeatureMatrix matrix_;
  bool has_squares_;  ///< models of earlier releases have none
  bool knows_seasons_;
  learn::LogisticRegression estimator_;
};

}  // namespace coterie::understand

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

/// Logistic regression on log and standardised features. Immutable; safe from many threads.
class PredictModel {
 public:
  /// Errors: kInvalidArgument (no rows, one class).
  static base::Result<PredictModel> fit(const TaskRows& train, const base::Context& context);

  /// Probability of the positive label of every row.
  base::Result<std::vector<double>> predict_proba(const TaskRows& rows) const;

  /// The n largest effects on each row's log odds, largest first. Memory: rows × columns; ask for blocks of rows.
  base::Result<std::vector<std::vector<Reason>>> explain(const TaskRows& rows, size_t n) const;

  /// Columns with their coefficients (per standard deviation), largest size first.
  std::vector<Reason> drivers() const;

  const FeatureMatrix& matrix() const { return matrix_; }
  const learn::LogisticRegression& estimator() const { return estimator_; }

  learn::ModelState state() const;
  static base::Result<PredictModel> from_state(const learn::ModelState& state);

 private:
  PredictModel(FeatureMatrix matrix, learn::LogisticRegression estimator)
      : matrix_(std::move(matrix)), estimator_(std::move(estimator)) {}
  FeatureMatrix matrix_;
  learn::LogisticRegression estimator_;
};

}  // namespace coterie::understand

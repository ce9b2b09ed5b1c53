#include "understand/predict/model.h"

#include <algorithm>
#include <cmath>

namespace coterie::understand {

using base::Result;

namespace {

constexpr std::string_view kFeatures[] = {
    "recency_days",        "tenure_days",          "frequency",        "monetary",        "frequency_90d",
    "frequency_180d",      "gap_mean_days",        "recency_over_gap", "distinct_items",  "basket_items",
    "order_value",         "repeat_item_share",    "count_view",       "count_favorite",  "count_cart",
    "active_recency_days", "active_tenure_days",   "active_days",      "active_days_30d", "active_days_90d",
    "missed_active_days",  "orders_per_active_day"};

// Scoring standardises so many rows at once: a matrix of all members would be as large as their features.
constexpr size_t kRowsAtOnce = 65'536;

bool larger(const Reason& a, const Reason& b) { return std::abs(a.effect) > std::abs(b.effect); }

}  // namespace

std::span<const std::string_view> predict_features() { return kFeatures; }

Result<PredictModel> PredictModel::fit(const TaskRows& train, const base::Context& context) {
  COTERIE_ASSIGN(auto matrix, FeatureMatrix::fit(*train.features, train.rows, kFeatures));
  COTERIE_ASSIGN(const auto x, matrix.transform(*train.features, train.rows));
  COTERIE_ASSIGN(auto estimator, learn::LogisticRegression::fit(x, train.labels, {}, {}, context));
  return PredictModel(std::move(matrix), std::move(estimator));
}

Result<std::vector<double>> PredictModel::predict_proba(const TaskRows& rows) const {
  std::vector<double> out;
  out.reserve(rows.rows.size());
  for (size_t begin = 0; begin < rows.rows.size(); begin += kRowsAtOnce) {
    const size_t n = std::min(kRowsAtOnce, rows.rows.size() - begin);
    COTERIE_ASSIGN(const auto x, matrix_.transform(*rows.features, std::span(rows.rows).subspan(begin, n)));
    COTERIE_ASSIGN(const auto probabilities, estimator_.predict_proba(x));
    out.insert(out.end(), probabilities.begin(), probabilities.end());
  }
  return out;
}

Result<std::vector<std::vector<Reason>>> PredictModel::explain(const TaskRows& rows, size_t n) const {
  COTERIE_ASSIGN(const auto x, matrix_.transform(*rows.features, rows.rows));
  const auto names = matrix_.column_names();
  std::vector<std::vector<Reason>> out(rows.rows.size());
  for (size_t i = 0; i < out.size(); ++i) {
    for (size_t j = 0; j < names.size(); ++j) out[i].push_back({names[j], estimator_.coef()[j] * x.at(i, j)});
    std::stable_sort(out[i].begin(), out[i].end(), larger);
    if (out[i].size() > n) out[i].resize(n);
  }
  return out;
}

std::vector<Reason> PredictModel::drivers() const {
  const auto names = matrix_.column_names();
  std::vector<Reason> out;
  for (size_t j = 0; j < names.size(); ++j) out.push_back({names[j], estimator_.coef()[j]});
  std::stable_sort(out.begin(), out.end(), larger);
  return out;
}

learn::ModelState PredictModel::state() const {
  learn::ModelState state = estimator_.state();
  matrix_.add_to(state);
  return state;
}

Result<PredictModel> PredictModel::from_state(const learn::ModelState& state) {
  COTERIE_ASSIGN(auto matrix, FeatureMatrix::from_state(state));
  COTERIE_ASSIGN(auto estimator, learn::LogisticRegression::from_state(state));
  if (matrix.columns() != estimator.coef().size())
    return base::error(base::Code::kDataLoss, "model of {}: {} columns, {} coefficients", state.algorithm,
                       matrix.columns(), estimator.coef().size());
  return PredictModel(std::move(matrix), std::move(estimator));
}

}  // namespace coterie::understand

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

// Under this name a state says what its columns are besides features; models of earlier releases lack it.
constexpr std::string_view kDesign = "design";

// Season of the test, season of today, year before.
constexpr size_t kSeasonColumns = 3;

// Beyond so many standard deviations a square says no more: it would let one odd member bend the curve of all.
constexpr double kMostDeviations = 4;

// Squares need so many members of the rarer label for each column; with fewer they fit chance (Peduzzi et al. 1996).
constexpr size_t kEventsPerColumn = 10;

double squared(double z) {
  const double bounded = std::clamp(z, -kMostDeviations, kMostDeviations);
  return bounded * bounded;
}

bool bears_squares(const std::vector<uint8_t>& labels, size_t features) {
  const auto positive = static_cast<size_t>(std::count(labels.begin(), labels.end(), 1));
  return std::min(positive, labels.size() - positive) >= kEventsPerColumn * 2 * features;
}

bool larger(const Reason& a, const Reason& b) { return std::abs(a.effect) > std::abs(b.effect); }

}  // namespace

std::span<const std::string_view> predict_features() { return kFeatures; }

size_t PredictModel::columns() const {
  return matrix_.columns() * (has_squares_ ? 2 : 1) + (knows_seasons_ ? kSeasonColumns : 0);
}

Result<PredictModel> PredictModel::fit(std::span<const TaskRows> windows, const base::Context& context) {
  std::vector<TableRows> parts;
  std::vector<uint8_t> labels;
  for (const TaskRows& window : windows) {
    parts.push_back({window.features, window.rows});
    labels.insert(labels.end(), window.labels.begin(), window.labels.end());
  }
  COTERIE_ASSIGN(auto matrix, FeatureMatrix::fit(parts, kFeatures));
  const bool has_squares = bears_squares(labels, matrix.columns());
  PredictModel out(std::move(matrix), has_squares, windows.size() > 1);
  kernels::Matrix x(labels.size(), out.columns());
  size_t row = 0;
  for (const TaskRows& window : windows) {
    COTERIE_ASSIGN(const auto part, out.design(window, 0, window.rows.size()));
    std::copy(part.values.begin(), part.values.end(),
              x.values.begin() + static_cast<ptrdiff_t>(row * x.cols));
    row += part.rows;
  }
  COTERIE_ASSIGN(out.estimator_, learn::LogisticRegression::fit(x, labels, {}, {}, context));
  return out;
}

Result<kernels::Matrix> PredictModel::design(const TaskRows& rows, size_t begin, size_t end) const {
  COTERIE_ASSIGN(const auto features,
                 matrix_.transform(*rows.features, std::span(rows.rows).subspan(begin, end - begin)));
  kernels::Matrix out(features.rows, columns());
  for (size_t i = 0; i < out.rows; ++i) {
    for (size_t j = 0; j < features.cols; ++j) {
      const double z = features.at(i, j);
      out.at(i, j) = z;
      if (has_squares_) out.at(i, features.cols + j) = squared(z);
    }
    if (!knows_seasons_) continue;
    const size_t at = out.cols - kSeasonColumns;
    out.at(i, at) = rows.season == Season::kTest ? 1 : 0;
    out.at(i, at + 1) = rows.season == Season::kNow ? 1 : 0;
    out.at(i, at + 2) = rows.is_year_ago ? 1 : 0;
  }
  return out;
}

double PredictModel::season_effect(Season season) const {
  if (!knows_seasons_ || season == Season::kTraining) return 0;
  return estimator_.coef()[columns() - kSeasonColumns + (season == Season::kTest ? 0 : 1)];
}

Result<std::vector<double>> PredictModel::predict_proba(const TaskRows& rows) const {
  std::vector<double> out;
  out.reserve(rows.rows.size());
  for (size_t begin = 0; begin < rows.rows.size(); begin += kRowsAtOnce) {
    COTERIE_ASSIGN(const auto x, design(rows, begin, std::min(begin + kRowsAtOnce, rows.rows.size())));
    COTERIE_ASSIGN(const auto probabilities, estimator_.predict_proba(x));
    out.insert(out.end(), probabilities.begin(), probabilities.end());
  }
  return out;
}

Result<std::vector<std::vector<Reason>>> PredictModel::explain(const TaskRows& rows, size_t n) const {
  COTERIE_ASSIGN(const auto x, design(rows, 0, rows.rows.size()));
  const auto names = matrix_.column_names();
  const auto coef = estimator_.coef();
  std::vector<std::vector<Reason>> out(rows.rows.size());
  for (size_t i = 0; i < out.size(); ++i) {
    for (size_t j = 0; j < names.size(); ++j) {
      const size_t square = names.size() + j;
      out[i].push_back(
          {names[j], coef[j] * x.at(i, j) + (has_squares_ ? coef[square] * x.at(i, square) : 0)});
    }
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
  auto& design = state.names[std::string(kDesign)];
  if (has_squares_) design.push_back("squares");
  if (knows_seasons_) design.push_back("seasons");
  return state;
}

Result<PredictModel> PredictModel::from_state(const learn::ModelState& state) {
  COTERIE_ASSIGN(auto matrix, FeatureMatrix::from_state(state));
  const auto design = state.names.find(std::string(kDesign));
  const auto has = [&](std::string_view what) {
    return design != state.names.end() &&
           std::find(design->second.begin(), design->second.end(), what) != design->second.end();
  };
  PredictModel out(std::move(matrix), has("squares"), has("seasons"));
  COTERIE_ASSIGN(out.estimator_, learn::LogisticRegression::from_state(state));
  if (out.columns() == out.estimator_.coef().size()) return out;
  return base::error(base::Code::kDataLoss, "model of {}: {} columns, {} coefficients", state.algorithm,
                     out.columns(), out.estimator_.coef().size());
}

}  // namespace coterie::understand

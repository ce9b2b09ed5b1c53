// Logistic regression under the contract of estimator_conformance.h.
#include "learn/linear/logistic_regression.h"

#include <limits>

#include "conformance/estimator_conformance.h"

namespace coterie::testing {
namespace {

struct LogisticRegressionAdapter {
  using Model = learn::LogisticRegression;
  struct Data {
    kernels::Matrix x;
    std::vector<uint8_t> y;
    std::vector<double> sample_weight;
  };

  static constexpr bool kTakesNumbers = true;
  static constexpr bool kFitsOneRow = false;  // one row has one label
  static constexpr bool kFitsConstantInput = true;

  static Data random(size_t rows, uint64_t seed) {
    base::Random random(seed);
    Data data{kernels::Matrix(rows, 5), std::vector<uint8_t>(rows), {}};
    for (size_t i = 0; i < rows; ++i) {
      for (double& value : data.x.row(i)) value = random.normal();
      data.y[i] = random.normal() < data.x.at(i, 0) - 0.5 * data.x.at(i, 3) ? 1 : 0;
    }
    data.y[0] = 0;
    data.y.back() = 1;
    return data;
  }

  static Data one_row() { return random(1, 1); }

  static Data constant() {
    Data data{kernels::Matrix(20, 3), std::vector<uint8_t>(20), {}};
    for (double& value : data.x.values) value = 4.25;
    for (size_t i = 0; i < 7; ++i) data.y[i] = 1;
    return data;
  }

  static std::vector<BadInput<Data>> bad_inputs() {
    const Data good = random(50, 1);
    std::vector<BadInput<Data>> bad{{"empty", Data{kernels::Matrix(0, 5), {}, {}}, "empty"},
                                    {"nan", good, "row 3, column 2"},
                                    {"infinity", good, "row 3, column 2"},
                                    {"wrong_shape", good, "49 labels for 50 rows"},
                                    {"label", good, "label of row 7"},
                                    {"one_class", good, "both are needed"},
                                    {"negative_weight", good, "sample_weight of row 4"},
                                    {"one_class_by_weight", good, "both are needed"}};
    bad[1].data.x.at(3, 2) = std::numeric_limits<double>::quiet_NaN();
    bad[2].data.x.at(3, 2) = -std::numeric_limits<double>::infinity();
    bad[3].data.y.pop_back();
    bad[4].data.y[7] = 2;
    bad[5].data.y.assign(50, 1);
    bad[6].data.sample_weight.assign(50, 1.0);
    bad[6].data.sample_weight[4] = -1.0;
    bad[7].data.sample_weight.assign(good.y.begin(), good.y.end());
    return bad;
  }

  static std::vector<BadInput<Data>> bad_queries() {
    Data missing = random(4, 2);
    missing.x.at(1, 0) = std::numeric_limits<double>::quiet_NaN();
    return {{"columns", Data{kernels::Matrix(4, 6), {}, {}}, "6 columns"},
            {"nan", missing, "row 1, column 0"}};
  }

  static base::Result<Model> fit(const Data& data, uint64_t, const base::Context& context) {
    return Model::fit(data.x, data.y, data.sample_weight, {}, context);
  }

  static base::Result<std::vector<double>> score(const Model& model, const Data& query,
                                                 const base::Context&) {
    COTERIE_ASSIGN(std::vector<double> numbers, model.predict_proba(query.x));
    COTERIE_ASSIGN(const std::vector<double> log_odds, model.decision_function(query.x));
    numbers.insert(numbers.end(), log_odds.begin(), log_odds.end());
    return numbers;
  }

  static std::optional<Weighted<Data>> weighted() {
    const Data rows = random(300, 8);
    Weighted<Data> pair{rows, {}, rows, 1e-10};
    pair.repeated.x.cols = rows.x.cols;
    for (size_t i = 0; i < rows.x.rows; ++i) {
      const size_t times = i % 4;
      pair.with_weights.sample_weight.push_back(static_cast<double>(times));
      for (size_t t = 0; t < times; ++t) {
        pair.repeated.x.values.insert(pair.repeated.x.values.end(), rows.x.row(i).begin(),
                                      rows.x.row(i).end());
        pair.repeated.x.rows += 1;
        pair.repeated.y.push_back(rows.y[i]);
      }
    }
    return pair;
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(LogisticRegression, EstimatorConformance, LogisticRegressionAdapter);

}  // namespace
}  // namespace coterie::testing

// Decision trees held to the contract. A value may be missing (NaN), so that the suite's "nan" is no bad input.
#include <limits>

#include "conformance/estimator_conformance.h"
#include "learn/tree/decision_tree.h"

namespace coterie::testing {
namespace {

constexpr size_t kTreeColumns = 3;

struct DecisionTreeAdapter {
  using Model = learn::DecisionTreeClassifier;
  struct Data {
    kernels::Matrix points;
    std::vector<uint32_t> labels;
    std::vector<double> sample_weight = {};
    learn::DecisionTreeOptions options = {};
  };

  static constexpr bool kTakesNumbers = false;  // "nan" is taken; "infinity" stands in bad_points()
  static constexpr bool kFitsOneRow = true;
  static constexpr bool kFitsConstantInput = true;

  static Data random(size_t rows, uint64_t seed) {
    base::Random random(seed);
    Data data{kernels::Matrix(rows, kTreeColumns), {}};
    for (double& value : data.points.values) value = random.chance(0.1) ? std::nan("") : random.normal();
    for (size_t i = 0; i < rows; ++i)
      data.labels.push_back((data.points.at(i, 0) > 0.3 ? 1u : 0u) + static_cast<uint32_t>(random.below(2)));
    return data;
  }

  static Data one_row() { return random(1, 1); }
  static Data constant() {
    Data data = random(50, 1);
    std::ranges::fill(data.points.values, 3.0);
    return data;
  }

  template <class Change>
  static BadInput<Data> bad(std::string name, std::string words, Change change) {
    Data data = random(50, 2);
    change(data);
    return {std::move(name), std::move(data), std::move(words)};
  }

  static std::vector<BadInput<Data>> bad_points() {
    const double inf = std::numeric_limits<double>::infinity();
    return {
        bad("empty", "no rows", [](Data& d) { d.points = kernels::Matrix(0, kTreeColumns); }),
        bad("no_columns", "columns", [](Data& d) { d.points = kernels::Matrix(50, 0); }),
        bad("infinity", "row 7, column 1 is infinite", [&](Data& d) { d.points.at(7, 1) = -inf; }),
        bad("too_large", "beyond 1e100", [](Data& d) { d.points.at(0, 0) = 1e200; }),
        bad("wrong_shape", "matrix", [](Data& d) { d.points.values.pop_back(); }),
    };
  }

  static std::vector<BadInput<Data>> bad_inputs() {
    std::vector<BadInput<Data>> out = bad_points();
    out.push_back(bad("labels_shape", "2 labels", [](Data& d) { d.labels = {1, 2}; }));
    out.push_back(bad("label_range", "label of row 4", [](Data& d) { d.labels[4] = UINT32_MAX; }));
    out.push_back(bad("weights_shape", "weights", [](Data& d) { d.sample_weight = {1, 2}; }));
    out.push_back(bad("negative_weight", "row 3", [](Data& d) {
      d.sample_weight.assign(50, 1);
      d.sample_weight[3] = -1;
    }));
    out.push_back(bad("no_weight", "0 in every row", [](Data& d) { d.sample_weight.assign(50, 0); }));
    out.push_back(bad("max_depth", "max_depth", [](Data& d) { d.options.max_depth = 0; }));
    out.push_back(
        bad("min_samples_leaf", "min_samples_leaf", [](Data& d) { d.options.min_samples_leaf = -1; }));
    return out;
  }

  static std::vector<BadInput<Data>> bad_queries() {
    std::vector<BadInput<Data>> out = bad_points();
    out.push_back(bad("columns", "fitted on 3", [](Data& d) { d.points = kernels::Matrix(2, 5); }));
    return out;
  }

  static base::Result<Model> fit(const Data& data, uint64_t /*random_state*/, const base::Context& context) {
    return Model::fit(data.points, data.labels, data.sample_weight, data.options, context);
  }

  static base::Result<std::vector<double>> score(const Model& model, const Data& query,
                                                 const base::Context& context) {
    COTERIE_ASSIGN(const std::vector<uint32_t> leaves, model.apply(query.points, context));
    std::vector<double> out(leaves.begin(), leaves.end());
    for (const auto& node : model.nodes()) {
      out.push_back(node.threshold);
      out.push_back(node.label);
    }
    return out;
  }

  static std::optional<Weighted<Data>> weighted() {
    Weighted<Data> out{random(120, 8), random(120, 8), random(40, 9)};
    out.repeated.points = kernels::Matrix(0, kTreeColumns);
    out.repeated.labels.clear();
    for (size_t i = 0; i < 120; ++i) {
      const auto row = std::as_const(out.with_weights.points).row(i);
      out.with_weights.sample_weight.push_back(static_cast<double>(1 + i % 4));
      for (size_t copy = 0; copy <= i % 4; ++copy, ++out.repeated.points.rows) {
        out.repeated.points.values.insert(out.repeated.points.values.end(), row.begin(), row.end());
        out.repeated.labels.push_back(out.with_weights.labels[i]);
      }
    }
    return out;
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(DecisionTree, EstimatorConformance, DecisionTreeAdapter);

}  // namespace
}  // namespace coterie::testing

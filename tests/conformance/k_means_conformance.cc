// k-means and k-medians held to the contract, from k-means++ starts and from given centres.
#include <limits>

#include "conformance/estimator_conformance.h"
#include "learn/cluster/k_means.h"
#include "learn/cluster/k_medians.h"

namespace coterie::testing {
namespace {

constexpr size_t kClusters = 4;
constexpr size_t kColumns = 3;

struct KMeansFamily {
  using Model = learn::KMeans;
  using Options = learn::KMeansOptions;
};
struct KMediansFamily {
  using Model = learn::KMedians;
  using Options = learn::KMediansOptions;
};

template <class Family, bool kGivenCenters>
struct CentersAdapter {
  using Model = typename Family::Model;
  using Options = typename Family::Options;
  struct Data {
    kernels::Matrix points;
    std::vector<double> sample_weight = {};
    Options options = {.n_clusters = kClusters, .n_init = 2};
  };

  static constexpr bool kTakesNumbers = true;
  static constexpr bool kFitsOneRow = false;         // one distinct row is not enough for four clusters
  static constexpr bool kFitsConstantInput = false;  // the same

  static Data random(size_t rows, uint64_t seed) {
    base::Random random(seed);
    Data data{kernels::Matrix(rows, kColumns)};
    for (double& value : data.points.values)
      value = random.normal() + static_cast<double>(random.below(3)) * 4;
    if (kGivenCenters) give_centers(data, random);
    return data;
  }

  static void give_centers(Data& data, base::Random& random) {
    data.options.init = kernels::Matrix(kClusters, kColumns);
    for (double& value : data.options.init->values) value = 4 * random.normal();
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
        bad("empty", "empty", [](Data& d) { d.points = kernels::Matrix(0, kColumns); }),
        bad("no_columns", "columns", [](Data& d) { d.points = kernels::Matrix(50, 0); }),
        bad("nan", "row 7, column 1 is NaN", [](Data& d) { d.points.at(7, 1) = std::nan(""); }),
        bad("infinity", "row 7, column 1 is infinite", [&](Data& d) { d.points.at(7, 1) = -inf; }),
        bad("too_large", "larger than", [](Data& d) { d.points.at(0, 0) = 1e200; }),
        bad("wrong_shape", "wrong shape", [](Data& d) { d.points.values.pop_back(); }),
        bad("overflowing_shape", "shape",
            [](Data& d) {
              d.points.rows = size_t{1} << 31;
              d.points.cols = size_t{1} << 33;
            }),
    };
  }

  static std::vector<BadInput<Data>> bad_inputs() {
    std::vector<BadInput<Data>> out = bad_points();
    out.push_back(bad("weights_shape", "weights", [](Data& d) { d.sample_weight = {1, 2}; }));
    out.push_back(bad("negative_weight", "row 3", [](Data& d) {
      d.sample_weight.assign(50, 1);
      d.sample_weight[3] = -1;
    }));
    out.push_back(bad("nan_weight", "row 3", [](Data& d) {
      d.sample_weight.assign(50, 1);
      d.sample_weight[3] = std::nan("");
    }));
    out.push_back(bad("no_weight", "0 in every row", [](Data& d) { d.sample_weight.assign(50, 0); }));
    out.push_back(bad("n_clusters", "n_clusters", [](Data& d) { d.options.n_clusters = 0; }));
    out.push_back(bad("n_init", "n_init", [](Data& d) { d.options.n_init = 0; }));
    out.push_back(bad("max_iter", "max_iter", [](Data& d) { d.options.max_iter = 0; }));
    if constexpr (requires(Options options) { options.tol; })
      out.push_back(bad("tol", "tol", [](Data& d) { d.options.tol = -1; }));
    out.push_back(bad("init_shape", "init", [](Data& d) { d.options.init = kernels::Matrix(kClusters, 9); }));
    out.push_back(bad("init_nan", "init", [](Data& d) {
      d.options.init = kernels::Matrix(kClusters, kColumns);
      d.options.init->at(0, 0) = std::nan("");
    }));
    return out;
  }

  static std::vector<BadInput<Data>> bad_queries() {
    std::vector<BadInput<Data>> out = bad_points();
    out.push_back(bad("columns", "fitted on 3", [](Data& d) { d.points = kernels::Matrix(2, 5); }));
    return out;
  }

  static base::Result<Model> fit(const Data& data, uint64_t random_state, const base::Context& context) {
    Options options = data.options;
    options.random_state = random_state;
    return Model::fit(data.points, data.sample_weight, options, context);
  }

  static base::Result<std::vector<double>> score(const Model& model, const Data& query,
                                                 const base::Context& context) {
    COTERIE_ASSIGN(const std::vector<uint32_t> labels, model.predict(query.points, context));
    std::vector<double> out(labels.begin(), labels.end());
    out.push_back(model.inertia());
    out.insert(out.end(), model.cluster_centers().values.begin(), model.cluster_centers().values.end());
    return out;
  }

  static std::optional<Weighted<Data>> weighted() {
    Weighted<Data> out{random(120, 8), random(120, 8), random(40, 9)};
    out.repeated.points = kernels::Matrix(0, kColumns);
    for (size_t i = 0; i < 120; ++i) {
      const auto row = std::as_const(out.with_weights.points).row(i);
      out.with_weights.sample_weight.push_back(static_cast<double>(1 + i % 4));
      for (size_t copy = 0; copy <= i % 4; ++copy, ++out.repeated.points.rows) {
        out.repeated.points.values.insert(out.repeated.points.values.end(), row.begin(), row.end());
      }
    }
    return out;
  }
};

using KMeansPlusPlus = CentersAdapter<KMeansFamily, false>;
using KMeansGivenCenters = CentersAdapter<KMeansFamily, true>;
using KMediansPlusPlus = CentersAdapter<KMediansFamily, false>;
using KMediansGivenCenters = CentersAdapter<KMediansFamily, true>;
INSTANTIATE_TYPED_TEST_SUITE_P(KMeansPlusPlus, EstimatorConformance, KMeansPlusPlus);
INSTANTIATE_TYPED_TEST_SUITE_P(KMeansGivenCenters, EstimatorConformance, KMeansGivenCenters);
INSTANTIATE_TYPED_TEST_SUITE_P(KMediansPlusPlus, EstimatorConformance, KMediansPlusPlus);
INSTANTIATE_TYPED_TEST_SUITE_P(KMediansGivenCenters, EstimatorConformance, KMediansGivenCenters);

}  // namespace
}  // namespace coterie::testing

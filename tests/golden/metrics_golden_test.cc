// Every metric that scikit-learn has, against scikit-learn's value, to 1e-12 (of its size, where that is above 1).
//
// Inputs and values are in metrics_sklearn.json, made by metrics_oracle.py: ties, weights, zero weights,
// certainties, one class, empty differences. null there means that scikit-learn does not define the metric; ours
// must then refuse it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "learn/metrics/calibration.h"
#include "learn/metrics/classification.h"
#include "learn/metrics/cluster_metrics.h"
#include "learn/metrics/ranking.h"

namespace coterie::testing {
namespace {

using base::Result;
using nlohmann::json;

double tolerance(double expected) { return 1e-12 * std::max(1.0, std::abs(expected)); }

json cases(const char* part) {
  const char* source = std::getenv("COTERIE_SOURCE");
  std::ifstream in(std::string(source == nullptr ? "." : source) + "/tests/golden/metrics_sklearn.json");
  const json golden = json::parse(in);
  EXPECT_GE(golden.at(part).size(), 4u);
  return golden.at(part);
}

void expect_equal(const Result<double>& ours, const json& expected, const char* metric) {
  SCOPED_TRACE(metric);
  if (expected.is_null()) {
    ASSERT_FALSE(ours) << "scikit-learn does not define it, ours says " << *ours;
    EXPECT_EQ(ours.error().code(), base::Code::kInvalidArgument);
    return;
  }
  ASSERT_TRUE(ours) << ours.error().message();
  EXPECT_NEAR(*ours, expected.get<double>(), tolerance(expected.get<double>()));
}

TEST(MetricsGolden, ClassificationEqualsScikitLearn) {
  for (const json& one : cases("classification")) {
    SCOPED_TRACE(one.at("name").get<std::string>());
    const auto scores = one.at("scores").get<std::vector<double>>();
    const auto labels = one.at("labels").get<std::vector<uint8_t>>();
    const auto weights = one.at("weights").get<std::vector<double>>();
    const auto expect = [&](const char* metric, const Result<double>& ours) {
      expect_equal(ours, one.at(metric), metric);
    };
    expect("roc_auc_score", learn::roc_auc_score(scores, labels, weights));
    expect("average_precision_score", learn::average_precision_score(scores, labels, weights));
    expect("log_loss", learn::log_loss(scores, labels, weights));
    expect("brier_score_loss", learn::brier_score_loss(scores, labels, weights));
  }
}

TEST(MetricsGolden, RocCurvesEqualScikitLearn) {
  for (const json& one : cases("classification")) {
    SCOPED_TRACE(one.at("name").get<std::string>());
    const auto curve = learn::roc_curve(one.at("scores").get<std::vector<double>>(),
                                        one.at("labels").get<std::vector<uint8_t>>(),
                                        one.at("weights").get<std::vector<double>>());
    const json& points = one.at("roc_curve");
    ASSERT_EQ(curve.has_value(), !points.is_null());
    if (!curve) continue;
    ASSERT_EQ(curve->size(), points.size() + 1);
    for (size_t i = 0; i < points.size(); ++i) {
      EXPECT_EQ((*curve)[i + 1].threshold, points[i][0].get<double>());
      EXPECT_NEAR((*curve)[i + 1].false_positive_rate, points[i][1].get<double>(), 1e-12);
      EXPECT_NEAR((*curve)[i + 1].true_positive_rate, points[i][2].get<double>(), 1e-12);
    }
  }
}

TEST(MetricsGolden, NdcgEqualsScikitLearn) {
  for (const json& one : cases("ranking")) {
    const auto ours =
        learn::ndcg_at_k(one.at("ranked").get<std::vector<uint32_t>>(),
                         one.at("relevant").get<std::vector<uint32_t>>(), one.at("k").get<size_t>());
    EXPECT_NEAR(ours, one.at("ndcg_score").get<double>(), 1e-12) << one;
  }
}

TEST(MetricsGolden, CalibrationCurvesEqualScikitLearnWhereBinsAreTheSame) {
  base::OwnedContext context;
  for (const json& one : cases("calibration")) {
    const auto ours = learn::calibration(
        one.at("probabilities").get<std::vector<double>>(), one.at("labels").get<std::vector<uint8_t>>(),
        {.n_bins = one.at("n_bins").get<size_t>(), .n_resamples = 1}, context.get());
    ASSERT_TRUE(ours) << ours.error().message();
    ASSERT_EQ(ours->bins.size(), one.at("mean_predicted").size());
    for (size_t b = 0; b < ours->bins.size(); ++b) {
      EXPECT_NEAR(ours->bins[b].mean_predicted, one.at("mean_predicted")[b].get<double>(), 1e-12);
      EXPECT_NEAR(ours->bins[b].observed_rate, one.at("observed_rate")[b].get<double>(), 1e-12);
    }
  }
}

TEST(MetricsGolden, ClusteringEqualsScikitLearn) {
  base::OwnedContext context(2);
  for (const json& one : cases("clustering")) {
    SCOPED_TRACE(one.at("name").get<std::string>());
    const json& rows = one.at("points");
    kernels::Matrix points(rows.size(), rows[0].size());
    for (size_t i = 0; i < points.rows; ++i)
      for (size_t j = 0; j < points.cols; ++j) points.at(i, j) = rows[i][j].get<double>();
    const auto labels = one.at("labels").get<std::vector<uint32_t>>();
    const auto expect = [&](const char* metric, const Result<double>& ours) {
      expect_equal(ours, one.at(metric), metric);
    };
    expect("silhouette_score", learn::silhouette_score(points, labels, {}, {}, context.get()));
    expect("calinski_harabasz_score", learn::calinski_harabasz_score(points, labels));
    expect("davies_bouldin_score", learn::davies_bouldin_score(points, labels));
  }
}

TEST(MetricsGolden, AgreementEqualsScikitLearn) {
  for (const json& one : cases("agreement"))
    expect_equal(learn::adjusted_rand_score(one.at("labels_true").get<std::vector<uint32_t>>(),
                                            one.at("labels_pred").get<std::vector<uint32_t>>()),
                 one.at("adjusted_rand_score"), "adjusted_rand_score");
}

}  // namespace
}  // namespace coterie::testing

// Decision trees against scikit-learn's on its data sets: the purity, the leaves and the accuracy that its trees agree on
// whatever their seed (tree_sklearn.json, made by tree_oracle.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "golden/sklearn_data.h"
#include "learn/tree/decision_tree.h"

namespace coterie::learn {
namespace {

void check_case(const nlohmann::json& golden, const testing::LabelledData& data) {
  base::OwnedContext context;
  kernels::Matrix x = data.x;
  for (double& value : x.values) value = static_cast<float>(value);
  const std::vector<uint32_t> y(data.y.begin(), data.y.end());
  const auto tree = DecisionTreeClassifier::fit(
      x, y, {}, {golden["max_depth"].get<size_t>(), golden["min_samples_leaf"].get<double>()}, context.get());
  ASSERT_TRUE(tree) << tree.error().message();
  const auto predicted = tree->predict(x, context.get());
  ASSERT_TRUE(predicted);
  double right = 0, gini = 0, leaves = 0;
  for (size_t i = 0; i < y.size(); ++i) right += (*predicted)[i] == y[i] ? 1 : 0;
  for (const TreeNode& node : tree->nodes()) {
    if (!node.is_leaf()) continue;
    leaves += 1;
    gini += node.weight * node.gini;
  }
  const auto n = static_cast<double>(y.size());
  const std::map<std::string, double> ours = {{"n_leaves", leaves},
                                              {"root_feature", tree->nodes()[0].feature},
                                              {"root_threshold", tree->nodes()[0].threshold},
                                              {"accuracy", right / n},
                                              {"gini", gini / n}};
  for (const auto& [name, value] : golden["sklearn"].items())
    EXPECT_NEAR(ours.at(name), value.get<double>(), 1e-9) << name << " of " << golden.dump();
}

TEST(DecisionTreeGolden, AsScikitLearn) {
  const char* source = std::getenv("COTERIE_SOURCE");
  std::ifstream in(std::string(source == nullptr ? "." : source) + "/tests/golden/tree_sklearn.json");
  ASSERT_TRUE(in) << "set COTERIE_SOURCE to the repository";
  const auto golden = nlohmann::json::parse(in);
  COTERIE_LOAD_SKLEARN_CSV_OR_SKIP(iris, "iris.csv");
  COTERIE_LOAD_SKLEARN_CSV_OR_SKIP(wine, "wine_data.csv");
  COTERIE_LOAD_SKLEARN_CSV_OR_SKIP(cancer, "breast_cancer.csv");
  ASSERT_EQ(golden["cases"].size(), 18u);
  for (const auto& one : golden["cases"])
    check_case(one, one["file"] == "iris.csv" ? iris : one["file"] == "wine_data.csv" ? wine : cancer);
}

}  // namespace
}  // namespace coterie::learn

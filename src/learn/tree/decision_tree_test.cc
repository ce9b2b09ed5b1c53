// Decision trees against a plain recursive builder that tries every split, and their own promises.
#include "learn/tree/decision_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>

#include "base/random.h"

namespace coterie::learn {
namespace {

using ::testing::HasSubstr;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

struct Problem {
  kernels::Matrix x;
  std::vector<uint32_t> y;
  std::vector<double> weights;  // whole numbers
};

// Few distinct values, some missing, so that ties and empty sides occur.
Problem random_problem(base::Random& random) {
  const size_t n = 2 + random.below(40), d = 1 + random.below(4), classes = 1 + random.below(4);
  Problem out{kernels::Matrix(n, d), std::vector<uint32_t>(n), std::vector<double>(n)};
  const bool is_coarse = random.chance(0.5), has_missing = random.chance(0.5);
  for (double& value : out.x.values) {
    value = is_coarse ? static_cast<double>(random.below(4)) : random.normal();
    if (has_missing && random.chance(0.2)) value = kMissing;
  }
  for (size_t i = 0; i < n; ++i) {
    out.y[i] = static_cast<uint32_t>(random.below(classes));
    out.weights[i] = static_cast<double>(random.below(4));
  }
  out.weights[0] = 1;
  return out;
}

// Σ over both sides of Σ class weight² / weight, counted anew; below 0 when a side is too light.
double plain_purity(const Problem& p, const std::vector<size_t>& rows, size_t column, double threshold,
                    bool missing_left, double least) {
  std::map<uint32_t, double> sides[2];
  double weight[2] = {0, 0};
  for (const size_t row : rows) {
    const double x = p.x.at(row, column);
    const size_t side = (std::isnan(x) ? missing_left : x <= threshold) ? 0 : 1;
    sides[side][p.y[row]] += p.weights[row];
    weight[side] += p.weights[row];
  }
  if (!(weight[0] > 0 && weight[1] > 0) || weight[0] < least || weight[1] < least) return -1;
  double purity = 0;
  for (size_t side = 0; side < 2; ++side) {
    double squares = 0;
    for (const auto& [label, w] : sides[side]) squares += w * w;
    purity += squares / weight[side];
  }
  return purity;
}

// The best purity that any split of the rows gives.
double plain_best(const Problem& p, const std::vector<size_t>& rows, double least) {
  double best = -1;
  for (size_t column = 0; column < p.x.cols; ++column) {
    std::set<double> thresholds;
    for (const size_t row : rows)
      if (!std::isnan(p.x.at(row, column)) && p.weights[row] > 0) thresholds.insert(p.x.at(row, column));
    for (const double threshold : thresholds)
      for (const bool missing_left : {false, true})
        best = std::max(best, plain_purity(p, rows, column, threshold, missing_left, least));
  }
  return best;
}

// Every node of the tree is a best split of the rows that reach it, and says the truth about them.
void check_node(const Problem& p, const DecisionTreeClassifier& tree, uint32_t at, std::vector<size_t> rows,
                size_t depth_left, double least) {
  const TreeNode& node = tree.nodes()[at];
  std::map<uint32_t, double> classes;
  double weight = 0, squares = 0;
  for (const size_t row : rows) {
    if (p.weights[row] > 0) classes[p.y[row]] += p.weights[row];
    weight += p.weights[row];
  }
  for (const auto& [label, w] : classes) squares += w * w;
  EXPECT_EQ(node.weight, weight);
  EXPECT_NEAR(node.gini, 1 - squares / weight / weight, 1e-12);
  for (const auto& [label, w] : classes)
    EXPECT_TRUE(w < classes[node.label] || (w == classes[node.label] && label >= node.label));
  const double best = plain_best(p, rows, least);
  const bool is_divisible = depth_left > 0 && classes.size() > 1 && best >= 0;
  ASSERT_EQ(!node.is_leaf(), is_divisible);
  if (node.is_leaf()) return;
  EXPECT_NEAR(plain_purity(p, rows, node.feature, node.threshold, node.missing_left, least), best, 1e-9);
  std::vector<size_t> sides[2];
  for (const size_t row : rows) {
    const double x = p.x.at(row, node.feature);
    sides[(std::isnan(x) ? node.missing_left : x <= node.threshold) ? 0 : 1].push_back(row);
  }
  check_node(p, tree, node.left, sides[0], depth_left - 1, least);
  check_node(p, tree, node.right, sides[1], depth_left - 1, least);
}

size_t cases() {
  const char* set = std::getenv("TREE_CASES");
  return set == nullptr ? 500 : std::strtoull(set, nullptr, 10);
}

TEST(DecisionTree, EveryNodeIsABestSplitOfItsRows) {
  base::OwnedContext context;
  for (uint64_t seed = 0; seed < cases(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    base::Random random(seed);
    const Problem p = random_problem(random);
    const DecisionTreeOptions options{1 + random.below(4), static_cast<double>(random.below(3))};
    const auto tree = DecisionTreeClassifier::fit(p.x, p.y, p.weights, options, context.get());
    ASSERT_TRUE(tree) << tree.error().message();
    std::vector<size_t> rows(p.x.rows);
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = i;
    check_node(p, *tree, 0, rows, options.max_depth, options.min_samples_leaf);
    if (HasFailure()) return;
  }
}

Problem large_problem() {
  base::Random random(7);
  Problem p{kernels::Matrix(60'000, 5), std::vector<uint32_t>(60'000), {}};
  for (double& value : p.x.values) value = random.chance(0.05) ? kMissing : random.normal();
  for (size_t i = 0; i < p.x.rows; ++i)
    p.y[i] = (p.x.at(i, 0) > 0.3 ? 1u : 0u) + (p.x.at(i, 3) < -0.5 ? 2u : 0u);
  return p;
}

TEST(DecisionTree, TheSameBitsForAnyNumberOfThreads) {
  const Problem p = large_problem();
  base::OwnedContext alone(1), many(5);
  const auto a = DecisionTreeClassifier::fit(p.x, p.y, {}, {}, alone.get());
  const auto b = DecisionTreeClassifier::fit(p.x, p.y, {}, {}, many.get());
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->state().tensors[0].values, b->state().tensors[0].values);
  EXPECT_EQ(*a->predict(p.x, alone.get()), *b->predict(p.x, many.get()));
}

TEST(DecisionTree, PrunedIsTheTreeOfFewerLevels) {
  base::OwnedContext context;
  const Problem p = large_problem();
  const auto deep = DecisionTreeClassifier::fit(p.x, p.y, {}, {.max_depth = 6}, context.get());
  ASSERT_TRUE(deep);
  for (size_t depth = 1; depth <= 7; ++depth) {
    const auto shallow =
        DecisionTreeClassifier::fit(p.x, p.y, {}, {.max_depth = std::min<size_t>(depth, 6)}, context.get());
    ASSERT_TRUE(shallow);
    EXPECT_EQ(deep->pruned(depth).state().tensors[0].values, shallow->state().tensors[0].values) << depth;
  }
}

TEST(DecisionTree, FindsThePlantedBorders) {
  const Problem p = large_problem();
  base::OwnedContext context;
  const auto tree = DecisionTreeClassifier::fit(p.x, p.y, {}, {.max_depth = 2}, context.get());
  ASSERT_TRUE(tree);
  const TreeNode& root = tree->nodes()[0];
  EXPECT_TRUE(root.feature == 0 || root.feature == 3);
  EXPECT_NEAR(root.threshold, root.feature == 0 ? 0.3 : -0.5, 1e-3);
}

TEST(DecisionTree, IntegerWeightsAreRepeatedRows) {
  base::OwnedContext context;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    base::Random random(seed);
    const Problem p = random_problem(random);
    Problem repeated;
    repeated.x.cols = p.x.cols;
    for (size_t i = 0; i < p.x.rows; ++i)
      for (double w = p.weights[i]; w > 0; --w) {
        const auto row = p.x.row(i);
        repeated.x.values.insert(repeated.x.values.end(), row.begin(), row.end());
        repeated.y.push_back(p.y[i]);
        ++repeated.x.rows;
      }
    const auto a = DecisionTreeClassifier::fit(p.x, p.y, p.weights, {}, context.get());
    const auto b = DecisionTreeClassifier::fit(repeated.x, repeated.y, {}, {}, context.get());
    ASSERT_TRUE(a && b);
    ASSERT_EQ(a->nodes().size(), b->nodes().size()) << "seed " << seed;
    for (size_t i = 0; i < a->nodes().size(); ++i) {
      EXPECT_EQ(a->nodes()[i].feature, b->nodes()[i].feature);
      EXPECT_EQ(a->nodes()[i].threshold, b->nodes()[i].threshold);
      EXPECT_EQ(a->nodes()[i].label, b->nodes()[i].label);
    }
  }
}

TEST(DecisionTree, NeighbouringDoublesAreToldApart) {
  base::OwnedContext context;
  kernels::Matrix x(2, 1);
  x.values = {1.0, std::nextafter(1.0, 2.0)};
  const std::vector<uint32_t> y = {0, 1};
  const auto tree = DecisionTreeClassifier::fit(x, y, {}, {}, context.get());
  ASSERT_TRUE(tree);
  EXPECT_EQ(*tree->predict(x, context.get()), y);
}

TEST(DecisionTree, MissingTellsTheClassesApart) {
  base::OwnedContext context;
  kernels::Matrix x(6, 1);
  x.values = {kMissing, kMissing, 1, 2, 3, 4};
  const std::vector<uint32_t> y = {1, 1, 0, 0, 0, 0};
  const auto tree = DecisionTreeClassifier::fit(x, y, {}, {}, context.get());
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->nodes().size(), 3u);
  EXPECT_EQ(*tree->predict(x, context.get()), y);
}

TEST(DecisionTree, StateAndBack) {
  const Problem p = large_problem();
  base::OwnedContext context;
  const auto tree = DecisionTreeClassifier::fit(p.x, p.y, {}, {}, context.get());
  ASSERT_TRUE(tree);
  const auto back = DecisionTreeClassifier::from_state(tree->state());
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(*back->predict(p.x, context.get()), *tree->predict(p.x, context.get()));

  auto cyclic = tree->state();
  cyclic.tensors[0].values[3] = 0;  // the root's left child is the root
  EXPECT_EQ(DecisionTreeClassifier::from_state(cyclic).error().code(), base::Code::kDataLoss);
}

TEST(DecisionTree, BadInputIsRefusedInWords) {
  base::OwnedContext context;
  Problem p = large_problem();
  const auto refused = [&](const DecisionTreeOptions& options, const char* words) {
    const auto tree = DecisionTreeClassifier::fit(p.x, p.y, p.weights, options, context.get());
    ASSERT_FALSE(tree);
    EXPECT_EQ(tree.error().code(), base::Code::kInvalidArgument);
    EXPECT_THAT(tree.error().message(), HasSubstr(words));
  };
  refused({.max_depth = 0}, "max_depth must be 1 to 32");
  refused({.min_samples_leaf = kMissing}, "min_samples_leaf");
  p.x.at(3, 1) = std::numeric_limits<double>::infinity();
  refused({}, "row 3, column 1 is infinite");
  p.x.at(3, 1) = 0;
  p.y.pop_back();
  refused({}, "59999 labels for 60000 rows");
  p.y.push_back(1 << 16);
  refused({}, "label of row 59999");
  p.y.back() = 0;
  p.weights.assign(60'000, 0.0);
  refused({}, "weight");
  EXPECT_FALSE(DecisionTreeClassifier::fit(kernels::Matrix(0, 5), {}, {}, {}, context.get()));
  context.cancel.cancel();
  p.weights.clear();
  EXPECT_EQ(DecisionTreeClassifier::fit(p.x, p.y, {}, {}, context.get()).error().code(),
            base::Code::kCancelled);
}

}  // namespace
}  // namespace coterie::learn

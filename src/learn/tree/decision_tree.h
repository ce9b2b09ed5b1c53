// A classification tree: splits of one column at a time that make the classes purer (Gini). Small trees are rules that
// people can read.
//
// Parameters and results are named as scikit-learn's DecisionTreeClassifier with criterion="gini";
// docs/methods/trees.md has the formulas and says what differs. learn/model.h says what every estimator promises.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "kernels/matrix.h"
#include "learn/model.h"

namespace coterie::learn {

struct DecisionTreeOptions {
  size_t max_depth = 4;         ///< levels of splits, 1 to 32
  double min_samples_leaf = 1;  ///< weight that each side of a split has at least, ≥ 0
};

/// One node. Nodes lie in the order in which they were split, level by level; node 0 is the root.
struct TreeNode {
  static constexpr uint32_t kLeaf = UINT32_MAX;

  uint32_t feature = kLeaf;   ///< the column that is asked for; kLeaf when nothing is
  double threshold = 0;       ///< x ≤ threshold goes left; the largest double: every value does
  bool missing_left = false;  ///< where a missing value goes
  uint32_t left = 0, right = 0;
  uint32_t label = 0;  ///< the class of most weight, the lowest on ties
  double weight = 0;   ///< of the fitted rows that reach it
  double gini = 0;     ///< 1 − Σ (share of a class)²

  bool is_leaf() const { return feature == kLeaf; }
};

/// An immutable model; const members are safe from many threads.
class DecisionTreeClassifier {
 public:
  /// Splits level by level. Of all columns and thresholds half-way between two values, and of both sides for the rows
  /// whose value is missing, the split that leaves the least impurity is taken; of equals the lowest column, then the
  /// lowest threshold. A node whose rows are of one class, or that no split divides, is a leaf.
  ///
  /// Shapes   points n×d, NaN = missing; labels n; sample_weight n, or empty for ones
  /// Range    1 ≤ n < 2^32; values finite or NaN, within ±1e100; labels below 2^16; weights ≥ 0 and finite, not all 0
  /// Errors   kInvalidArgument (shape, range) · kCancelled · kResourceExhausted
  /// Threads  the same bits for any number of threads
  /// Cost     O(d n log n) once, O(d n) a level; 4 bytes × n × d and 8 bytes × nodes × classes for each thread
  /// Source   Breiman, Friedman, Olshen & Stone 1984; docs/methods/trees.md
  static base::Result<DecisionTreeClassifier> fit(kernels::MatrixView points,
                                                  std::span<const uint32_t> labels,
                                                  std::span<const double> sample_weight,
                                                  const DecisionTreeOptions& options,
                                                  const base::Context& context);

  std::span<const TreeNode> nodes() const { return nodes_; }
  size_t n_features() const { return n_features_; }

  /// The leaf that each row reaches, as its number among the nodes. O(n · depth). Errors: kInvalidArgument (number of
  /// columns, infinite values).
  base::Result<std::vector<uint32_t>> apply(kernels::MatrixView points, const base::Context& context) const;

  /// The class of each row. Errors as apply().
  base::Result<std::vector<uint32_t>> predict(kernels::MatrixView points, const base::Context& context) const;

  /// The tree that fit() with this max_depth gives: its upper levels.
  DecisionTreeClassifier pruned(size_t max_depth) const;

  ModelState state() const;
  static base::Result<DecisionTreeClassifier> from_state(const ModelState& state);

 private:
  DecisionTreeClassifier() = default;

  DecisionTreeOptions options_;
  size_t n_features_ = 0;
  std::vector<TreeNode> nodes_;
};

}  // namespace coterie::learn

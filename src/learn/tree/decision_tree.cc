#include "learn/tree/decision_tree.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "learn/tree/best_split.h"
#include "learn/validate.h"

namespace coterie::learn {

using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kTreeAlgorithm = "decision_tree_classifier";
constexpr size_t kMostDepth = 32;
constexpr size_t kMostClasses = 1 << 16;
constexpr size_t kRowsOfChunk = 1 << 14;

Status check_options(const DecisionTreeOptions& options) {
  if (options.max_depth < 1 || options.max_depth > kMostDepth)
    return base::failure(Code::kInvalidArgument, "decision tree: max_depth must be 1 to {}, not {}",
                         kMostDepth, options.max_depth);
  if (!(options.min_samples_leaf >= 0 && std::isfinite(options.min_samples_leaf)))
    return base::failure(Code::kInvalidArgument,
                         "decision tree: min_samples_leaf must be a number from 0, not {}",
                         options.min_samples_leaf);
  return {};
}

// As check_points(), but a value may be missing.
Status check_values(kernels::MatrixView points) {
  if (points.rows == 0 || points.cols == 0)
    return base::failure(Code::kInvalidArgument, "decision tree: no rows or no columns");
  if (points.rows >= UINT32_MAX)
    return base::failure(Code::kInvalidArgument, "decision tree: {} rows; at most 2^32 − 2", points.rows);
  if (points.values.size() != points.rows * points.cols)
    return base::failure(Code::kInvalidArgument, "decision tree: {} values are no {} × {} matrix",
                         points.values.size(), points.rows, points.cols);
  for (size_t i = 0; i < points.values.size(); ++i)
    if (std::abs(points.values[i]) > kMaxMagnitude)
      return base::failure(Code::kInvalidArgument,
                           "decision tree: row {}, column {} is infinite or beyond 1e100", i / points.cols,
                           i % points.cols);
  return {};
}

Status check_labels(std::span<const uint32_t> labels, size_t rows) {
  if (labels.size() != rows)
    return base::failure(Code::kInvalidArgument, "decision tree: {} labels for {} rows", labels.size(), rows);
  for (size_t i = 0; i < rows; ++i)
    if (labels[i] >= kMostClasses)
      return base::failure(Code::kInvalidArgument, "decision tree: the label of row {} is not below {}", i,
                           kMostClasses);
  return {};
}

bool goes_left(const TreeNode& node, double x) {
  return std::isnan(x) ? node.missing_left : x <= node.threshold;
}

// Grows a tree level by level.
class Grower {
 public:
  Grower(kernels::MatrixView points, std::span<const uint32_t> labels, std::span<const double> sample_weight,
         const DecisionTreeOptions& options, const base::Context& context)
      : points_(points),
        labels_(labels),
        sample_weight_(sample_weight),
        options_(options),
        context_(context) {
    for (const uint32_t label : labels) classes_ = std::max(classes_, size_t{label} + 1);
  }

  Result<std::vector<TreeNode>> grow() {
    COTERIE_ASSIGN(const auto memory,
                   context_.budget->reserve(points_.rows * (points_.cols + 2) * sizeof(uint32_t),
                                            "rows of a decision tree"));
    sorted_.resize(points_.cols);
    context_.pool->for_chunks(points_.cols, 1, [&](size_t, size_t begin, size_t end) {
      for (size_t j = begin; j < end; ++j) sorted_[j] = sort_column(points_, j);
    });
    node_of_.assign(points_.rows, 0);
    nodes_.emplace_back();
    open_ = {0};
    for (size_t depth = 0;; ++depth) {
      COTERIE_CHECK_OK(context_.check_cancelled());
      weigh_nodes();
      close_pure_nodes();
      if (depth == options_.max_depth || open_.empty()) break;
      split_level();
    }
    return std::move(nodes_);
  }

 private:
  std::span<const double> class_weight(size_t place) const {
    return std::span(class_weight_).subspan(place * classes_, classes_);
  }

  double weight_of(size_t row) const { return sample_weight_.empty() ? 1.0 : sample_weight_[row]; }

  // In the order of the rows: the same sums for any number of threads.
  void weigh_nodes() {
    class_weight_.assign(open_.size() * classes_, 0.0);
    for (size_t row = 0; row < points_.rows; ++row)
      if (node_of_[row] != kClosed) class_weight_[node_of_[row] * classes_ + labels_[row]] += weight_of(row);
    for (size_t place = 0; place < open_.size(); ++place) {
      TreeNode& node = nodes_[open_[place]];
      const auto weights = class_weight(place);
      node.label = static_cast<uint32_t>(std::max_element(weights.begin(), weights.end()) - weights.begin());
      double squares = 0;
      for (const double weight : weights) node.weight += weight;
      for (const double weight : weights) squares += weight * weight;
      node.gini = std::max(0.0, 1 - squares / (node.weight * node.weight));
    }
  }

  // Takes those that need no split out of the open ones, and their rows with them.
  void close_pure_nodes() {
    std::vector<uint32_t> place(open_.size(), kClosed), open;
    std::vector<double> weights;
    for (size_t old = 0; old < open_.size(); ++old) {
      const auto of_node = class_weight(old);
      if (std::count_if(of_node.begin(), of_node.end(), [](double weight) { return weight > 0; }) < 2)
        continue;
      place[old] = static_cast<uint32_t>(open.size());
      open.push_back(open_[old]);
      weights.insert(weights.end(), of_node.begin(), of_node.end());
    }
    for (uint32_t& node : node_of_)
      if (node != kClosed) node = place[node];
    open_ = std::move(open);
    class_weight_ = std::move(weights);
  }

  // The best column of every open node; the lowest of equally good ones.
  void split_level() {
    const OpenNodes open{node_of_,     labels_,  sample_weight_,           class_weight_,
                         open_.size(), classes_, options_.min_samples_leaf};
    std::vector<std::vector<Split>> splits(points_.cols);
    context_.pool->for_chunks(points_.cols, 1, [&](size_t, size_t begin, size_t end) {
      for (size_t j = begin; j < end; ++j) splits[j] = best_splits(points_, j, sorted_[j], open);
    });
    std::vector<uint32_t> next;
    for (size_t place = 0; place < open_.size(); ++place) {
      Split best;
      size_t column = 0;
      for (size_t j = 0; j < points_.cols; ++j)
        if (splits[j][place].purity > best.purity) {
          best = splits[j][place];
          column = j;
        }
      if (best.purity < 0) continue;
      const auto left = static_cast<uint32_t>(nodes_.size());
      nodes_.resize(nodes_.size() + 2);
      TreeNode& node = nodes_[open_[place]];
      node.feature = static_cast<uint32_t>(column);
      node.threshold = best.threshold;
      node.missing_left = best.missing_left;
      node.left = left;
      node.right = left + 1;
      next.insert(next.end(), {left, left + 1});
    }
    move_rows(next);
    open_ = std::move(next);
  }

  void move_rows(const std::vector<uint32_t>& next) {
    std::vector<uint32_t> place(nodes_.size(), kClosed);
    for (size_t i = 0; i < next.size(); ++i) place[next[i]] = static_cast<uint32_t>(i);
    for (size_t row = 0; row < points_.rows; ++row) {
      if (node_of_[row] == kClosed) continue;
      const TreeNode& node = nodes_[open_[node_of_[row]]];
      node_of_[row] = node.is_leaf()
                          ? kClosed
                          : place[goes_left(node, points_.at(row, node.feature)) ? node.left : node.right];
    }
  }

  kernels::MatrixView points_;
  std::span<const uint32_t> labels_;
  std::span<const double> sample_weight_;
  DecisionTreeOptions options_;
  base::Context context_;
  size_t classes_ = 0;
  std::vector<SortedColumn> sorted_;
  std::vector<TreeNode> nodes_;
  std::vector<uint32_t> open_;        // numbers of the nodes of this level that may be split
  std::vector<uint32_t> node_of_;     // a row's place in open_, or kClosed
  std::vector<double> class_weight_;  // open_ × classes
};

// Where a split saw no missing value, one goes the way of the most weight.
void send_missing(std::vector<TreeNode>& nodes, kernels::MatrixView points) {
  std::vector<uint8_t> has_missing(points.cols);
  for (size_t i = 0; i < points.rows; ++i)
    for (size_t j = 0; j < points.cols; ++j) has_missing[j] |= std::isnan(points.at(i, j)) ? 1 : 0;
  for (TreeNode& node : nodes)
    if (!node.is_leaf() && has_missing[node.feature] == 0)
      node.missing_left = nodes[node.left].weight >= nodes[node.right].weight;
}

constexpr size_t kFields = 8;

std::vector<double> fields(const TreeNode& node) {
  const double feature = node.is_leaf() ? -1.0 : node.feature;
  return {feature,
          node.threshold,
          node.missing_left ? 1.0 : 0.0,
          static_cast<double>(node.left),
          static_cast<double>(node.right),
          static_cast<double>(node.label),
          node.weight,
          node.gini};
}

// Node i of `count`. A child comes after its node, so that every walk ends; nothing when the values are no node.
std::optional<TreeNode> read_node(std::span<const double> v, size_t i, size_t count, size_t features) {
  const auto is_whole = [](double value, size_t low, size_t high) {
    return value >= static_cast<double>(low) && value < static_cast<double>(high) &&
           value == std::floor(value);
  };
  TreeNode node;
  if (v[0] != -1) {
    if (!is_whole(v[0], 0, features) || !is_whole(v[3], i + 1, count) || !is_whole(v[4], i + 1, count))
      return std::nullopt;
    node.feature = static_cast<uint32_t>(v[0]);
    node.left = static_cast<uint32_t>(v[3]);
    node.right = static_cast<uint32_t>(v[4]);
  }
  if (!is_whole(v[5], 0, kMostClasses)) return std::nullopt;
  node.threshold = v[1];
  node.missing_left = v[2] != 0;
  node.label = static_cast<uint32_t>(v[5]);
  node.weight = v[6];
  node.gini = v[7];
  return node;
}

}  // namespace

Result<DecisionTreeClassifier> DecisionTreeClassifier::fit(kernels::MatrixView points,
                                                           std::span<const uint32_t> labels,
                                                           std::span<const double> sample_weight,
                                                           const DecisionTreeOptions& options,
                                                           const base::Context& context) {
  COTERIE_CHECK_OK(check_options(options));
  COTERIE_CHECK_OK(check_values(points));
  COTERIE_CHECK_OK(check_labels(labels, points.rows));
  COTERIE_CHECK_OK(check_weights(sample_weight, points.rows));
  DecisionTreeClassifier out;
  out.options_ = options;
  out.n_features_ = points.cols;
  COTERIE_ASSIGN(out.nodes_, Grower(points, labels, sample_weight, options, context).grow());
  send_missing(out.nodes_, points);
  return out;
}

Result<std::vector<uint32_t>> DecisionTreeClassifier::apply(kernels::MatrixView points,
                                                            const base::Context& context) const {
  COTERIE_CHECK_OK(check_values(points));
  if (points.cols != n_features_)
    return base::error(Code::kInvalidArgument, "decision tree: {} columns; it was fitted on {}", points.cols,
                       n_features_);
  std::vector<uint32_t> out(points.rows);
  context.pool->for_chunks(points.rows, kRowsOfChunk, [&](size_t, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      uint32_t at = 0;
      while (!nodes_[at].is_leaf())
        at = goes_left(nodes_[at], points.at(i, nodes_[at].feature)) ? nodes_[at].left : nodes_[at].right;
      out[i] = at;
    }
  });
  return out;
}

Result<std::vector<uint32_t>> DecisionTreeClassifier::predict(kernels::MatrixView points,
                                                              const base::Context& context) const {
  COTERIE_ASSIGN(auto out, apply(points, context));
  for (uint32_t& leaf : out) leaf = nodes_[leaf].label;
  return out;
}

DecisionTreeClassifier DecisionTreeClassifier::pruned(size_t max_depth) const {
  DecisionTreeClassifier out = *this;
  out.options_.max_depth = std::min(max_depth, options_.max_depth);
  std::vector<size_t> depth(nodes_.size());
  size_t kept = 0;
  for (size_t i = 0; i < nodes_.size() && depth[i] <= out.options_.max_depth; ++i, ++kept) {
    TreeNode& node = out.nodes_[i];
    if (node.is_leaf()) continue;
    depth[node.left] = depth[node.right] = depth[i] + 1;
    if (depth[i] == out.options_.max_depth)
      node = {.label = node.label, .weight = node.weight, .gini = node.gini};
  }
  out.nodes_.resize(kept);
  return out;
}

ModelState DecisionTreeClassifier::state() const {
  ModelState out;
  out.algorithm = kTreeAlgorithm;
  out.options = {{"max_depth", options_.max_depth},
                 {"min_samples_leaf", options_.min_samples_leaf},
                 {"n_features", n_features_}};
  Tensor nodes{"nodes", {nodes_.size(), kFields}, {}};
  for (const TreeNode& node : nodes_) {
    const auto values = fields(node);
    nodes.values.insert(nodes.values.end(), values.begin(), values.end());
  }
  out.tensors.push_back(std::move(nodes));
  return out;
}

Result<DecisionTreeClassifier> DecisionTreeClassifier::from_state(const ModelState& state) {
  if (state.algorithm != kTreeAlgorithm)
    return damaged_model(kTreeAlgorithm, "it is one of " + state.algorithm);
  COTERIE_ASSIGN(const Tensor* nodes, state.tensor("nodes"));
  const size_t count = nodes->values.size() / kFields;
  if (count == 0 || nodes->shape != std::vector<size_t>{count, kFields} ||
      nodes->values.size() != count * kFields)
    return damaged_model(kTreeAlgorithm, "nodes have the wrong shape");
  for (const char* name : {"max_depth", "min_samples_leaf", "n_features"})
    if (!state.options.contains(name) || !state.options[name].is_number())
      return damaged_model(kTreeAlgorithm, "its options are not its own");
  DecisionTreeClassifier out;
  out.options_ = {state.options["max_depth"], state.options["min_samples_leaf"]};
  out.n_features_ = state.options["n_features"];
  for (size_t i = 0; i < count; ++i) {
    const auto node =
        read_node(std::span(nodes->values).subspan(i * kFields, kFields), i, count, out.n_features_);
    if (!node)
      return damaged_model(kTreeAlgorithm, "a node names a column, a node or a class that is not there");
    out.nodes_.push_back(*node);
  }
  return out;
}

}  // namespace coterie::learn

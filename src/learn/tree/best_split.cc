#include "learn/tree/best_split.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace coterie::learn {

namespace {

// Weights of the classes on one side of a split, with the sum of their squares kept up to date. Whole weights are exact.
struct Side {
  double weight = 0, squares = 0;

  void add(double w, double& of_class) {
    squares += w * (2 * of_class + w);
    of_class += w;
    weight += w;
  }
  double purity() const { return squares / weight; }
};

double sum_of_squares(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum;
}

// Half-way, and never the upper value itself: x ≤ threshold must tell them apart.
double between(double low, double high) {
  const double middle = low / 2 + high / 2;
  return middle < high && middle >= low ? middle : low;
}

// One walk: the left side grows by the rows in order, and starts with the missing ones when `missing_left`.
class Walk {
 public:
  Walk(const OpenNodes& open, std::span<const double> missing, bool missing_left)
      : open_(open),
        missing_left_(missing_left),
        left_classes_(missing_left ? std::vector<double>(missing.begin(), missing.end())
                                   : std::vector<double>(open.nodes * open.classes)),
        states_(open.nodes) {
    for (size_t node = 0; node < open.nodes; ++node) {
      State& state = states_[node];
      const auto all = open.class_weight.subspan(node * open.classes, open.classes);
      const auto left = std::span(left_classes_).subspan(node * open.classes, open.classes);
      state.left.squares = sum_of_squares(left);
      for (size_t c = 0; c < open.classes; ++c) {
        state.left.weight += left[c];
        state.all_weight += all[c];
        const double rest = all[c] - left[c];
        state.right_squares += rest * rest;
      }
    }
  }

  // The next row of the node. `value` is not below the one before.
  void add(size_t node, double value, double w, uint32_t label, Split& best) {
    State& state = states_[node];
    if (state.has_value && value > state.value) consider(state, between(state.value, value), best);
    move(state, node, w, label);
    state.value = value;
    state.has_value = true;
  }

  // After the last row: everything that has a value on the left, the missing on the right; or the other way round.
  void finish(size_t node, bool has_missing, Split& best) {
    State& state = states_[node];
    if (!has_missing || missing_left_ || !state.has_value) return;
    consider(state, std::numeric_limits<double>::max(), best);
  }

 private:
  struct State {
    Side left;
    double all_weight = 0, right_squares = 0, value = 0;
    bool has_value = false;
  };

  void move(State& state, size_t node, double w, uint32_t label) {
    const size_t at = node * open_.classes + label;
    const double right = open_.class_weight[at] - left_classes_[at];
    state.right_squares -= w * (2 * right - w);
    state.left.add(w, left_classes_[at]);
  }

  void consider(const State& state, double threshold, Split& best) const {
    const double right = state.all_weight - state.left.weight;
    if (!(state.left.weight > 0 && right > 0)) return;
    if (state.left.weight < open_.min_samples_leaf || right < open_.min_samples_leaf) return;
    const double purity = state.left.purity() + state.right_squares / right;
    if (purity > best.purity) best = {purity, threshold, missing_left_};
  }

  const OpenNodes& open_;
  bool missing_left_;
  std::vector<double> left_classes_;
  std::vector<State> states_;
};

}  // namespace

SortedColumn sort_column(kernels::MatrixView points, size_t column) {
  SortedColumn out;
  out.rows.reserve(points.rows);
  std::vector<uint32_t> missing;
  for (size_t i = 0; i < points.rows; ++i)
    (std::isnan(points.at(i, column)) ? missing : out.rows).push_back(static_cast<uint32_t>(i));
  out.known = out.rows.size();
  std::sort(out.rows.begin(), out.rows.end(), [&](uint32_t a, uint32_t b) {
    const double x = points.at(a, column), y = points.at(b, column);
    return x < y || (x == y && a < b);
  });
  out.rows.insert(out.rows.end(), missing.begin(), missing.end());
  return out;
}

std::vector<Split> best_splits(kernels::MatrixView points, size_t column, const SortedColumn& sorted,
                               const OpenNodes& open) {
  const auto weight_of = [&](uint32_t row) {
    return open.sample_weight.empty() ? 1.0 : open.sample_weight[row];
  };
  std::vector<double> missing(open.nodes * open.classes);
  std::vector<uint8_t> has_missing(open.nodes);
  for (size_t i = sorted.known; i < sorted.rows.size(); ++i) {
    const uint32_t row = sorted.rows[i], node = open.node_of[row];
    if (node == kClosed || weight_of(row) == 0) continue;
    missing[node * open.classes + open.labels[row]] += weight_of(row);
    has_missing[node] = 1;
  }
  std::vector<Split> best(open.nodes);
  const bool any_missing = std::find(has_missing.begin(), has_missing.end(), 1) != has_missing.end();
  for (const bool missing_left : {false, true}) {
    if (missing_left && !any_missing) break;
    Walk walk(open, missing, missing_left);
    for (size_t i = 0; i < sorted.known; ++i) {
      const uint32_t row = sorted.rows[i], node = open.node_of[row];
      if (node == kClosed || weight_of(row) == 0) continue;
      if (missing_left && has_missing[node] == 0) continue;  // the same as the first walk
      walk.add(node, points.at(row, column), weight_of(row), open.labels[row], best[node]);
    }
    for (size_t node = 0; node < open.nodes; ++node) walk.finish(node, has_missing[node] != 0, best[node]);
  }
  return best;
}

}  // namespace coterie::learn

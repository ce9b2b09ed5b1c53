// The plainest k-means there is, to compare the fast one with: every row, one thread, textbook loops.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/matrix.h"

namespace coterie::learn {

struct PlainKMeans {
  kernels::Matrix centers;
  std::vector<uint32_t> labels;
  double inertia = 0;
  size_t empty_rounds = 0;  // rounds in which some cluster had no weight: methods may differ from there on
  double narrowest = std::numeric_limits<double>::infinity();  // least relative lead of a nearest centre
};

// Distances of row i, and how far the nearest centre leads the second.
inline uint32_t plain_nearest(kernels::MatrixView points, size_t i, PlainKMeans& state, double* squared_out) {
  double best = std::numeric_limits<double>::infinity();
  double second = best;
  uint32_t label = 0;
  for (uint32_t c = 0; c < state.centers.rows; ++c) {
    double squared = 0;
    for (size_t j = 0; j < points.cols; ++j) squared += std::pow(points.at(i, j) - state.centers.at(c, j), 2);
    if (squared < best) {
      second = best;
      best = squared;
      label = c;
    } else if (squared < second) {
      second = squared;
    }
  }
  state.narrowest = std::min(state.narrowest, (second - best) / (second + 1e-300));
  *squared_out = best;
  return label;
}

/// Rounds until no label changes, from `centers`. A cluster without weight keeps its centre.
inline PlainKMeans plain_k_means(kernels::MatrixView points, const std::vector<double>& weight,
                                 kernels::Matrix centers) {
  PlainKMeans state{std::move(centers), std::vector<uint32_t>(points.rows, UINT32_MAX)};
  for (bool changed = true; changed;) {
    changed = false;
    state.inertia = 0;
    kernels::Matrix sums(state.centers.rows, points.cols);
    std::vector<double> total(state.centers.rows);
    for (size_t i = 0; i < points.rows; ++i) {
      double squared = 0;
      const uint32_t label = plain_nearest(points, i, state, &squared);
      changed |= label != state.labels[i];
      state.labels[i] = label;
      state.inertia += weight[i] * squared;
      total[label] += weight[i];
      for (size_t j = 0; j < points.cols; ++j) sums.at(label, j) += weight[i] * points.at(i, j);
    }
    bool empty = false;
    for (size_t c = 0; c < total.size(); ++c) {
      empty |= total[c] == 0;
      for (size_t j = 0; j < points.cols && total[c] > 0; ++j)
        state.centers.at(c, j) = sums.at(c, j) / total[c];
    }
    state.empty_rounds += empty;
  }
  return state;
}

}  // namespace coterie::learn

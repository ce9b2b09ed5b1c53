// Compiled once for every target.
#include "kernels/dispatch.h"
// Before Highway.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/manhattan.cc"  // NOLINT
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>
#include <limits>

#include "kernels/manhattan.h"

HWY_BEFORE_NAMESPACE();
namespace coterie::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, kLanes>;
using VD = hn::Vec<D>;
constexpr size_t kVectors = kLanes / hn::MaxLanes(D());
constexpr size_t kTile = kVectors == 1 ? 8 : 2;

// Of one point: per lane the best and second best of its rows so far, and the group of the best.
struct LaneBest {
  VD nearest[kVectors], second[kVectors], group[kVectors];
};

// The best lane of one point, the lower index on ties, and the second best row.
HWY_INLINE void meet_lanes(const LaneBest& best, uint32_t* label, double* distance, double* second) {
  const D d;
  double nearest[kLanes], next[kLanes], group[kLanes];
  for (size_t v = 0; v < kVectors; ++v) {
    hn::StoreU(best.nearest[v], d, nearest + v * hn::Lanes(d));
    hn::StoreU(best.second[v], d, next + v * hn::Lanes(d));
    hn::StoreU(best.group[v], d, group + v * hn::Lanes(d));
  }
  size_t winner = 0;
  for (size_t l = 1; l < kLanes; ++l) {
    const bool is_closer =
        nearest[l] < nearest[winner] || (nearest[l] == nearest[winner] && group[l] < group[winner]);
    winner = is_closer ? l : winner;
  }
  *label = static_cast<uint32_t>(static_cast<size_t>(group[winner]) * kLanes + winner);
  *distance = nearest[winner];
  nearest[winner] = next[winner];
  *second = *std::min_element(nearest, nearest + kLanes);
}

template <size_t kPoints>
HWY_INLINE void nearest_tile(const double* HWY_RESTRICT point, const PackedRows& rows, uint32_t* labels,
                             double* distance, double* second) {
  const D d;
  const size_t cols = rows.cols();
  LaneBest best[kPoints];
  for (size_t g = 0; g < rows.groups(); ++g) {
    const double* HWY_RESTRICT group = rows.group(g);
    VD sum[kPoints][kVectors];
    for (size_t p = 0; p < kPoints; ++p)
      for (size_t v = 0; v < kVectors; ++v) sum[p][v] = hn::Zero(d);
    for (size_t j = 0; j < cols; ++j) {
      VD row[kVectors];
      for (size_t v = 0; v < kVectors; ++v) row[v] = hn::LoadU(d, group + j * kLanes + v * hn::Lanes(d));
      for (size_t p = 0; p < kPoints; ++p) {
        const VD x = hn::Set(d, point[p * cols + j]);
        for (size_t v = 0; v < kVectors; ++v) sum[p][v] = hn::Add(sum[p][v], hn::Abs(hn::Sub(row[v], x)));
      }
    }
    const VD number = hn::Set(d, static_cast<double>(g));
    for (size_t p = 0; p < kPoints; ++p)
      for (size_t v = 0; v < kVectors; ++v) {
        if (g == 0) {
          best[p].nearest[v] = sum[p][v];
          best[p].second[v] = hn::Set(d, std::numeric_limits<double>::infinity());
          best[p].group[v] = hn::Zero(d);
          continue;
        }
        const auto is_nearer = hn::Lt(sum[p][v], best[p].nearest[v]);
        best[p].second[v] = hn::Min(best[p].second[v], hn::Max(best[p].nearest[v], sum[p][v]));
        best[p].nearest[v] = hn::Min(best[p].nearest[v], sum[p][v]);
        best[p].group[v] = hn::IfThenElse(is_nearer, number, best[p].group[v]);
      }
  }
  for (size_t p = 0; p < kPoints; ++p) meet_lanes(best[p], labels + p, distance + p, second + p);
}

void nearest_two(MatrixView points, const PackedRows& rows, uint32_t* labels, double* distance,
                 double* second) {
  const double* values = points.values.data();
  size_t i = 0;
  for (; i + kTile <= points.rows; i += kTile)
    nearest_tile<kTile>(values + i * points.cols, rows, labels + i, distance + i, second + i);
  for (; i < points.rows; ++i)
    nearest_tile<1>(values + i * points.cols, rows, labels + i, distance + i, second + i);
}

}  // namespace coterie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace coterie::kernels {

double manhattan(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (size_t j = 0; j < a.size(); ++j) sum += std::abs(a[j] - b[j]);
  return sum;
}

void manhattan_to_row(MatrixView points, std::span<const double> row, std::span<double> distance) {
  for (size_t i = 0; i < points.rows; ++i) distance[i] = manhattan(points.row(i), row);
}

void nearest_two_manhattan(MatrixView points, const PackedRows& rows, std::span<uint32_t> labels,
                           std::span<double> distance, std::span<double> second,
                           [[maybe_unused]] Target target) {
  COTERIE_DISPATCH(target, nearest_two)(points, rows, labels.data(), distance.data(), second.data());
}

}  // namespace coterie::kernels
#endif

// Distances between two rows, to one row, and summed over many.
#include "kernels/distance.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/lanes.h"

namespace coterie::kernels {

namespace {

// Σ (a_j − b_j)² over fixed lanes; the last incomplete group of columns goes to the first lanes.
template <class V>
COTERIE_INLINE double squared_euclidean_body(const double* a, const double* b, size_t n) {
  V acc[kRegisters<V>] = {};
  size_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    V x[kRegisters<V>], y[kRegisters<V>];
    std::memcpy(x, a + j, sizeof(x));
    std::memcpy(y, b + j, sizeof(y));
    for (size_t r = 0; r < kRegisters<V>; ++r) {
      x[r] -= y[r];
      acc[r] += x[r] * x[r];
    }
  }
  double lane[kLanes];
  std::memcpy(lane, acc, sizeof(lane));
  for (size_t l = 0; j < n; ++j, ++l) lane[l] += (a[j] - b[j]) * (a[j] - b[j]);
  return add_lanes(lane);
}

template <class V>
COTERIE_INLINE void distances_to_row_body(const kernels::MatrixView& points, const double* row,
                                          double* squared) {
  const double* values = points.values.data();
  for (size_t i = 0; i < points.rows; ++i) {
    squared[i] = squared_euclidean_body<V>(values + i * points.cols, row, points.cols);
  }
}

template <class W, size_t Tile>
COTERIE_INLINE void distance_sum_tile(const double* point, const PackedRows& rows, const double* weights,
                                      double* sums) {
  using V = typename W::V;
  constexpr size_t kR = kRegisters<V>;
  V acc[Tile][kR];
  V total[Tile][kR] = {};
  for (size_t g = 0; g < rows.groups(); ++g) {
    group_distances<V, Tile>(point, rows.cols(), rows.group(g), acc);
    V weight[kR];
    std::memcpy(weight, weights + g * kLanes, sizeof(weight));
    for (size_t p = 0; p < Tile; ++p) {
      for (size_t r = 0; r < kR; ++r) {
        V distance;
        for (size_t l = 0; l < kWidth<V>; ++l) distance[l] = std::sqrt(acc[p][r][l]);
        const V weighted = weight[r] * distance;
        total[p][r] += weight[r] > 0.0 ? weighted : V{};
      }
    }
  }
  for (size_t p = 0; p < Tile; ++p) {
    double lane[kLanes];
    std::memcpy(lane, total[p], sizeof(lane));
    sums[p] = add_lanes(lane);
  }
}

template <class W>
COTERIE_INLINE void distance_sums_body(const kernels::MatrixView& points, const PackedRows& rows,
                                       const double* weights, double* sums) {
  const double* values = points.values.data();
  size_t i = 0;
  for (; i + W::kTile <= points.rows; i += W::kTile) {
    distance_sum_tile<W, W::kTile>(values + i * points.cols, rows, weights, sums + i);
  }
  for (; i < points.rows; ++i) {
    distance_sum_tile<W, 1>(values + i * points.cols, rows, weights, sums + i);
  }
}

#if defined(__x86_64__)
COTERIE_AVX2 void distances_to_row_avx2(const kernels::MatrixView& points, const double* row,
                                        double* squared) {
  distances_to_row_body<F64x4>(points, row, squared);
}
COTERIE_AVX512 void distances_to_row_avx512(const kernels::MatrixView& points, const double* row,
                                            double* squared) {
  distances_to_row_body<F64x8>(points, row, squared);
}
COTERIE_AVX2 void distance_sums_avx2(const kernels::MatrixView& points, const PackedRows& rows,
                                     const double* weights, double* sums) {
  distance_sums_body<Width4>(points, rows, weights, sums);
}
COTERIE_AVX512 void distance_sums_avx512(const kernels::MatrixView& points, const PackedRows& rows,
                                         const double* weights, double* sums) {
  distance_sums_body<Width8>(points, rows, weights, sums);
}
#endif

}  // namespace

double squared_euclidean(std::span<const double> a, std::span<const double> b) {
  return squared_euclidean_body<F64x2>(a.data(), b.data(), a.size());
}

void squared_distances_to_row(kernels::MatrixView points, std::span<const double> row,
                              std::span<double> squared, [[maybe_unused]] Target target) {
#if defined(__x86_64__)
  if (target == Target::kAvx512) return distances_to_row_avx512(points, row.data(), squared.data());
  if (target == Target::kAvx2) return distances_to_row_avx2(points, row.data(), squared.data());
#endif
  distances_to_row_body<F64x2>(points, row.data(), squared.data());
}

PackedRows::PackedRows(kernels::MatrixView rows)
    : rows_(rows.rows),
      cols_(rows.cols),
      values_(groups() * kLanes * cols_, std::numeric_limits<double>::infinity()) {
  for (size_t i = 0; i < rows_; ++i) {
    double* first = values_.data() + (i / kLanes) * kLanes * cols_ + i % kLanes;
    for (size_t j = 0; j < cols_; ++j) first[j * kLanes] = rows.at(i, j);
  }
}

void weighted_distance_sums(kernels::MatrixView points, const PackedRows& rows,
                            std::span<const double> weights, std::span<double> sums,
                            [[maybe_unused]] Target target) {
#if defined(__x86_64__)
  if (target == Target::kAvx512) return distance_sums_avx512(points, rows, weights.data(), sums.data());
  if (target == Target::kAvx2) return distance_sums_avx2(points, rows, weights.data(), sums.data());
#endif
  distance_sums_body<Width2>(points, rows, weights.data(), sums.data());
}

}  // namespace coterie::kernels

// nearest_rows and nearest_two_rows: every lane keeps the best of its own rows; the lanes meet at the end.
#include <algorithm>
#include <limits>

#include "kernels/distance.h"
#include "kernels/lanes.h"

namespace coterie::kernels {

namespace {

// The best two rows of every lane, before the lanes meet.
template <class W, size_t Tile>
struct LaneBest {
  typename W::V nearest[Tile][kRegisters<typename W::V>];
  typename W::V second[Tile][kRegisters<typename W::V>];
  typename W::I group[Tile][kRegisters<typename W::V>];
};

struct NearestOut {
  uint32_t* labels;
  double* squared;
  double* second;  // null when nobody asks
};

// The best lane of one point, the lower index on ties, and the second best row.
template <bool kSecond>
COTERIE_INLINE void meet_lanes(const void* nearest, const void* second, const void* group,
                               const NearestOut& out, size_t i) {
  double lane[kLanes];
  int64_t lane_group[kLanes];
  std::memcpy(lane, nearest, sizeof(lane));
  std::memcpy(lane_group, group, sizeof(lane_group));
  size_t winner = 0;
  for (size_t l = 1; l < kLanes; ++l) {
    const bool closer =
        lane[l] < lane[winner] || (lane[l] == lane[winner] && lane_group[l] < lane_group[winner]);
    winner = closer ? l : winner;
  }
  out.labels[i] = static_cast<uint32_t>(static_cast<size_t>(lane_group[winner]) * kLanes + winner);
  out.squared[i] = lane[winner];
  if constexpr (kSecond) {
    double lane_second[kLanes];
    std::memcpy(lane_second, second, sizeof(lane_second));
    lane[winner] = lane_second[winner];
    out.second[i] = *std::min_element(lane, lane + kLanes);
  }
}

// Per lane the best of its rows, group after group; then the best lane. Ties go to the lower index.
template <class W, size_t Tile, bool kSecond>
COTERIE_INLINE void nearest_tile(const double* point, const PackedRows& rows, const NearestOut& out,
                                 size_t i) {
  using V = typename W::V;
  using I = typename W::I;
  constexpr size_t kR = kRegisters<V>;
  V acc[Tile][kR];
  LaneBest<W, Tile> best;
  group_distances<V, Tile>(point, rows.cols(), rows.group(0), best.nearest);
  for (size_t p = 0; p < Tile; ++p) {
    for (size_t r = 0; r < kR; ++r) {
      best.group[p][r] = I{};
      if constexpr (kSecond) best.second[p][r] = V{} + std::numeric_limits<double>::infinity();
    }
  }
  for (size_t g = 1; g < rows.groups(); ++g) {
    group_distances<V, Tile>(point, rows.cols(), rows.group(g), acc);
    const I group_index = I{} + static_cast<int64_t>(g);
    for (size_t p = 0; p < Tile; ++p) {
      for (size_t r = 0; r < kR; ++r) {
        const auto closer = acc[p][r] < best.nearest[p][r];
        if constexpr (kSecond) {
          const V loser = closer ? best.nearest[p][r] : acc[p][r];
          best.second[p][r] = loser < best.second[p][r] ? loser : best.second[p][r];
        }
        best.nearest[p][r] = closer ? acc[p][r] : best.nearest[p][r];
        best.group[p][r] = closer ? group_index : best.group[p][r];
      }
    }
  }
  for (size_t p = 0; p < Tile; ++p) {
    meet_lanes<kSecond>(best.nearest[p], best.second[p], best.group[p], out, i + p);
  }
}

template <class W, bool kSecond>
COTERIE_INLINE void nearest_all(const kernels::MatrixView& points, const PackedRows& rows,
                                const NearestOut& out) {
  const double* values = points.values.data();
  size_t i = 0;
  for (; i + W::kTile <= points.rows; i += W::kTile) {
    nearest_tile<W, W::kTile, kSecond>(values + i * points.cols, rows, out, i);
  }
  for (; i < points.rows; ++i) nearest_tile<W, 1, kSecond>(values + i * points.cols, rows, out, i);
}

template <class W>
COTERIE_INLINE void nearest_body(const kernels::MatrixView& points, const PackedRows& rows,
                                 const NearestOut& out) {
  if (out.second != nullptr) {
    nearest_all<W, true>(points, rows, out);
  } else {
    nearest_all<W, false>(points, rows, out);
  }
}

#if defined(__x86_64__)
COTERIE_AVX2 void nearest_avx2(const kernels::MatrixView& points, const PackedRows& rows,
                               const NearestOut& out) {
  nearest_body<Width4>(points, rows, out);
}
COTERIE_AVX512 void nearest_avx512(const kernels::MatrixView& points, const PackedRows& rows,
                                   const NearestOut& out) {
  nearest_body<Width8>(points, rows, out);
}
#endif

void nearest(const kernels::MatrixView& points, const PackedRows& rows, const NearestOut& out,
             [[maybe_unused]] Target target) {
#if defined(__x86_64__)
  if (target == Target::kAvx512) return nearest_avx512(points, rows, out);
  if (target == Target::kAvx2) return nearest_avx2(points, rows, out);
#endif
  nearest_body<Width2>(points, rows, out);
}

}  // namespace

void nearest_rows(kernels::MatrixView points, const PackedRows& rows, std::span<uint32_t> labels,
                  std::span<double> squared, Target target) {
  nearest(points, rows, {labels.data(), squared.data(), nullptr}, target);
}

void nearest_two_rows(kernels::MatrixView points, const PackedRows& rows, std::span<uint32_t> labels,
                      std::span<double> squared, std::span<double> second, Target target) {
  nearest(points, rows, {labels.data(), squared.data(), second.data()}, target);
}

}  // namespace coterie::kernels

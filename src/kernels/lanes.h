// What the vector kernels share: registers of 2, 4 or 8 lanes behind one template, and the loop that measures
// a tile of points against a group of rows. Included by the sources of kernels only.
//
// Vectors are passed by reference and everything is inlined into the function that carries the target
// attribute, so each target gets its own code. A group of eight rows is 8 / width registers; a tile of points
// shares each load.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/distance.h"

#define COTERIE_INLINE inline __attribute__((always_inline))
#if defined(__x86_64__)
#define COTERIE_AVX2 __attribute__((target("avx2")))
#define COTERIE_AVX512 __attribute__((target("avx512f,avx512vl,avx512dq")))
#endif

namespace coterie::kernels {

typedef double F64x2 __attribute__((vector_size(16)));
typedef double F64x4 __attribute__((vector_size(32)));
typedef double F64x8 __attribute__((vector_size(64)));
typedef int64_t I64x2 __attribute__((vector_size(16)));
typedef int64_t I64x4 __attribute__((vector_size(32)));
typedef int64_t I64x8 __attribute__((vector_size(64)));

// What a target needs to know: its vector, the matching integers, and how many points share a load.
struct Width2 {
  using V = F64x2;
  using I = I64x2;
  static constexpr size_t kTile = 2;
};
struct Width4 {
  using V = F64x4;
  using I = I64x4;
  static constexpr size_t kTile = 4;
};
struct Width8 {
  using V = F64x8;
  using I = I64x8;
  static constexpr size_t kTile = 8;
};

template <class V>
inline constexpr size_t kWidth = sizeof(V) / sizeof(double);
template <class V>
inline constexpr size_t kRegisters = kLanes / kWidth<V>;

COTERIE_INLINE double add_lanes(const double* lane) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

// Squared distances of `Tile` consecutive points to one group of rows.
template <class V, size_t Tile>
COTERIE_INLINE void group_distances(const double* point, size_t cols, const double* group,
                                    V (&acc)[Tile][kRegisters<V>]) {
  for (size_t p = 0; p < Tile; ++p) {
    for (size_t r = 0; r < kRegisters<V>; ++r) acc[p][r] = V{};
  }
  for (size_t j = 0; j < cols; ++j) {
    V row[kRegisters<V>];
    std::memcpy(row, group + j * kLanes, sizeof(row));
    for (size_t p = 0; p < Tile; ++p) {
      for (size_t r = 0; r < kRegisters<V>; ++r) {
        const V difference = row[r] - point[p * cols + j];
        acc[p][r] += difference * difference;
      }
    }
  }
}

}  // namespace coterie::kernels

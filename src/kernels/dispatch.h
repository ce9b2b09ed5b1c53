// How kernels that Highway compiles are chosen: by best_target(), as all others are. Included by such sources of kernels only,
// before Highway.
//
// Highway's own choice lives in a library that measures a clock when it is loaded, some milliseconds of every start.
#pragma once

#include "kernels/target.h"

// What is compiled: AVX-512, AVX2, and Highway's emulation, which is the scalar twin.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)

// The function of the target, in the part of a source that is compiled once.
#if defined(__x86_64__)
#define COTERIE_DISPATCH(target, function)        \
  ((target) == Target::kAvx512 ? N_AVX3::function \
   : (target) == Target::kAvx2 ? N_AVX2::function \
                               : HWY_STATIC_DISPATCH(function))
#else
#define COTERIE_DISPATCH(target, function) HWY_STATIC_DISPATCH(function)
#endif

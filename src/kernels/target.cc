// Asks the processor once.
#include "kernels/target.h"

namespace coterie::kernels {

bool is_supported([[maybe_unused]] Target target) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  // With what Highway takes for granted there.
  const bool is_haswell =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (target == Target::kAvx2) return is_haswell;
  if (target == Target::kAvx512) {
    return is_haswell && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd");
  }
#endif
  return target == Target::kBaseline;
}

Target best_target() {
  static const Target best = is_supported(Target::kAvx512) ? Target::kAvx512
                             : is_supported(Target::kAvx2) ? Target::kAvx2
                                                           : Target::kBaseline;
  return best;
}

}  // namespace coterie::kernels

// Which instruction set a kernel runs on, chosen once at run time.
//
// Every kernel is one template over the width of a vector register, compiled for each target. Lanes are
// independent, their number is fixed and nothing is contracted (-ffp-contract=off), so all targets give the
// same bits; kernels_test compares them.
#pragma once

namespace coterie::kernels {

enum class Target {
  kBaseline,  ///< what every 64-bit machine has (SSE2 on x86)
  kAvx2,
  kAvx512,
};

/// The best target of this machine.
Target best_target();

/// Whether this machine can run `target`.
bool is_supported(Target target);

}  // namespace coterie::kernels

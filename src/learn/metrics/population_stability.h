// Population stability index: how far a distribution moved between two samples that may share members.
#pragma once

#include <cstdint>
#include <span>

#include "base/status.h"

namespace coterie::learn {

inline constexpr uint32_t kNotThere = UINT32_MAX;

struct PopulationStability {
  double psi =
      0;  ///< Σ (q − p) ln(q / p) over the bins, p before and q after, half a member added to each bin
  double threshold = 0;                      ///< what PSI exceeds with probability `alpha` when nothing moved
  double p_value = 1;                        ///< probability of such a PSI or a larger one when nothing moved
  double degrees = 0;                        ///< of the scaled chi-squared that PSI then follows, nearly
  uint64_t before = 0, after = 0, both = 0;  ///< members
};

/// `before[u]` and `after[u]` are the bins of member u, kNotThere when it is not in that sample.
///
/// When nothing moved, PSI ≈ Σ (q − p)² / p, a weighted sum of chi-squared(1) with the eigenvalues of
/// D^-½ V D^-½ as weights, D = diag(p), V = the covariance of q − p over members. V is taken from the members
/// themselves, so that one who is in both samples counts as one: without common members all weights are
/// 1/n₁ + 1/n₂, the textbook's (B − 1)(1/n₁ + 1/n₂); with them they are smaller. The sum is approximated by a
/// scaled chi-squared with the same mean and variance (Satterthwaite 1946).
///
/// Range    bins 2 to 1000, alpha in (0, 1)
/// Errors   kInvalidArgument (sizes differ, a bin out of range, an empty sample)
/// Threads  safe
/// Cost     O(n + bins²)
/// Source   Yurdakul & Naranjo 2020; docs/methods/changes.md
base::Result<PopulationStability> population_stability(std::span<const uint32_t> before,
                                                       std::span<const uint32_t> after, size_t bins,
                                                       double alpha);

}  // namespace coterie::learn

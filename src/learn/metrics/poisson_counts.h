// How often each row occurs in a bootstrap replicate: independent Poisson(1) counts, drawn fast.
//
// A replicate of n rows drawn with replacement gives a row a Binomial(n, 1/n) count, which is Poisson(1) but
// for terms of order 1/n; drawing the counts independently needs no random access and no knowledge of n, so
// rows can be streamed and split (Hanley & MacGibbon 2006; Chamandy et al. 2012). docs/methods/bootstrap.md.
#pragma once

#include <cstdint>
#include <span>

#include "base/random.h"

namespace coterie::learn {

/// One replicate's counts. The same seed and stream give the same counts; use it from one thread.
class PoissonCounts {
 public:
  PoissonCounts(uint64_t seed, uint64_t stream) : random_(seed, stream) {}

  /// Writes the next counts.size() counts, each 0..12; probabilities are exact to 2^-32. About 2 ns a count.
  void fill(std::span<uint8_t> counts);

 private:
  base::Random random_;
};

}  // namespace coterie::learn

// Seeded random numbers: the same sequence on every machine, compiler and thread count.
//
// PCG XSL RR 128/64 (O'Neill 2014). The distributions are ours because those of the standard library differ
// between implementations. One Random belongs to one thread; give every chunk of work a stream of its own:
// Random(seed, chunk_index), and results do not depend on who ran which chunk.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace coterie::base {

class Random {
 public:
  explicit Random(uint64_t seed, uint64_t stream = 0);

  uint64_t next();                  ///< 64 uniform bits
  double uniform();                 ///< [0, 1), 53 bits
  uint64_t below(uint64_t n);       ///< [0, n), unbiased; n ≥ 1
  bool chance(double p);            ///< true with probability p
  double normal();                  ///< mean 0, standard deviation 1
  double exponential();             ///< mean 1
  double gamma(double shape);       ///< scale 1; shape > 0 (Marsaglia & Tsang 2000)
  double beta(double a, double b);  ///< a, b > 0
  uint64_t poisson(double mean);    ///< mean ≥ 0 (inversion; cost O(mean), split above 30)
  /// Index drawn with probability proportional to its step in `cumulative` (ascending, last > 0). O(log n).
  size_t categorical(std::span<const double> cumulative);

  template <class T>
  void shuffle(std::vector<T>& values) {
    for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  unsigned __int128 state_;
  unsigned __int128 increment_;
};

}  // namespace coterie::base

#include "base/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace coterie::base {

namespace {

constexpr unsigned __int128 kMultiplier =
    (static_cast<unsigned __int128>(2549297995355413924ULL) << 64) + 4865540595714422341ULL;

// SplitMix64: spreads small seeds over all bits.
uint64_t mix(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(uint64_t seed, uint64_t stream) {
  uint64_t s = seed;
  uint64_t t = stream ^ 0x5851f42d4c957f2dULL;
  const uint64_t a = mix(s), b = mix(s), c = mix(t), d = mix(t);
  increment_ = ((static_cast<unsigned __int128>(c) << 64) | d) | 1;
  state_ = (static_cast<unsigned __int128>(a) << 64) | b;
  next();
}

uint64_t Random::next() {
  state_ = state_ * kMultiplier + increment_;
  const uint64_t folded = static_cast<uint64_t>(state_ >> 64) ^ static_cast<uint64_t>(state_);
  const unsigned rotation = static_cast<unsigned>(state_ >> 122);
  return (folded >> rotation) | (folded << ((64 - rotation) & 63));
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

uint64_t Random::below(uint64_t n) {
  // Lemire 2019: multiply, reject the few values that would be over-represented.
  unsigned __int128 wide = static_cast<unsigned __int128>(next()) * n;
  if (static_cast<uint64_t>(wide) < n) {
    const uint64_t threshold = (0 - n) % n;
    while (static_cast<uint64_t>(wide) < threshold) wide = static_cast<unsigned __int128>(next()) * n;
  }
  return static_cast<uint64_t>(wide >> 64);
}

bool Random::chance(double p) { return uniform() < p; }

double Random::normal() {
  // Box & Muller 1958, one of the pair: no state between calls.
  const double u = 1.0 - uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * uniform());
}

double Random::exponential() { return -std::log(1.0 - uniform()); }

double Random::gamma(double shape) {
  if (shape < 1.0) return gamma(shape + 1.0) * std::pow(1.0 - uniform(), 1.0 / shape);
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = normal();
    const double v = std::pow(1.0 + c * x, 3);
    if (v <= 0.0) continue;
    if (std::log(1.0 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double Random::beta(double a, double b) {
  const double x = gamma(a);
  return x / (x + gamma(b));
}

uint64_t Random::poisson(double mean) {
  uint64_t count = 0;
  for (; mean > 30.0; mean -= 30.0) count += poisson(30.0);
  const double limit = std::exp(-mean);
  for (double p = uniform(); p > limit; p *= uniform()) ++count;
  return count;
}

size_t Random::categorical(std::span<const double> cumulative) {
  const double x = uniform() * cumulative.back();
  const auto it = std::upper_bound(cumulative.begin(), cumulative.end(), x);
  return std::min<size_t>(static_cast<size_t>(it - cumulative.begin()), cumulative.size() - 1);
}

}  // namespace coterie::base

#include "learn/metrics/poisson_counts.h"

#include <array>
#include <numbers>

namespace coterie::learn {

namespace {

constexpr int kMaxCount = 12;  // P(count > 12) = 6e-11, below the 2^-32 that a draw can resolve
constexpr int kCellBits = 10;
constexpr uint8_t kMixedCell = 255;  // the border between two counts lies within the cell

// Inversion of the distribution function: a draw u of 32 bits means the number of thresholds that are ≤ u.
// Most cells of the top ten bits lie between two thresholds, and one look-up is the answer.
struct Inversion {
  std::array<uint32_t, kMaxCount> thresholds{};
  std::array<uint8_t, 1 << kCellBits> cells{};

  constexpr Inversion() {
    double probability = 1.0 / std::numbers::e;
    double cumulative = probability;
    for (int k = 0; k < kMaxCount; ++k) {
      thresholds[static_cast<size_t>(k)] = static_cast<uint32_t>(cumulative * 0x1.0p32);
      probability /= k + 1;
      cumulative += probability;
    }
    for (uint32_t cell = 0; cell < cells.size(); ++cell) {
      const uint32_t first = cell << (32 - kCellBits);
      const uint32_t last = first + ((uint32_t{1} << (32 - kCellBits)) - 1);
      cells[cell] = slow_count(first) == slow_count(last) ? slow_count(first) : kMixedCell;
    }
  }

  constexpr uint8_t slow_count(uint32_t u) const {
    uint8_t count = 0;
    for (const uint32_t threshold : thresholds)
      count = static_cast<uint8_t>(count + (u >= threshold ? 1 : 0));
    return count;
  }

  uint8_t count(uint32_t u) const {
    const uint8_t cell = cells[u >> (32 - kCellBits)];
    return cell != kMixedCell ? cell : slow_count(u);
  }
};

constexpr Inversion kInversion;

}  // namespace

void PoissonCounts::fill(std::span<uint8_t> counts) {
  size_t i = 0;
  for (; i + 1 < counts.size(); i += 2) {
    const uint64_t bits = random_.next();
    counts[i] = kInversion.count(static_cast<uint32_t>(bits));
    counts[i + 1] = kInversion.count(static_cast<uint32_t>(bits >> 32));
  }
  if (i < counts.size()) counts[i] = kInversion.count(static_cast<uint32_t>(random_.next()));
}

}  // namespace coterie::learn

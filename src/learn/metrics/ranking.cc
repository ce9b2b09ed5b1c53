#include "learn/metrics/ranking.h"

#include <algorithm>
#include <cmath>

namespace coterie::learn {

namespace {

// Calls hit(rank) for each relevant item among the first k, ranks from 1.
template <class Hit>
void for_hits(std::span<const uint32_t> ranked, std::span<const uint32_t> relevant, size_t k, Hit hit) {
  for (size_t r = 0; r < std::min(k, ranked.size()); ++r)
    if (std::binary_search(relevant.begin(), relevant.end(), ranked[r])) hit(r + 1);
}

double discount(size_t rank) { return 1.0 / std::log2(static_cast<double>(rank) + 1.0); }

}  // namespace

double recall_at_k(std::span<const uint32_t> ranked, std::span<const uint32_t> relevant, size_t k) {
  if (relevant.empty()) return 0;
  size_t hits = 0;
  for_hits(ranked, relevant, k, [&](size_t) { ++hits; });
  return static_cast<double>(hits) / static_cast<double>(relevant.size());
}

double ndcg_at_k(std::span<const uint32_t> ranked, std::span<const uint32_t> relevant, size_t k) {
  double gain = 0, ideal = 0;
  for_hits(ranked, relevant, k, [&](size_t rank) { gain += discount(rank); });
  for (size_t rank = 1; rank <= std::min(k, relevant.size()); ++rank) ideal += discount(rank);
  return ideal > 0 ? gain / ideal : 0;
}

double mrr_at_k(std::span<const uint32_t> ranked, std::span<const uint32_t> relevant, size_t k) {
  double first = 0;
  for_hits(ranked, relevant, k, [&](size_t rank) {
    if (first == 0) first = 1.0 / static_cast<double>(rank);
  });
  return first;
}

double macro_mean(std::span<const double> per_user) {
  if (per_user.empty()) return 0;
  double sum = 0;
  for (const double value : per_user) sum += value;
  return sum / static_cast<double>(per_user.size());
}

void Coverage::add(std::span<const uint32_t> ranked, size_t k) {
  for (const uint32_t item : ranked.first(std::min(k, ranked.size()))) {
    if (item >= seen_.size()) continue;
    distinct_ += seen_[item] == 0 ? 1 : 0;
    seen_[item] = 1;
  }
}

double Coverage::value() const {
  return seen_.empty() ? 0 : static_cast<double>(distinct_) / static_cast<double>(seen_.size());
}

}  // namespace coterie::learn

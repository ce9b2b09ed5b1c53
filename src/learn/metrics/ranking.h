// How good a ranked list of recommendations is, against the items a user turned out to want.
//
// A list is item indexes, best first, without repeats; `relevant` is ascending and distinct, and not empty
// (with no relevant item a list cannot be judged: leave that user out). Only the first k of a list count.
// Metrics are over the full catalogue, never over sampled negatives. Pure functions, O(k log |relevant|).
// Sources: Järvelin & Kekäläinen 2002 (NDCG); Voorhees 1999 (MRR); docs/methods/metrics.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace coterie::learn {

/// Hits among the first k / number of relevant items. With more than k relevant items it stays below 1; the
/// other definition in use divides by min(k, relevant).
double recall_at_k(std::span<const uint32_t> ranked, std::span<const uint32_t> relevant, size_t k);

/// Σ over hits at rank r (from 1) of 1/log2(r + 1), over the same sum for min(k, relevant) hits at the top.
double ndcg_at_k(std::span<const uint32_t> ranked, std::span<const uint32_t> relevant, size_t k);

/// 1 / the rank of the first hit among the first k, 0 without one.
double mrr_at_k(std::span<const uint32_t> ranked, std::span<const uint32_t> relevant, size_t k);

/// The mean over users, each counting the same; 0 for none.
double macro_mean(std::span<const double> per_user);

/// Which part of the catalogue is recommended to anybody.
class Coverage {
 public:
  /// Items are 0 .. catalogue_items - 1; others that are added do not count.
  explicit Coverage(size_t catalogue_items) : seen_(catalogue_items, 0) {}

  /// Counts the first k of one user's list. Not thread safe.
  void add(std::span<const uint32_t> ranked, size_t k);

  /// Distinct items added / catalogue items; 0 for an empty catalogue.
  double value() const;

 private:
  std::vector<uint8_t> seen_;
  size_t distinct_ = 0;
};

}  // namespace coterie::learn

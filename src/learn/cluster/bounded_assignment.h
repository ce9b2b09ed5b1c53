// Which centre is nearest to each point by Manhattan distance, round after round, without measuring what cannot have changed.
//
// Hamerly 2010: a bound above the distance to the own centre and one below the distance to all others follow
// the centres as they move; only where the bounds meet are distances computed. Bounds carry a margin far
// wider than rounding, so the labels are those of a full assignment, ties included. docs/methods/kmedians.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/distance.h"
#include "kernels/matrix.h"
#include "learn/cluster/label_change.h"

namespace coterie::learn {

class BoundedAssignment {
 public:
  /// `points` (n×d, finite) must outlive this. 20n bytes.
  explicit BoundedAssignment(kernels::MatrixView points);

  /// The centres of the next round, k×d; k is the same every time. O(k² d).
  void move_centers(kernels::MatrixView centers);

  /// Brings labels of [begin, end) up to date with the centres and appends the rows whose label changed, ascending, with the
  /// label of before; in the first round, where all are new, it returns true and appends none. Each row once after each
  /// move. Safe from many threads on ranges that do not overlap.
  bool assign(size_t begin, size_t end, std::vector<LabelChange>* changes);

  std::span<const uint32_t> labels() const { return labels_; }

 private:
  bool certain(size_t i);
  void measure(std::span<const uint32_t> rows, std::vector<double>& gathered,
               std::vector<LabelChange>* changes);

  kernels::MatrixView points_;
  kernels::Matrix centers_;
  kernels::PackedRows packed_;
  std::vector<double> shift_;     // k: how far each centre moved, widened
  std::vector<double> rival_;     // k: the largest shift of any other centre, widened
  std::vector<double> half_gap_;  // k: half the distance to the nearest other centre, narrowed
  std::vector<uint32_t> labels_;
  std::vector<double> upper_;  // n: ≥ distance to the own centre
  std::vector<double> lower_;  // n: ≤ distance to every other centre
};

}  // namespace coterie::learn

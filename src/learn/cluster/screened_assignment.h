// Which centre is nearest to each point, round after round, without measuring what cannot have changed, and in f32 what
// must be measured.
//
// Hamerly 2010: a bound above the distance to the own centre and one below the distance to all others follow the centres as
// they move; only where the bounds meet are distances computed, by kernels/screen.h, and in f64 where f32 cannot tell. The
// labels are those of a full assignment in f64, ties included. docs/methods/kmeans.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/huge_array.h"
#include "kernels/distance.h"
#include "kernels/matrix.h"
#include "kernels/screen.h"
#include "learn/cluster/label_change.h"

namespace coterie::learn {

class ScreenedAssignment {
 public:
  /// `points` (n×d, finite) and `pool` must outlive this. 4n(d + 5) bytes. O(nd).
  ScreenedAssignment(kernels::MatrixView points, base::ThreadPool& pool);

  /// The centres of the next round, k×d; k is the same every time. O(k² d).
  void move_centers(kernels::MatrixView centers);

  /// Brings labels of [begin, end) up to date with the centres and appends the rows whose label changed, ascending, with the
  /// label of before; in the first round, where all are new, it returns true and appends none. Each row once after each
  /// move; begin is a multiple of kernels::kScreenPoints, end too or the number of rows. Safe from many threads on ranges that
  /// do not overlap.
  bool assign(size_t begin, size_t end, std::vector<LabelChange>* changes);

  std::span<const uint32_t> labels() const { return {labels_.data(), points_.rows}; }

  /// What the constructor takes.
  static size_t bytes(size_t rows, size_t cols) { return rows * (cols + 5) * sizeof(float); }

 private:
  class Work;
  void measure_gaps();
  void assign_groups(size_t first, size_t last, Work& work);
  void screen_groups(size_t first, size_t last, Work& work);
  void screen_gathered(Work& work);
  void measure_unsure(Work& work);

  kernels::MatrixView points_;
  base::ThreadPool& pool_;
  kernels::ScreenFrame frame_;
  kernels::ScreenPoints screened_;
  kernels::Matrix centers_;
  kernels::ScreenCenters screen_centers_;
  kernels::PackedRows packed_;
  std::vector<float>
      shift_;  // k: how far each centre moved, widened; in units of the frame, as are all bounds
  std::vector<float> rival_;          // k: the largest shift of any other centre, widened
  std::vector<float> half_gap_;       // k: half the distance to the nearest other centre, narrowed
  base::HugeArray<uint32_t> labels_;  // of every place of the groups
  base::HugeArray<float> upper_;      // ≥ distance to the own centre
  base::HugeArray<float> lower_;      // ≤ distance to every other centre
  bool is_first_ = true;
};

}  // namespace coterie::learn

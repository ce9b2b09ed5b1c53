// The nearest and the second nearest centre in f32, with a bound on what rounding did: most points are decided for half the
// memory and a sixth of the arithmetic, the others are measured in f64 by who asks.
//
// With s = ½‖c‖² − x·c, ‖x − c‖² = ‖x‖² + 2s: one multiply-add a column. Points and centres are moved and scaled so that
// most values lie within ±1 around 0. Each target may round differently; the bounds hold on all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/huge_array.h"
#include "kernels/matrix.h"
#include "kernels/target.h"

namespace coterie::kernels {

/// Points in a group: they are stored column by column, side by side.
inline constexpr size_t kScreenPoints = 16;

/// How values become f32: (value − offset of its column) / scale.
struct ScreenFrame {
  std::vector<double> offset;
  double scale = 1;
};

/// A frame from some of the rows, spread evenly; all are finite. Of points far beyond them nothing is sure. O(d).
ScreenFrame screen_frame(MatrixView points);

/// Points as f32 in groups. The last group repeats its last point.
class ScreenPoints {
 public:
  /// Room for n points; fill() writes them.
  ScreenPoints(size_t rows, size_t cols);

  /// Converts rows [begin, end) of `points`; begin is a multiple of kScreenPoints, end too or the number of rows. Safe from
  /// many threads on ranges that do not overlap.
  void fill(MatrixView points, const ScreenFrame& frame, size_t begin, size_t end);

  /// Copies point `from` of `points` to place `to`.
  void copy_point(const ScreenPoints& points, size_t from, size_t to);

  size_t rows() const { return rows_; }
  size_t cols() const { return cols_; }
  size_t groups() const { return (rows_ + kScreenPoints - 1) / kScreenPoints; }
  const float* group(size_t g) const { return values_.data() + g * cols_ * kScreenPoints; }
  const float* squared_norms() const {
    return squared_norms_.data();
  }  ///< of every place: ‖x‖², to 2⁻²³ of it; infinite when too large

 private:
  void fill_place(const double* point, const ScreenFrame& frame, size_t place);
  size_t rows_;
  size_t cols_;
  base::HugeArray<float> values_;
  base::HugeArray<float> squared_norms_;
};

/// Centres as the kernel reads them.
class ScreenCenters {
 public:
  ScreenCenters() = default;
  /// O(kd).
  ScreenCenters(MatrixView centers, const ScreenFrame& frame);

  size_t rows() const { return rows_; }
  size_t cols() const { return cols_; }
  const float* row(size_t c) const { return values_.data() + c * cols_; }  ///< −c
  float half_squared_norm(size_t c) const { return half_squared_norms_[c]; }
  float error_base() const { return error_base_; }
  float error_slope() const { return error_slope_; }

 private:
  size_t rows_ = 0, cols_ = 0;
  std::vector<float> values_;
  std::vector<float> half_squared_norms_;
  float error_base_ = 0, error_slope_ = 0;  // |computed s − s| ≤ base + slope · ‖x‖
};

/// What is found of every place of some groups, padding included; arrays that begin with the first place of the first group.
struct Screened {
  uint32_t* label;   ///< the nearest centre, where it is sure
  float* upper;      ///< ≥ the distance to it
  float* lower;      ///< ≤ the distance to every other centre
  uint8_t* is_sure;  ///< 1 where no other centre can be as near
};

/// Groups [begin, end) of `points`. Distances are in units of the frame's scale. Pure; safe from many threads. O(16 k d) a
/// group. Source: the bound is that of a dot product in recursive summation, Higham 2002, §3.1.
void screen(const ScreenPoints& points, size_t begin, size_t end, const ScreenCenters& centers,
            const Screened& out, Target target = best_target());

/// Moves bounds with the centres: upper += shift[label], lower −= rival[label], rounded away from each other; is_sure = 1 where
/// the label is beyond doubt: upper < max(lower, half_gap[label]). `count` is a multiple of kScreenPoints; labels are below
/// the tables' size.
void move_bounds(const uint32_t* label, float* upper, float* lower, uint8_t* is_sure, size_t count,
                 const float* shift, const float* rival, const float* half_gap,
                 Target target = best_target());

}  // namespace coterie::kernels

// Compiled once for every target.
#include "kernels/dispatch.h"
// Before Highway.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/screen.cc"  // NOLINT
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

#include "kernels/screen.h"

HWY_BEFORE_NAMESPACE();
namespace coterie::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Vectors of at most 16 floats, so that a group is a whole number of them.
using F = hn::CappedTag<float, kScreenPoints>;
using U = hn::RebindToUnsigned<F>;
using VF = hn::Vec<F>;
using VU = hn::Vec<U>;

constexpr float kRoundUp = 1 + 0x1p-21f;
constexpr float kRoundDown = 1 - 0x1p-21f;

// Best and second best of a vector of points so far.
struct Best {
  VF nearest, second;
  VU label;
};

HWY_INLINE void take(const F f, VF s, uint32_t center, Best& best) {
  const U u;
  const auto is_nearer = hn::Lt(s, best.nearest);
  best.second = hn::Min(best.second, hn::Max(best.nearest, s));
  best.nearest = hn::Min(best.nearest, s);
  best.label = hn::IfThenElse(hn::RebindMask(u, is_nearer), hn::Set(u, center), best.label);
  (void)f;
}

// Some centres meet two vectors of points; the sums stay in registers.
template <size_t kCenters>
HWY_INLINE void meet(const F f, const float* HWY_RESTRICT x0, const float* HWY_RESTRICT x1, size_t stride,
                     const ScreenCenters& centers, size_t c, Best& best0, Best& best1) {
  const size_t cols = centers.cols();
  const float* HWY_RESTRICT row = centers.row(c);
  VF s0[kCenters], s1[kCenters];
  for (size_t i = 0; i < kCenters; ++i) s0[i] = s1[i] = hn::Set(f, centers.half_squared_norm(c + i));
  for (size_t j = 0; j < cols; ++j) {
    const VF a = hn::Load(f, x0 + j * stride);
    const VF b = hn::Load(f, x1 + j * stride);
    for (size_t i = 0; i < kCenters; ++i) {
      const VF center = hn::Set(f, row[i * cols + j]);
      s0[i] = hn::MulAdd(a, center, s0[i]);
      s1[i] = hn::MulAdd(b, center, s1[i]);
    }
  }
  for (size_t i = 0; i < kCenters; ++i) {
    take(f, s0[i], static_cast<uint32_t>(c + i), best0);
    take(f, s1[i], static_cast<uint32_t>(c + i), best1);
  }
}

HWY_INLINE void put(const F f, const Best& best, const float* squared_norms, const ScreenCenters& centers,
                    const Screened& out, size_t place, size_t to) {
  const U u;
  const VF squared = hn::Load(f, squared_norms + place);
  const VF norm = hn::Mul(hn::Sqrt(squared), hn::Set(f, kRoundUp));
  const VF error = hn::MulAdd(norm, hn::Set(f, centers.error_slope()), hn::Set(f, centers.error_base()));
  const VF two_errors = hn::Add(error, error);
  const VF width = hn::MulAdd(squared, hn::Set(f, 0x1p-20f), hn::Mul(two_errors, hn::Set(f, kRoundUp)));
  const VF near = hn::Add(squared, hn::Add(best.nearest, best.nearest));
  const VF far = hn::Add(squared, hn::Add(best.second, best.second));
  const VF zero = hn::Zero(f);
  hn::StoreU(best.label, u, out.label + to);
  hn::StoreU(hn::Mul(hn::Sqrt(hn::Max(zero, hn::Add(near, width))), hn::Set(f, kRoundUp)), f, out.upper + to);
  hn::StoreU(hn::Mul(hn::Sqrt(hn::Max(zero, hn::Sub(far, width))), hn::Set(f, kRoundDown)), f,
             out.lower + to);
  const auto is_sure = hn::Gt(hn::Sub(best.second, best.nearest), hn::Mul(two_errors, hn::Set(f, kRoundUp)));
  uint8_t bits[8] = {};
  hn::StoreMaskBits(f, is_sure, bits);
  for (size_t lane = 0; lane < hn::Lanes(f); ++lane)
    out.is_sure[to + lane] = (bits[lane / 8] >> (lane % 8)) & 1;
}

void screen_groups(const ScreenPoints& points, size_t begin, size_t end, const ScreenCenters& centers,
                   const Screened& out) {
  const F f;
  const U u;
  const size_t lanes = hn::Lanes(f);
  // Two vectors at a time: halves of a group, or two groups where a vector holds a group.
  const size_t vectors = (end - begin) * kScreenPoints / lanes;
  const auto at = [&](size_t v) {
    const size_t place = begin * kScreenPoints + v * lanes;
    return points.group(place / kScreenPoints) + place % kScreenPoints;
  };
  for (size_t v = 0; v < vectors; v += 2) {
    const size_t other = v + 1 < vectors ? v + 1 : v;
    const float *x0 = at(v), *x1 = at(other);
    const VF infinity = hn::Set(f, 3.0e38f);
    Best best0{infinity, infinity, hn::Zero(u)}, best1 = best0;
    size_t c = 0;
#if HWY_TARGET <= HWY_AVX3
    for (; c + 10 <= centers.rows(); c += 10) meet<10>(f, x0, x1, kScreenPoints, centers, c, best0, best1);
#endif
    for (; c + 5 <= centers.rows(); c += 5) meet<5>(f, x0, x1, kScreenPoints, centers, c, best0, best1);
    for (; c < centers.rows(); ++c) meet<1>(f, x0, x1, kScreenPoints, centers, c, best0, best1);
    const float* norms = points.squared_norms();
    put(f, best0, norms, centers, out, begin * kScreenPoints + v * lanes, v * lanes);
    if (other != v) put(f, best1, norms, centers, out, begin * kScreenPoints + other * lanes, other * lanes);
  }
}

void move_bounds_of(const uint32_t* label, float* upper, float* lower, uint8_t* is_sure, size_t count,
                    const float* shift, const float* rival, const float* half_gap) {
  const F f;
  const hn::RebindToSigned<F> i;
  const size_t lanes = hn::Lanes(f);
  for (size_t at = 0; at < count; at += lanes) {
    const auto of = hn::BitCast(i, hn::LoadU(U(), label + at));
    const VF up =
        hn::Mul(hn::Add(hn::LoadU(f, upper + at), hn::GatherIndex(f, shift, of)), hn::Set(f, kRoundUp));
    VF low = hn::Sub(hn::LoadU(f, lower + at), hn::GatherIndex(f, rival, of));
    low = hn::NegMulAdd(hn::Abs(low), hn::Set(f, 0x1p-21f), low);
    hn::StoreU(up, f, upper + at);
    hn::StoreU(low, f, lower + at);
    uint8_t bits[8] = {};
    hn::StoreMaskBits(f, hn::Lt(up, hn::Max(low, hn::GatherIndex(f, half_gap, of))), bits);
    for (size_t lane = 0; lane < lanes; ++lane) is_sure[at + lane] = (bits[lane / 8] >> (lane % 8)) & 1;
  }
}

}  // namespace coterie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <cmath>
#include <limits>

namespace coterie::kernels {

namespace {

constexpr size_t kFrameRows = 1024;
// Squares of larger values do not fit into f32.
constexpr double kMostSquared = 1e30;
// Squares of smaller values are denormal in f64: everything is unsure then, and measured as it always is.
constexpr double kLeastScale = 1e-130;

float clamped(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(value, -kMost, kMost));
}

}  // namespace

ScreenFrame screen_frame(MatrixView points) {
  ScreenFrame frame;
  frame.offset.assign(points.cols, 0);
  const size_t n = std::min(points.rows, kFrameRows);
  const auto row = [&](size_t i) { return points.row(i * points.rows / n); };
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < points.cols; ++j) frame.offset[j] += row(i)[j] / static_cast<double>(n);
  double most = 0;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < points.cols; ++j) most = std::max(most, std::abs(row(i)[j] - frame.offset[j]));
  frame.scale = most > kLeastScale ? most : 1;
  return frame;
}

ScreenPoints::ScreenPoints(size_t rows, size_t cols)
    : rows_(rows),
      cols_(cols),
      values_(groups() * kScreenPoints * cols),
      squared_norms_(groups() * kScreenPoints) {}

void ScreenPoints::fill_place(const double* point, const ScreenFrame& frame, size_t place) {
  float* to = values_.data() + place / kScreenPoints * kScreenPoints * cols_ + place % kScreenPoints;
  const double inverse = 1 / frame.scale;
  double squared = 0;
  for (size_t j = 0; j < cols_; ++j) {
    const double value = (point[j] - frame.offset[j]) * inverse;
    squared += value * value;
    to[j * kScreenPoints] = clamped(value);
  }
  squared_norms_[place] =
      squared < kMostSquared ? static_cast<float>(squared) : std::numeric_limits<float>::infinity();
}

void ScreenPoints::fill(MatrixView points, const ScreenFrame& frame, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) fill_place(points.values.data() + i * cols_, frame, i);
  if (end == rows_ && end > 0)
    for (size_t place = rows_; place < groups() * kScreenPoints; ++place)
      fill_place(points.values.data() + (rows_ - 1) * cols_, frame, place);
}

void ScreenPoints::copy_point(const ScreenPoints& points, size_t from, size_t to) {
  const float* source = points.group(from / kScreenPoints) + from % kScreenPoints;
  float* target = values_.data() + to / kScreenPoints * kScreenPoints * cols_ + to % kScreenPoints;
  for (size_t j = 0; j < cols_; ++j) target[j * kScreenPoints] = source[j * kScreenPoints];
  squared_norms_[to] = points.squared_norms_[from];
}

ScreenCenters::ScreenCenters(MatrixView centers, const ScreenFrame& frame)
    : rows_(centers.rows),
      cols_(centers.cols),
      values_(centers.values.size()),
      half_squared_norms_(centers.rows) {
  const double inverse = 1 / frame.scale;
  double most = 0;
  for (size_t c = 0; c < rows_; ++c) {
    double squared = 0;
    for (size_t j = 0; j < cols_; ++j) {
      const double value = (centers.at(c, j) - frame.offset[j]) * inverse;
      squared += value * value;
      values_[c * cols_ + j] = clamped(-value);
    }
    half_squared_norms_[c] = clamped(squared / 2);
    most = std::max(most, squared);
  }
  // Two roundings a column where a target has no multiply-add, one of each factor, one of ½‖c‖²; and what is denormal.
  const double unit = 0x1p-24 * 1.01 * static_cast<double>(2 * cols_ + 16);
  error_base_ = clamped(1.01 * (unit * most / 2 + 1e-30));
  error_slope_ = clamped(1.01 * unit * std::sqrt(most));
}

void screen(const ScreenPoints& points, size_t begin, size_t end, const ScreenCenters& centers,
            const Screened& out, [[maybe_unused]] Target target) {
  COTERIE_DISPATCH(target, screen_groups)(points, begin, end, centers, out);
}

void move_bounds(const uint32_t* label, float* upper, float* lower, uint8_t* is_sure, size_t count,
                 const float* shift, const float* rival, const float* half_gap,
                 [[maybe_unused]] Target target) {
  COTERIE_DISPATCH(target, move_bounds_of)(label, upper, lower, is_sure, count, shift, rival, half_gap);
}

}  // namespace coterie::kernels
#endif

// Groups with many uncertain points are screened as they lie; of the others the uncertain points are gathered.
#include "learn/cluster/screened_assignment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "learn/cluster/lloyd.h"

namespace coterie::learn {

namespace {

constexpr size_t kPoints = kernels::kScreenPoints;
constexpr size_t kGatheredGroups = 8;
constexpr size_t kGathered = kGatheredGroups * kPoints;
constexpr size_t kGroupsAtOnce = 16;
constexpr size_t kRowsPerScreen = 64;
// Bounds of measured distances are rounded to f32 and beyond.
constexpr double kWidenF32 = 1 + 1e-6;
constexpr double kNarrowF32 = 1 - 1e-6;
constexpr float kTiny = 1e-30F;

constexpr double kMost = std::numeric_limits<float>::max();

float rounded_up(double value) {
  return value * kWidenF32 < kMost ? static_cast<float>(value * kWidenF32) + kTiny
                                   : std::numeric_limits<float>::infinity();
}
float rounded_down(double value) {
  return std::max(0.0F, static_cast<float>(std::min(value * kNarrowF32, kMost)) - kTiny);
}

// With fewer uncertain points than this a group's are gathered. Of d columns, screening a group costs about kd / 2 cycles,
// gathering a point 2d, screening it then kd / 32.
size_t least_together(size_t k) { return 16 * k / (64 + k); }

}  // namespace

// What one call of assign() needs.
class ScreenedAssignment::Work {
 public:
  Work(size_t cols, std::vector<LabelChange>* changes_of_call)
      : gathered(kGathered, cols), changes(changes_of_call) {}

  kernels::ScreenPoints gathered;
  std::array<uint32_t, kGathered> rows;  // of the gathered points
  size_t count = 0;
  std::vector<uint32_t> unsure;  // rows to measure in f64
  std::vector<double> block;     // of such rows
  std::vector<LabelChange>* changes;
};

ScreenedAssignment::ScreenedAssignment(kernels::MatrixView points, base::ThreadPool& pool)
    : points_(points),
      pool_(pool),
      frame_(kernels::screen_frame(points)),
      screened_(points.rows, points.cols),
      packed_(kernels::MatrixView{}),
      labels_(screened_.groups() * kPoints),
      upper_(screened_.groups() * kPoints),
      lower_(screened_.groups() * kPoints) {
  pool.for_chunks(points.rows, chunk_rows(points.rows), [&](size_t, size_t begin, size_t end) {
    screened_.fill(points_, frame_, begin, end);
    const size_t places = (end - begin + kPoints - 1) / kPoints * kPoints;
    std::fill_n(&labels_[begin], places, 0U);
    std::fill_n(&upper_[begin], places, 0.0F);
    std::fill_n(&lower_[begin], places, 0.0F);
  });
}

void ScreenedAssignment::move_centers(kernels::MatrixView centers) {
  const size_t k = centers.rows;
  is_first_ = centers_.rows != k;
  shift_.assign(k, 0);
  rival_.assign(k, 0);
  const auto distance = [&](std::span<const double> a, std::span<const double> b) {
    return std::sqrt(kernels::squared_euclidean(a, b)) / frame_.scale;
  };
  for (size_t c = 0; c < k && !is_first_; ++c)
    shift_[c] = rounded_up(distance(std::as_const(centers_).row(c), centers.row(c)));
  float most = 0, next = 0;  // the two largest shifts
  for (const float shift : shift_) {
    next = std::max(next, std::min(most, shift));
    most = std::max(most, shift);
  }
  for (size_t c = 0; c < k; ++c) rival_[c] = shift_[c] == most ? next : most;
  centers_ = kernels::Matrix(k, centers.cols);
  std::ranges::copy(centers.values, centers_.values.begin());
  screen_centers_ = kernels::ScreenCenters(centers, frame_);
  packed_ = kernels::PackedRows(centers_);
  measure_gaps();
}

// The centre nearest to a centre is itself.
void ScreenedAssignment::measure_gaps() {
  const size_t k = centers_.rows, cols = centers_.cols;
  half_gap_.resize(k);
  pool_.for_chunks(k, kRowsPerScreen, [&](size_t, size_t begin, size_t end) {
    std::array<uint32_t, kRowsPerScreen> label;
    std::array<double, kRowsPerScreen> nearest, second;
    const std::span rows =
        std::span<const double>(centers_.values).subspan(begin * cols, (end - begin) * cols);
    kernels::nearest_two_rows({rows, end - begin, cols}, packed_, label, nearest, second);
    for (size_t c = begin; c < end; ++c)
      half_gap_[c] = rounded_down(std::sqrt(second[c - begin]) / frame_.scale / 2);
  });
}

bool ScreenedAssignment::assign(size_t begin, size_t end, std::vector<LabelChange>* changes) {
  Work work(points_.cols, changes);
  const size_t first = begin / kPoints, last = (end + kPoints - 1) / kPoints;
  if (is_first_) {
    screen_groups(first, last, work);
  } else {
    for (size_t g = first; g < last; g += kGroupsAtOnce)
      assign_groups(g, std::min(last, g + kGroupsAtOnce), work);
    screen_gathered(work);
  }
  measure_unsure(work);
  if (!std::ranges::is_sorted(*changes, {}, &LabelChange::row))
    std::ranges::sort(*changes, {}, &LabelChange::row);
  return is_first_;
}

// Moves the bounds of at most kGroupsAtOnce groups, and screens what is uncertain then.
void ScreenedAssignment::assign_groups(size_t first, size_t last, Work& work) {
  std::array<uint8_t, kGroupsAtOnce * kPoints> is_sure;
  const size_t begin = first * kPoints;
  kernels::move_bounds(&labels_[begin], &upper_[begin], &lower_[begin], is_sure.data(),
                       (last - first) * kPoints, shift_.data(), rival_.data(), half_gap_.data());
  const size_t least = std::max<size_t>(least_together(centers_.rows), 1);
  size_t from = first;  // groups [from, g) are screened as they lie
  for (size_t g = first; g < last; ++g) {
    const uint8_t* sure = is_sure.data() + (g - first) * kPoints;
    const size_t in_group = std::min(kPoints, points_.rows - g * kPoints);
    const size_t unsure = in_group - std::accumulate(sure, sure + in_group, size_t{0});
    if (unsure >= least) continue;
    if (from < g) screen_groups(from, g, work);
    from = g + 1;
    for (size_t lane = 0; lane < in_group && unsure > 0; ++lane) {
      if (sure[lane] != 0) continue;
      work.gathered.copy_point(screened_, g * kPoints + lane, work.count);
      work.rows[work.count++] = static_cast<uint32_t>(g * kPoints + lane);
      if (work.count == kGathered) screen_gathered(work);
    }
  }
  if (from < last) screen_groups(from, last, work);
}

// Groups [first, last) as they lie.
void ScreenedAssignment::screen_groups(size_t first, size_t last, Work& work) {
  std::array<uint32_t, kGroupsAtOnce * kPoints> before;
  std::array<uint8_t, kGroupsAtOnce * kPoints> is_sure;
  for (size_t g = first; g < last; g += kGroupsAtOnce) {
    const size_t until = std::min(last, g + kGroupsAtOnce), place = g * kPoints;
    const size_t count = std::min(until * kPoints, points_.rows) - place;
    std::copy_n(&labels_[place], count, before.begin());
    kernels::screen(screened_, g, until, screen_centers_,
                    {&labels_[place], &upper_[place], &lower_[place], is_sure.data()});
    for (size_t i = 0; i < count; ++i) {
      const auto row = static_cast<uint32_t>(place + i);
      if (is_sure[i] == 0) {
        labels_[row] = before[i];
        work.unsure.push_back(row);
      } else if (!is_first_ && labels_[row] != before[i]) {
        work.changes->push_back({row, before[i]});
      }
    }
  }
}

void ScreenedAssignment::screen_gathered(Work& work) {
  if (work.count == 0) return;
  // What is found of places without a point is not read; they hold one that is there.
  const size_t groups = (work.count + kPoints - 1) / kPoints;
  for (size_t place = work.count; place < groups * kPoints; ++place)
    work.gathered.copy_point(work.gathered, 0, place);
  std::array<uint32_t, kGathered> label;
  std::array<float, kGathered> upper, lower;
  std::array<uint8_t, kGathered> is_sure;
  kernels::screen(work.gathered, 0, groups, screen_centers_,
                  {label.data(), upper.data(), lower.data(), is_sure.data()});
  for (size_t i = 0; i < work.count; ++i) {
    const uint32_t row = work.rows[i];
    if (is_sure[i] == 0) {
      work.unsure.push_back(row);
      continue;
    }
    if (labels_[row] != label[i]) work.changes->push_back({row, labels_[row]});
    labels_[row] = label[i];
    upper_[row] = upper[i];
    lower_[row] = lower[i];
  }
  work.count = 0;
}

// In f64, as a full assignment does.
void ScreenedAssignment::measure_unsure(Work& work) {
  work.block.resize(kRowsPerScreen * points_.cols);
  std::array<uint32_t, kRowsPerScreen> label;
  std::array<double, kRowsPerScreen> nearest, second;
  for (size_t begin = 0; begin < work.unsure.size(); begin += kRowsPerScreen) {
    const size_t count = std::min(kRowsPerScreen, work.unsure.size() - begin);
    for (size_t i = 0; i < count; ++i)
      std::ranges::copy(points_.row(work.unsure[begin + i]),
                        work.block.begin() + static_cast<std::ptrdiff_t>(i * points_.cols));
    kernels::nearest_two_rows({work.block, count, points_.cols}, packed_, label, nearest, second);
    for (size_t i = 0; i < count; ++i) {
      const uint32_t row = work.unsure[begin + i];
      if (!is_first_ && labels_[row] != label[i]) work.changes->push_back({row, labels_[row]});
      labels_[row] = label[i];
      upper_[row] = rounded_up(std::sqrt(nearest[i]) / frame_.scale);
      lower_[row] = rounded_down(std::sqrt(second[i]) / frame_.scale);
    }
  }
}

}  // namespace coterie::learn

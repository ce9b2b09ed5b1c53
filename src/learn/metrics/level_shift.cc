#include "learn/metrics/level_shift.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "learn/metrics/distributions.h"

namespace coterie::learn {

using base::Code;
using base::Result;

namespace {

constexpr size_t kWeek = 7;
constexpr size_t kBlocks = 8;                    // weeks of reference
constexpr size_t kSpan = (kBlocks + 1) * kWeek;  // days that one decision looks at
constexpr size_t kLeastDays = 4;                 // of a week, to have a median
constexpr size_t kLeastBlocks = 6;
constexpr double kPriorWeeks = 4;          // how many weeks the sampling variance is worth as a scale
constexpr double kLeastWeeks = 8;          // of earlier decisions, before an alarm
constexpr double kMedianVariance = 1.571;  // π/2: of a median, over that of a mean
constexpr double kNormalMad = 0.6744897501960817;

double median(std::vector<double>& values) {
  const size_t half = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(half), values.end());
  if (values.size() % 2 == 1) return values[half];
  return (values[half] + *std::max_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(half))) /
         2;
}

struct Week {
  double level = 0, variance = 0;
};

// One week of the span: NaN-free median of `values` and its variance; nothing with fewer than four days.
std::optional<Week> week_of(std::span<const double> values, std::span<const double> variances) {
  std::vector<double> known;
  double variance = 0;
  for (size_t d = 0; d < values.size(); ++d) {
    if (std::isnan(values[d])) continue;
    known.push_back(values[d]);
    variance += variances[d];
  }
  if (known.size() < kLeastDays) return std::nullopt;
  const auto n = static_cast<double>(known.size());
  return Week{median(known), kMedianVariance * variance / (n * n)};
}

struct Judgement {
  double shift = 0, error = 0;
  double sure = 0;  // of the shift, what five days of seven show at least; 0 when they do not agree on a side
  std::array<double, kWeek * 2> residuals{};  // of the last two weeks, NaN where there is no value
};

// What all but a third of the residuals lie beyond, on one side of 0: three days of seven make no change.
double agreed(std::vector<double> residuals) {
  std::sort(residuals.begin(), residuals.end());
  const size_t third = (residuals.size() - 1) / 3;
  return std::max(0.0, residuals[third]) + std::min(0.0, residuals[residuals.size() - 1 - third]);
}

// The last week of the span against the line through the eight before it.
std::optional<Judgement> judge(std::span<const double> values, std::span<const double> variances) {
  std::array<std::optional<Week>, kBlocks> raw;
  for (size_t b = 0; b < kBlocks; ++b)
    raw[b] = week_of(values.subspan(b * kWeek, kWeek), variances.subspan(b * kWeek, kWeek));
  // What a weekday usually is above its week.
  std::array<double, kWeek> usual{};
  for (size_t w = 0; w < kWeek; ++w) {
    std::vector<double> above;
    for (size_t b = 0; b < kBlocks; ++b)
      if (raw[b] && !std::isnan(values[b * kWeek + w]))
        above.push_back(values[b * kWeek + w] - raw[b]->level);
    if (!above.empty()) usual[w] = median(above);
  }
  std::vector<double> plain(values.begin(), values.end());
  for (size_t d = 0; d < plain.size(); ++d) plain[d] -= usual[d % kWeek];
  const auto block = [&](size_t b) {
    return week_of(std::span(plain).subspan(b * kWeek, kWeek), variances.subspan(b * kWeek, kWeek));
  };
  double n = 0, sum_t = 0, sum_x = 0, sum_tt = 0, sum_tx = 0;
  std::array<std::optional<Week>, kBlocks> weeks;
  for (size_t b = 0; b < kBlocks; ++b) {
    weeks[b] = block(b);
    if (!weeks[b]) continue;
    const double t = static_cast<double>(b) - static_cast<double>(kBlocks);  // the week judged is at 0
    n += 1;
    sum_t += t;
    sum_x += weeks[b]->level;
    sum_tt += t * t;
    sum_tx += t * weeks[b]->level;
  }
  const auto last = block(kBlocks);
  if (!last || n < static_cast<double>(kLeastBlocks)) return std::nullopt;
  const double det = n * sum_tt - sum_t * sum_t;
  const double slope = (n * sum_tx - sum_t * sum_x) / det, at_zero = (sum_x - slope * sum_t) / n;
  double variance = last->variance;
  for (size_t b = 0; b < kBlocks; ++b) {
    if (!weeks[b]) continue;
    const double t = static_cast<double>(b) - static_cast<double>(kBlocks);
    const double weight = (sum_tt - t * sum_t) / det;
    variance += weight * weight * weeks[b]->variance;
  }
  Judgement out{last->level - at_zero, std::sqrt(variance), 0, {}};
  for (size_t i = 0; i < out.residuals.size(); ++i) {
    const size_t d = kSpan - out.residuals.size() + i;
    const double t = (static_cast<double>(d) - static_cast<double>(kBlocks * kWeek + kWeek / 2)) /
                     static_cast<double>(kWeek);
    out.residuals[i] = plain[d] - (at_zero + slope * t);
  }
  std::vector<double> week;
  for (size_t d = kBlocks * kWeek; d < kSpan; ++d)
    if (!std::isnan(plain[d])) week.push_back(plain[d] - at_zero);
  out.sure = agreed(std::move(week));
  return out;
}

// The day of the last two weeks from which on the residuals lie on the shift's side (the highest sum of what exceeds
// half of the shift).
size_t onset(const Judgement& judgement, size_t day) {
  const double side = judgement.shift > 0 ? 1 : -1, half = std::abs(judgement.shift) / 2;
  double sum = 0, best = -std::numeric_limits<double>::infinity();
  size_t since = day;
  for (size_t back = 0; back < judgement.residuals.size(); ++back) {
    const double r = judgement.residuals[judgement.residuals.size() - 1 - back];
    if (!std::isnan(r)) sum += side * r - half;
    if (sum > best) {
      best = sum;
      since = day - back;
    }
  }
  return since;
}

}  // namespace

Result<std::vector<LevelShift>> find_level_shifts(std::span<const double> values,
                                                  std::span<const double> variances,
                                                  const LevelShiftOptions& options) {
  if (values.size() != variances.size() || !(options.alpha_per_day > 0 && options.alpha_per_day < 0.5))
    return base::error(Code::kInvalidArgument, "level shifts: {} values, {} variances, alpha {}",
                       values.size(), variances.size(), options.alpha_per_day);
  for (size_t d = 0; d < values.size(); ++d)
    if (!std::isnan(values[d]) && !(variances[d] > 0))
      return base::error(Code::kInvalidArgument, "level shifts: the variance of day {} is not positive", d);
  std::vector<LevelShift> out;
  std::vector<double> scores(values.size(), 0);  // |z| of every day judged, 0 otherwise
  std::vector<uint8_t> is_judged(values.size(), 0);
  size_t start = 0;
  for (size_t day = kSpan - 1; day < values.size(); ++day) {
    const size_t begin = day + 1 - kSpan;
    if (begin < start) continue;
    const auto judgement = judge(values.subspan(begin, kSpan), variances.subspan(begin, kSpan));
    if (!judgement) continue;
    // Decisions whose week does not reach into this one.
    std::vector<double> earlier;
    for (size_t d = 0; d + kWeek <= day; ++d)
      if (is_judged[d] != 0) earlier.push_back(scores[d]);
    const double weeks = static_cast<double>(earlier.size()) / static_cast<double>(kWeek);
    double spread = 1;
    if (!earlier.empty()) {
      const double own = median(earlier) / kNormalMad;
      spread = std::max(1.0, (kPriorWeeks + weeks * own * own) / (kPriorWeeks + weeks));
    }
    const double degrees = kPriorWeeks + weeks;
    scores[day] = std::abs(judgement->shift) / judgement->error;
    is_judged[day] = 1;
    const double error = judgement->error * std::sqrt(spread), z = judgement->sure / error;
    const double threshold = student_t_quantile(1 - options.alpha_per_day / 2, degrees);
    if (weeks < kLeastWeeks || std::abs(z) <= threshold) continue;
    const double width = student_t_quantile(0.975, degrees) * error;
    out.push_back({day, onset(*judgement, day), judgement->shift, judgement->shift - width,
                   judgement->shift + width, z, threshold});
    start = out.back().since;
  }
  return out;
}

}  // namespace coterie::learn

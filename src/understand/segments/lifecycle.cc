#include "understand/segments/lifecycle.h"

#include <algorithm>

namespace coterie::understand {

using base::Result;
using data::FeatureColumn;

namespace {

enum Stage : uint32_t { kNew, kActive, kWonBack, kCooling, kSleeping, kLost };
constexpr double kMoment =
    1e-11;  // days, about a microsecond: what instants differ by, and more than rounding leaves

constexpr std::string_view kStages[] = {"stage_new",     "stage_active",   "stage_won_back",
                                        "stage_cooling", "stage_sleeping", "stage_lost"};

// The columns of one table.
struct Orders {
  const FeatureColumn *recency, *tenure, *frequency, *gap, *recency_over_gap, *last_gap;

  // Orders at one moment are no rhythm.
  bool has_rhythm(size_t row) const {
    return frequency->values[row] >= kLeastOrdersOfRhythm && !recency_over_gap->is_missing(row);
  }

  // The mean of the gaps before the last one, 0 where those orders were at one moment; the shop's where there are none.
  double rhythm_before(size_t row, double typical) const {
    const double gaps = frequency->values[row] - 2;
    if (gaps < 1) return typical;
    const double sum = tenure->values[row] - recency->values[row] - last_gap->values[row];
    return sum < kMoment ? 0 : sum / gaps;
  }

  Stage stage(size_t row, double typical) const {
    const double waited = has_rhythm(row) ? recency_over_gap->values[row] : recency->values[row] / typical;
    if (waited > kLostAfter) return kLost;
    if (waited > kSleepingAfter) return kSleeping;
    if (waited > kCoolingAfter) return kCooling;
    if (frequency->values[row] < 2) return kNew;
    const double before = rhythm_before(row, typical);
    return before > 0 && last_gap->values[row] > kSleepingAfter * before ? kWonBack : kActive;
  }
};

Result<Orders> orders_of(const data::FeatureTable& features) {
  Orders out{};
  COTERIE_ASSIGN(out.recency, features.column("recency_days"));
  COTERIE_ASSIGN(out.tenure, features.column("tenure_days"));
  COTERIE_ASSIGN(out.frequency, features.column("frequency"));
  COTERIE_ASSIGN(out.gap, features.column("gap_mean_days"));
  COTERIE_ASSIGN(out.recency_over_gap, features.column("recency_over_gap"));
  COTERIE_ASSIGN(out.last_gap, features.column("last_gap_days"));
  return out;
}

}  // namespace

std::span<const std::string_view> lifecycle_stages() { return kStages; }

Result<Lifecycle> compute_lifecycle(const data::FeatureTable& features) {
  COTERIE_ASSIGN(const Orders orders, orders_of(features));
  std::vector<double> gaps;
  for (size_t row = 0; row < features.rows(); ++row)
    if (orders.has_rhythm(row)) gaps.push_back(orders.gap->values[row]);
  Lifecycle out;
  out.members_with_rhythm = gaps.size();
  if (gaps.size() < kLeastMembersWithRhythm) return out;
  const auto middle = gaps.begin() + static_cast<ptrdiff_t>((gaps.size() - 1) / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  out.typical_gap_days = *middle;
  for (size_t row = 0; row < features.rows(); ++row) {
    if (orders.recency->is_missing(row)) continue;
    out.rows.push_back(static_cast<uint32_t>(row));
    out.stage_of.push_back(orders.stage(row, out.typical_gap_days));
  }
  return out;
}

}  // namespace coterie::understand

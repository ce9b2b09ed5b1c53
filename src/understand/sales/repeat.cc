#include "understand/sales/repeat.h"

#include <algorithm>

#include "learn/metrics/counted_values.h"

namespace coterie::understand {

using base::Result;
using learn::KaplanMeier;
using profile::SalesFacts;

namespace {

constexpr int64_t kCurveStep = 7;
// The first day of each bin; the last has no end.
constexpr std::array<int64_t, 9> kGapBins = {0, 1, 8, 15, 31, 61, 91, 181, 366};

std::optional<double> one_minus(const std::optional<double>& share) {
  return share ? std::optional(1 - *share) : std::nullopt;
}

ShareBy share_by(const KaplanMeier& model, int64_t days) {
  const auto time = static_cast<double>(days);
  ShareBy out{days};
  out.at_risk = model.at_risk(time);
  const auto survival = model.at(time);
  if (!survival) return out;
  out.share = 1 - survival->value;
  out.low = one_minus(survival->high);
  out.high = one_minus(survival->low);
  return out;
}

}  // namespace

std::vector<Cohort> cohorts(const SalesFacts& facts) {
  std::vector<Cohort> out;
  if (facts.cohorts.empty()) return out;
  // The first month that is not known to its end.
  int64_t open_month = facts.cohorts.begin()->first;
  while (profile::month_start(open_month + 1) <= facts.end_day) ++open_month;
  const int64_t last = std::max(open_month - 1, facts.cohorts.rbegin()->first);
  for (int64_t month = facts.cohorts.begin()->first; month <= last; ++month) {
    Cohort& cohort = out.emplace_back();
    cohort.month = month;
    cohort.is_whole = month < open_month;
    const auto known = facts.cohorts.find(month);
    const auto members_at = [&](int64_t months) -> int64_t {
      if (known == facts.cohorts.end()) return 0;
      const auto cell = known->second.find(months);
      return cell == known->second.end() ? 0 : cell->second;
    };
    cohort.members = members_at(0);
    for (int64_t since = 0; month + since < open_month; ++since) cohort.again.push_back(members_at(since));
  }
  return out;
}

Result<std::optional<SecondPurchase>> second_purchase(const SalesFacts& facts) {
  if (facts.second_orders.empty()) return std::nullopt;
  SecondPurchase out;
  std::vector<double> days;
  std::vector<uint8_t> is_event;
  std::vector<uint64_t> weights;
  for (const auto& entry : facts.second_orders) {
    out.members += entry.members;
    out.again += entry.has_second ? entry.members : 0;
    days.push_back(static_cast<double>(entry.days));
    is_event.push_back(entry.has_second ? 1 : 0);
    weights.push_back(entry.members);
  }
  COTERIE_ASSIGN(const auto model, KaplanMeier::fit(days, is_event, weights));
  out.median = model.quantile(0.5);
  for (const int64_t day : kShareDays) out.shares.push_back(share_by(model, day));
  for (int64_t day = 0; day <= kCurveDays && static_cast<double>(day) <= model.last_time(); day += kCurveStep)
    out.curve.push_back(share_by(model, day));
  return out;
}

std::optional<PurchaseGaps> purchase_gaps(const SalesFacts& facts) {
  if (facts.gaps.empty()) return std::nullopt;
  PurchaseGaps out;
  out.gaps = learn::cases(facts.gaps);
  for (size_t i = 0; i < kGapQuantiles.size(); ++i)
    out.quantiles[i] = learn::quantile(facts.gaps, kGapQuantiles[i]);
  for (size_t bin = 0; bin < kGapBins.size(); ++bin) {
    GapBin& one = out.histogram.emplace_back(GapBin{kGapBins[bin]});
    if (bin + 1 < kGapBins.size()) one.to = kGapBins[bin + 1] - 1;
  }
  for (const auto& [days, gaps] : facts.gaps) {
    const auto next = std::upper_bound(kGapBins.begin(), kGapBins.end(), days);
    out.histogram[static_cast<size_t>(next - kGapBins.begin()) - 1].gaps += gaps;
  }
  return out;
}

}  // namespace coterie::understand

// Who bought again: cohorts by month, the time to the second purchase, the gaps between purchases.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/status.h"
#include "learn/lifetime/kaplan_meier.h"
#include "profile/sales.h"

namespace coterie::understand {

/// The members who first bought in one month.
struct Cohort {
  int64_t month = 0;  ///< since year 0
  int64_t members = 0;
  bool is_whole = true;  ///< the month is known to its end
  /// [months since]: who bought in that month too, from 0 to the last month that is known to its end. The first is all.
  std::vector<int64_t> again;
};

/// Every month from the first purchase to the last day that is known; O(months²).
std::vector<Cohort> cohorts(const profile::SalesFacts& facts);

/// A share of members with its 95 % interval; without bounds where nobody, or everybody, bought again.
struct ShareBy {
  int64_t days = 0;
  std::optional<double> share = {}, low = {}, high = {};  ///< nothing beyond what was observed
  uint64_t at_risk = 0;  ///< members who were observed so long without a second purchase before
};

struct SecondPurchase {
  uint64_t members = 0;            ///< who bought, all of their first day known
  uint64_t again = 0;              ///< of them, twice
  learn::SurvivalQuantile median;  ///< days until half have bought again
  std::vector<ShareBy> shares;     ///< at kShareDays
  std::vector<ShareBy> curve;      ///< every seventh day from 0, at most to kCurveDays
};

inline constexpr std::array<int64_t, 5> kShareDays = {30, 60, 90, 180, 365};
inline constexpr int64_t kCurveDays = 728;

/// Kaplan–Meier; who has not bought again is censored at the last whole day. Nothing when no member bought.
base::Result<std::optional<SecondPurchase>> second_purchase(const profile::SalesFacts& facts);

struct GapBin {
  int64_t from = 0;
  std::optional<int64_t> to = {};  ///< included; nothing = no end
  uint64_t gaps = 0;
};

struct PurchaseGaps {
  uint64_t gaps = 0;
  std::array<double, 5> quantiles = {};  ///< kGapQuantiles, days
  std::vector<GapBin> histogram;
};

inline constexpr std::array<double, 5> kGapQuantiles = {0.1, 0.25, 0.5, 0.75, 0.9};

/// Nothing when nobody bought twice.
std::optional<PurchaseGaps> purchase_gaps(const profile::SalesFacts& facts);

}  // namespace coterie::understand

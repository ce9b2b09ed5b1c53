// Scores from 1 (low) to 5 (high) for amounts, by one of three kinds of bins; and members divided by them, as RFM.
//
// docs/methods/rfm.md. The run's RFM (rfm.h) has quantiles.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "understand/segments/division.h"

namespace coterie::understand {

/// A score for each value, and where the bins lie.
struct Bins {
  std::vector<uint8_t> scores;  ///< 1 to 5
  std::vector<double> up_to;    ///< the largest value of each bin that has any, ascending
};

/// Quintiles by mid-rank (rfm.h), so equal values get equal scores and a bin may be empty. `values` are finite. With
/// `is_descending` ties are broken as quintiles of the negated values break them.
Bins quantile_bins(std::span<const double> values, bool is_descending = false);

/// The five runs of ascending sign(x)·ln(1 + |x|) whose squares around their means add up to the least: k-means in one dimension,
/// exactly. O(n log n). Errors: kInvalidArgument (fewer than five different values) · kResourceExhausted.
base::Result<Bins> k_means_bins(std::span<const double> values, const base::Context& context);

/// 1 + how many of four rising borders a value reaches.
Bins fixed_bins(std::span<const double> values, std::span<const double> borders);

/// Members divided into the eleven segments of RFM, and those without a first fact ("" in `values`), who never bought.
///
/// Facts    recency (less is better), frequency and, if there is a third, monetary; missing frequency or monetary counts 0. A
///          monetary that nobody has is none
/// Errors   kInvalidArgument (not two or three facts; a fact that is no number; borders that are not four rising numbers for each
///          fact; too few different values for k-means) · kResourceExhausted
base::Result<Division> divide_by_rfm(std::span<const RuleColumn> facts, std::span<const uint32_t> rows,
                                     const DivisionOptions& options, const base::Context& context);

}  // namespace coterie::understand

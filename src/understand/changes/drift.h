// Whose distributions moved: features and scores at two instants.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "data/feature_table.h"

namespace coterie::understand {

/// A number of every member at two instants.
struct DriftInput {
  std::string name;
  std::span<const double> before, after;               ///< one a row of the tables
  std::span<const uint8_t> before_valid, after_valid;  ///< 1 where there is a value; empty = everywhere
  bool missing_counts = true;  ///< a missing value is a bin of its own; otherwise such a member is left out
};

struct Drift {
  std::string name;
  double psi = 0, threshold = 0, p_value = 1;
  size_t bins = 0;
  uint64_t before = 0, after = 0, both = 0;      ///< members
  double median_before = 0, median_after = 0;    ///< of the values there are
  double missing_before = 0, missing_after = 0;  ///< shares
  double shift = 0;      ///< of the mean rank: P(after > before) + half of P(equal), less a half; −.5 to .5
  bool drifted = false;  ///< psi > threshold
  /// Grows with a member's history whatever the member does: a sum, a count or an age over all time.
  bool accumulates = false;
};

/// Every input's PSI over at most ten bins of equal count fitted on the values before, with the threshold at
/// kDriftAlpha over the number of inputs (Bonferroni). In the order of the inputs. Users of both tables ascend.
///
/// Errors   kResourceExhausted
/// Threads  the pool's, an input at a time; the same bits for any number
/// Cost     O(inputs · n log n); 40 bytes a member and thread
base::Result<std::vector<Drift>> find_drift(const data::FeatureTable& before, const data::FeatureTable& after,
                                            std::span<const DriftInput> inputs, const base::Context& context);

inline constexpr double kDriftAlpha = 0.01;

/// "slight", "moderate" or "large": by the custom of .1 and .25, whatever chance says.
std::string_view size_of_psi(double psi);

/// Whether a feature grows with the length of the history.
bool accumulates(std::string_view feature);

}  // namespace coterie::understand

// Kaplan–Meier: how long until something happens, when for many it has not happened yet.
//
// The product-limit estimate of the survival function S(t), the probability that it happens after t, from times that are
// exact or right-censored. Intervals are Greenwood's variance on the scale of log(−log S), so that they stay within
// 0 and 1. docs/methods/sales.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"

namespace coterie::learn {

struct KaplanMeierOptions {
  double confidence_level = 0.95;  ///< of every interval, pointwise; in (0, 1)
};

/// S at a time. Without bounds where the variance does not exist: S is 1 (nothing happened yet) or 0.
struct Survival {
  double value = 1;
  std::optional<double> low = {}, high = {};
};

/// A time at which something happened.
struct SurvivalStep {
  double time = 0;
  uint64_t at_risk = 0;  ///< with a time ≥ this one; who is censored at it is at risk
  uint64_t events = 0;
  Survival survival;  ///< from this time on
};

/// A quantile of the times; nothing where the curve, or the bound of the interval, does not come down to it.
struct SurvivalQuantile {
  std::optional<double> value = {}, low = {}, high = {};
};

/// Immutable; safe from many threads.
class KaplanMeier {
 public:
  /// Fits times[n]; is_event[i] = 1 when it happened at times[i], 0 when it had not by then; weights[n] are how many
  /// such cases there are, empty = one each.
  ///
  /// Range    times finite, ≥ 0; weights ≥ 1; n ≥ 1
  /// Errors   kInvalidArgument (sizes, ranges, no case)
  /// Threads  safe
  /// Cost     O(n log n) time, 24 bytes a case
  /// Source   Kaplan & Meier 1958; Greenwood 1926; Kalbfleisch & Prentice 2002, §1.4
  static base::Result<KaplanMeier> fit(std::span<const double> times, std::span<const uint8_t> is_event,
                                       std::span<const uint64_t> weights = {},
                                       const KaplanMeierOptions& options = {});

  /// In ascending order of time.
  std::span<const SurvivalStep> steps() const { return steps_; }

  /// The longest time that was observed, exact or censored.
  double last_time() const { return last_time_; }

  /// S(time); nothing beyond last_time(), unless S has come down to 0. O(log n).
  std::optional<Survival> at(double time) const;

  /// Cases with a time ≥ `time`. O(log n).
  uint64_t at_risk(double time) const;

  /// The first time with S ≤ 1 − p, and those at which its interval's bounds come down to that (Brookmeyer & Crowley
  /// 1982). p in (0, 1); 0.5 is the median.
  SurvivalQuantile quantile(double p) const;

 private:
  struct Exit {
    double time = 0;
    uint64_t events = 0, censored = 0;
    uint64_t at_risk = 0;
  };
  static std::vector<Exit> exits(std::span<const double> times, std::span<const uint8_t> is_event,
                                 std::span<const uint64_t> weights);

  std::vector<Exit> exits_;  // one a distinct time, ascending
  std::vector<SurvivalStep> steps_;
  double last_time_ = 0;
};

}  // namespace coterie::learn

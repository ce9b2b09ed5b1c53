// The way to a purchase: view, cart, checkout, buy, and how many go each step.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profile/sales.h"

namespace coterie::understand {

struct FunnelStep {
  std::string behavior;
  int64_t did = 0;      ///< in which it occurred at all
  int64_t reached = 0;  ///< in which it and every recorded step before it occurred
  /// Of those who reached the step before; nothing for the first step, and when nobody reached the one before.
  std::optional<double> conversion = {};
};

struct Funnel {
  bool is_of_sessions = false;  ///< else of members
  std::vector<FunnelStep> steps;
  std::vector<std::string> absent;  ///< steps that the shop never records
  int64_t left_out = 0;             ///< events of the steps that have no session, or no member
};

/// Nothing when the shop records fewer than two of the steps.
std::optional<Funnel> funnel(const profile::SalesFacts& facts);

}  // namespace coterie::understand

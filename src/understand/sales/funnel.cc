#include "understand/sales/funnel.h"

namespace coterie::understand {

using profile::SalesFacts;

namespace {

int64_t count_with(const SalesFacts& facts, int64_t steps) {
  int64_t sum = 0;
  for (const auto& [done, n] : facts.funnel)
    if ((done & steps) == steps) sum += n;
  return sum;
}

}  // namespace

std::optional<Funnel> funnel(const SalesFacts& facts) {
  if (facts.funnel.empty()) return std::nullopt;
  Funnel out;
  out.is_of_sessions = facts.funnel_is_of_sessions;
  int64_t before = 0;  // the set of steps so far
  for (size_t i = 0; i < std::size(profile::kFunnelSteps); ++i) {
    const std::string behavior(profile::kFunnelSteps[i]);
    const auto recorded = facts.behaviors.find(behavior);
    if (recorded == facts.behaviors.end()) {
      out.absent.push_back(behavior);
      continue;
    }
    const int64_t step = int64_t{1} << i;
    FunnelStep one{behavior, count_with(facts, step), count_with(facts, before | step), {}};
    if (!out.steps.empty() && out.steps.back().reached > 0)
      one.conversion = static_cast<double>(one.reached) / static_cast<double>(out.steps.back().reached);
    out.left_out += recorded->second.events -
                    (out.is_of_sessions ? recorded->second.with_session : recorded->second.of_members);
    out.steps.push_back(std::move(one));
    before |= step;
  }
  return out;
}

}  // namespace coterie::understand

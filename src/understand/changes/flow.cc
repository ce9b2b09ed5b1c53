#include "understand/changes/flow.h"

#include <algorithm>
#include <cmath>

#include "learn/metrics/assignment.h"
#include "learn/metrics/distributions.h"

namespace coterie::understand {

namespace {

constexpr double kLeastJaccard = 0.2;

// Places of all members of a table: segment, or `outside`.
std::vector<uint32_t> places(const SegmentsAt& at) {
  std::vector<uint32_t> out(at.features->rows(), static_cast<uint32_t>(at.names.size()));
  for (size_t i = 0; i < at.rows.size(); ++i) out[at.rows[i]] = at.segment_of[i];
  return out;
}

std::vector<std::vector<uint64_t>> count_moves(const SegmentsAt& before, const SegmentsAt& after) {
  const auto then = places(before), now = places(after);
  const auto& a = before.features->users;
  const auto& b = after.features->users;
  const size_t absent_then = before.names.size() + 1, absent_now = after.names.size() + 1;
  std::vector<std::vector<uint64_t>> members(absent_then + 1, std::vector<uint64_t>(absent_now + 1, 0));
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    const int order = i == a.size() ? 1 : j == b.size() ? -1 : a[i].compare(b[j]);
    ++members[order <= 0 ? then[i] : absent_then][order >= 0 ? now[j] : absent_now];
    i += order <= 0 ? 1 : 0;
    j += order >= 0 ? 1 : 0;
  }
  return members;
}

// Holm's step-down over the p-values.
void mark_moved(std::vector<SegmentChange>& changes) {
  std::vector<size_t> order(changes.size());
  for (size_t s = 0; s < order.size(); ++s) order[s] = s;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return changes[a].p_value < changes[b].p_value; });
  for (size_t k = 0; k < order.size(); ++k) {
    if (changes[order[k]].p_value > kChangeAlpha / static_cast<double>(order.size() - k)) break;
    changes[order[k]].moved = true;
  }
}

}  // namespace

SegmentFlow segment_flow(const SegmentsAt& before, const SegmentsAt& after,
                         const std::vector<uint32_t>& same_as) {
  SegmentFlow out;
  out.members = count_moves(before, after);
  const size_t then = before.names.size(), now = after.names.size();
  out.changes.resize(now);
  for (size_t s = 0; s < now; ++s) {
    SegmentChange& change = out.changes[s];
    for (const auto& row : out.members) change.after += row[s];
    for (size_t b = 0; b < then; ++b)
      if (b != same_as[s]) change.came += out.members[b][s];
    if (same_as[s] != kNoSegment) {
      const auto& row = out.members[same_as[s]];
      for (const uint64_t n : row) change.before += n;
      change.stayed = row[s];
      for (size_t a = 0; a < now; ++a)
        if (a != s) change.left += row[a];
    }
    // McNemar with Edwards' correction: those who stayed, seen twice, say nothing; the others are each one coin.
    const auto n = static_cast<double>(change.came + change.left);
    const double gap = std::abs(static_cast<double>(change.came) - static_cast<double>(change.left));
    if (n > 0) change.p_value = learn::normal_two_sided(std::max(0.0, gap - 1) / std::sqrt(n));
  }
  mark_moved(out.changes);
  return out;
}

std::vector<uint32_t> match_by_name(const SegmentsAt& before, const SegmentsAt& after) {
  std::vector<uint32_t> out(after.names.size(), kNoSegment);
  for (size_t s = 0; s < after.names.size(); ++s)
    for (size_t b = 0; b < before.names.size(); ++b)
      if (before.names[b] == after.names[s]) out[s] = static_cast<uint32_t>(b);
  return out;
}

std::vector<uint32_t> match_by_members(const SegmentsAt& before, const SegmentsAt& after) {
  const auto members = count_moves(before, after);
  const size_t then = before.names.size(), now = after.names.size();
  kernels::Matrix common(now, then);
  std::vector<double> size_then(then, 0), size_now(now, 0);
  for (size_t b = 0; b < then; ++b)
    for (size_t s = 0; s < now; ++s) {
      common.at(s, b) = static_cast<double>(members[b][s]);
      size_then[b] += common.at(s, b);
      size_now[s] += common.at(s, b);
    }
  auto out = learn::best_assignment(common);
  for (size_t s = 0; s < now; ++s) {
    if (out[s] == learn::kUnassigned) continue;
    const double both = common.at(s, out[s]);
    if (both < kLeastJaccard * (size_now[s] + size_then[out[s]] - both) || both == 0) out[s] = kNoSegment;
  }
  return out;
}

}  // namespace coterie::understand

#include "understand/personas/tastes.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/id_index.h"
#include "learn/metrics/distributions.h"

namespace coterie::understand {

using base::Result;

namespace {

constexpr uint32_t kNowhere = UINT32_MAX;
constexpr double kPseudoMembers = 5;  // pseudo-members
constexpr uint64_t kLeastUsers = 5;

// The segment of every member of `bought`, kNowhere for those in none. Both lists of ids ascend.
std::vector<uint32_t> segments_of_buyers(const data::FeatureTable& features, const SegmentsView& segments,
                                         const std::vector<std::string>& buyers) {
  std::vector<uint32_t> of_row(features.rows(), kNowhere);
  for (size_t i = 0; i < segments.rows.size(); ++i) of_row[segments.rows[i]] = segments.segment_of[i];
  std::vector<uint32_t> out(buyers.size(), kNowhere);
  size_t row = 0;
  for (size_t u = 0; u < buyers.size(); ++u) {
    while (row < features.rows() && features.users[row] < buyers[u]) ++row;
    if (row < features.rows() && features.users[row] == buyers[u]) out[u] = of_row[row];
  }
  return out;
}

double critical_z(size_t tests) {
  return learn::normal_quantile(1 - kPersonaAlpha / (2.0 * static_cast<double>(std::max<size_t>(1, tests))));
}

void keep_top(std::vector<Lift>& lifts) {
  std::stable_sort(lifts.begin(), lifts.end(), [](const Lift& a, const Lift& b) { return a.lift > b.lift; });
  if (lifts.size() > kTopTastes) lifts.resize(kTopTastes);
}

std::vector<std::vector<Lift>> item_lifts(const profile::BoughtItems& bought,
                                          const std::vector<uint32_t>& segment_of, size_t n_segments) {
  const size_t items = bought.items.size();
  std::vector<uint32_t> users(items * n_segments, 0);
  std::vector<uint64_t> pairs(n_segments, 0);
  for (const auto& row : bought.rows) {
    const uint32_t s = segment_of[row.user];
    if (s == kNowhere) continue;
    ++users[row.item * n_segments + s];
    ++pairs[s];
  }
  std::vector<uint64_t> of_item(items, 0);
  uint64_t all = 0, candidates = 0;
  for (size_t i = 0; i < items; ++i) {
    for (size_t s = 0; s < n_segments; ++s) of_item[i] += users[i * n_segments + s];
    all += of_item[i];
    candidates += of_item[i] >= kLeastUsers ? 1 : 0;
  }
  std::vector<std::vector<Lift>> out(n_segments);
  const double z = critical_z(candidates * n_segments);
  for (size_t s = 0; s < n_segments; ++s) {
    if (pairs[s] == 0 || pairs[s] == all) continue;
    const double part = static_cast<double>(pairs[s]) / static_cast<double>(all);
    for (size_t i = 0; i < items; ++i) {
      const uint64_t x = users[i * n_segments + s];
      const double expected = static_cast<double>(of_item[i]) * part;
      const double excess = static_cast<double>(x) - expected;
      if (x < kLeastUsers || excess <= z * std::sqrt(expected * (1 - part))) continue;
      out[s].push_back({bought.items[i], "", x, static_cast<double>(x) / static_cast<double>(pairs[s]),
                        static_cast<double>(of_item[i]) / static_cast<double>(all),
                        (static_cast<double>(x) + kPseudoMembers) / (expected + kPseudoMembers)});
    }
    keep_top(out[s]);
  }
  return out;
}

// Of one category and segment: members who bought it, sums of its share of what they bought.
struct Shares {
  uint64_t users = 0;
  double sum = 0, squares = 0;
};

std::vector<std::vector<Lift>> category_lifts(const profile::BoughtItems& bought,
                                              const std::vector<uint32_t>& segment_of, size_t n_segments,
                                              const std::vector<std::string>& categories) {
  std::map<std::string, uint32_t, std::less<>> names;
  for (const auto& category : categories)
    if (!category.empty()) names.emplace(category, 0);
  uint32_t count = 0;
  for (auto& [name, index] : names) index = count++;
  std::vector<uint32_t> category_of(categories.size(), kNowhere);
  for (size_t i = 0; i < categories.size(); ++i)
    if (!categories[i].empty()) category_of[i] = names.find(categories[i])->second;

  std::vector<Shares> shares(count * n_segments);
  std::vector<uint64_t> members(n_segments, 0);
  std::vector<uint32_t> mine(count, 0), touched;
  for (size_t begin = 0, end = 0; begin < bought.rows.size(); begin = end) {
    const uint32_t user = bought.rows[begin].user, s = segment_of[user];
    double known = 0;
    for (; end < bought.rows.size() && bought.rows[end].user == user; ++end) {
      const uint32_t c = category_of[bought.rows[end].item];
      if (c == kNowhere || s == kNowhere) continue;
      if (mine[c]++ == 0) touched.push_back(c);
      known += 1;
    }
    if (known > 0) ++members[s];
    for (const uint32_t c : touched) {
      const double share = mine[c] / known;
      Shares& cell = shares[c * n_segments + s];
      cell.users += 1;
      cell.sum += share;
      cell.squares += share * share;
      mine[c] = 0;
    }
    touched.clear();
  }
  double n = 0;
  for (const uint64_t m : members) n += static_cast<double>(m);
  std::vector<std::vector<Lift>> out(n_segments);
  const double z = critical_z(count * n_segments);
  for (const auto& [name, c] : names) {
    Shares whole;
    for (size_t s = 0; s < n_segments; ++s) {
      whole.sum += shares[c * n_segments + s].sum;
      whole.squares += shares[c * n_segments + s].squares;
    }
    for (size_t s = 0; s < n_segments; ++s) {
      const Shares& cell = shares[c * n_segments + s];
      const double m = static_cast<double>(members[s]), r = n - m;
      if (cell.users < kLeastUsers || m < 2 || r < 2) continue;
      const double mean = cell.sum / m, everybody = whole.sum / n, rest = (whole.sum - cell.sum) / r;
      const double variance = (cell.squares - m * mean * mean) / (m - 1) / m +
                              (whole.squares - cell.squares - r * rest * rest) / (r - 1) / r;
      if (mean - rest <= z * std::sqrt(std::max(0.0, variance))) continue;
      out[s].push_back({name, "", cell.users, mean, everybody,
                        (cell.sum + kPseudoMembers * everybody) / (m + kPseudoMembers) / everybody});
    }
  }
  for (auto& lifts : out) keep_top(lifts);
  return out;
}

}  // namespace

Result<Tastes> find_tastes(const data::FeatureTable& features, const SegmentsView& segments,
                           const profile::BoughtItems& bought, const std::vector<std::string>& categories,
                           const base::Context& context) {
  COTERIE_ASSIGN(const auto memory,
                 context.budget->reserve(bought.items.size() * (segments.segments + 3) * sizeof(uint32_t) +
                                             (features.rows() + bought.users.size()) * sizeof(uint32_t),
                                         "what segments buy"));
  const auto segment_of = segments_of_buyers(features, segments, bought.users);
  Tastes out;
  out.items = item_lifts(bought, segment_of, segments.segments);
  out.categories = category_lifts(bought, segment_of, segments.segments, categories);
  return out;
}

}  // namespace coterie::understand

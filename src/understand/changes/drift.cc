#include "understand/changes/drift.h"

#include <algorithm>
#include <cmath>

#include "learn/metrics/bootstrap.h"
#include "learn/metrics/population_stability.h"

namespace coterie::understand {

using base::Result;
using learn::kNotThere;

namespace {

constexpr size_t kDriftBins = 10;
constexpr double kLeastInBin = 20;  // members before, so that PSI is near its chi-squared
constexpr std::string_view kAccumulating[] = {
    "tenure_days",  "frequency",          "monetary",       "distinct_items", "refund_orders",
    "count_view",   "count_cart",         "count_favorite", "count_buy",      "item_entropy",
    "hour_entropy", "active_tenure_days", "active_days"};

// Both tables' rows of every member of either.
struct Union {
  std::vector<uint32_t> before, after;  // kNotThere where absent
};

Union match(const data::FeatureTable& before, const data::FeatureTable& after) {
  Union out;
  size_t i = 0, j = 0;
  while (i < before.rows() || j < after.rows()) {
    const int order = i == before.rows()  ? 1
                      : j == after.rows() ? -1
                                          : before.users[i].compare(after.users[j]);
    out.before.push_back(order <= 0 ? static_cast<uint32_t>(i++) : kNotThere);
    out.after.push_back(order >= 0 ? static_cast<uint32_t>(j++) : kNotThere);
  }
  return out;
}

std::vector<double> known_values(std::span<const double> values, std::span<const uint8_t> valid) {
  std::vector<double> out;
  for (size_t i = 0; i < values.size(); ++i)
    if (valid.empty() || valid[i] != 0) out.push_back(values[i]);
  return out;
}

// Borders between bins of nearly equal count; a value belongs to the first border above it.
std::vector<double> borders_of(const std::vector<double>& sorted) {
  std::vector<double> borders;
  const auto n = static_cast<double>(sorted.size());
  const size_t bins = std::min(kDriftBins, static_cast<size_t>(n / kLeastInBin));
  size_t used = 0;
  for (size_t b = 1; b < bins; ++b) {
    const double border = sorted[b * sorted.size() / bins];
    const auto at =
        static_cast<size_t>(std::lower_bound(sorted.begin(), sorted.end(), border) - sorted.begin());
    if (static_cast<double>(at - used) < kLeastInBin || n - static_cast<double>(at) < kLeastInBin) continue;
    borders.push_back(border);
    used = at;
  }
  return borders;
}

// P(a value after > one before) + half of P(equal) − ½.
double rank_shift(const std::vector<double>& before, const std::vector<double>& after) {
  if (before.empty() || after.empty()) return 0;
  double twice = 0;
  for (const double value : after)
    twice += static_cast<double>(std::lower_bound(before.begin(), before.end(), value) - before.begin()) +
             static_cast<double>(std::upper_bound(before.begin(), before.end(), value) - before.begin());
  return twice / (2 * static_cast<double>(before.size()) * static_cast<double>(after.size())) - 0.5;
}

std::vector<uint32_t> bins_of(const std::vector<uint32_t>& rows, std::span<const double> values,
                              std::span<const uint8_t> valid, const std::vector<double>& borders,
                              uint32_t missing_bin) {
  std::vector<uint32_t> out(rows.size(), kNotThere);
  for (size_t u = 0; u < rows.size(); ++u) {
    if (rows[u] == kNotThere) continue;
    const bool is_known = valid.empty() || valid[rows[u]] != 0;
    out[u] = is_known
                 ? static_cast<uint32_t>(std::upper_bound(borders.begin(), borders.end(), values[rows[u]]) -
                                         borders.begin())
                 : missing_bin;
  }
  return out;
}

Drift compare(const DriftInput& input, const Union& members, double alpha) {
  Drift out;
  out.name = input.name;
  out.accumulates = accumulates(input.name);
  auto then = known_values(input.before, input.before_valid),
       now = known_values(input.after, input.after_valid);
  std::sort(then.begin(), then.end());
  std::sort(now.begin(), now.end());
  const auto share = [](size_t known, size_t all) {
    return all == 0 ? 0.0 : 1 - static_cast<double>(known) / static_cast<double>(all);
  };
  out.missing_before = share(then.size(), input.before.size());
  out.missing_after = share(now.size(), input.after.size());
  if (then.empty() || now.empty()) return out;
  out.shift = rank_shift(then, now);
  out.median_before = learn::quantile_in_place(then, 0.5);
  out.median_after = learn::quantile_in_place(now, 0.5);
  const auto borders = borders_of(then);
  const auto missing = input.missing_counts ? static_cast<uint32_t>(borders.size() + 1) : kNotThere;
  out.bins = borders.size() + 1 + (input.missing_counts ? 1 : 0);
  if (out.bins < 2) return out;
  const auto result = learn::population_stability(
      bins_of(members.before, input.before, input.before_valid, borders, missing),
      bins_of(members.after, input.after, input.after_valid, borders, missing), out.bins, alpha);
  if (!result) return out;
  out.psi = result->psi;
  out.threshold = result->threshold;
  out.p_value = result->p_value;
  out.before = result->before;
  out.after = result->after;
  out.both = result->both;
  out.drifted = out.psi > out.threshold;
  return out;
}

}  // namespace

std::string_view size_of_psi(double psi) { return psi < 0.1 ? "slight" : psi < 0.25 ? "moderate" : "large"; }

bool accumulates(std::string_view feature) {
  return std::find(std::begin(kAccumulating), std::end(kAccumulating), feature) != std::end(kAccumulating);
}

Result<std::vector<Drift>> find_drift(const data::FeatureTable& before, const data::FeatureTable& after,
                                      std::span<const DriftInput> inputs, const base::Context& context) {
  const size_t n = before.rows() + after.rows();
  COTERIE_ASSIGN(const auto memory,
                 context.budget->reserve(n * (8 + 16 * context.pool->threads()), "features at two instants"));
  const Union members = match(before, after);
  std::vector<Drift> out(inputs.size());
  const double alpha = kDriftAlpha / static_cast<double>(std::max<size_t>(1, inputs.size()));
  context.pool->for_chunks(inputs.size(), 1, [&](size_t, size_t begin, size_t end) {
    for (size_t f = begin; f < end; ++f) out[f] = compare(inputs[f], members, alpha);
  });
  return out;
}

}  // namespace coterie::understand

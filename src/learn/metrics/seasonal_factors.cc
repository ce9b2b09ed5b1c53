#include "learn/metrics/seasonal_factors.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/metrics/bootstrap.h"

namespace coterie::learn {

using base::Code;
using base::Result;

Result<SeasonalFactors> seasonal_factors(std::span<const double> values, size_t period, size_t least) {
  if (period < 3 || period > 365 || period % 2 == 0)
    return base::error(Code::kInvalidArgument, "seasonal factors: a period of {} is not odd and 3 to 365",
                       period);
  if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); }))
    return base::error(Code::kInvalidArgument, "seasonal factors: a value is not a number");
  std::vector<std::vector<double>> ratios(period);
  const size_t half = period / 2;
  for (size_t i = half; i + half < values.size(); ++i) {
    const auto around = values.subspan(i - half, period);
    const double sum = std::accumulate(around.begin(), around.end(), 0.0);
    if (sum > 0) ratios[i % period].push_back(values[i] * static_cast<double>(period) / sum);
  }
  SeasonalFactors out;
  for (const auto& of_place : ratios) out.n_ratios.push_back(of_place.size());
  if (*std::min_element(out.n_ratios.begin(), out.n_ratios.end()) < std::max<size_t>(1, least)) return out;
  double sum = 0;
  for (auto& of_place : ratios) sum += out.factors.emplace_back(quantile_in_place(of_place, 0.5));
  if (!(sum > 0)) out.factors.clear();
  for (double& factor : out.factors) factor *= static_cast<double>(period) / sum;
  return out;
}

}  // namespace coterie::learn

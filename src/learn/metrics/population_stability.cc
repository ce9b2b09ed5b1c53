#include "learn/metrics/population_stability.h"

#include <cmath>
#include <vector>

#include "kernels/matrix.h"
#include "learn/metrics/distributions.h"

namespace coterie::learn {

using base::Code;
using base::Result;
using kernels::Matrix;

namespace {

// Counts of members by where they are: in both samples (by both bins), in one only.
struct Counts {
  Matrix both;
  std::vector<double> only_before, only_after;
};

void add_outer(Matrix& v, const std::vector<double>& x, double factor) {
  for (size_t i = 0; i < v.rows; ++i)
    for (size_t j = 0; j < v.cols; ++j) v.at(i, j) += factor * x[i] * x[j];
}

// Σ (g − ḡ)(g − ḡ)ᵀ over members, g = e(after) / n₂ − e(before) / n₁, ḡ the mean of those who are in both, or
// in that one only.
Matrix covariance(const Counts& counts, double n1, double n2) {
  const size_t bins = counts.only_before.size();
  Matrix v(bins, bins);
  std::vector<double> sum(bins, 0);
  double m = 0, a = 0, c = 0;
  for (size_t i = 0; i < bins; ++i) {
    for (size_t j = 0; j < bins; ++j) {
      const double n = counts.both.at(i, j);
      m += n;
      sum[i] -= n / n1;
      sum[j] += n / n2;
      v.at(i, i) += n / (n1 * n1);
      v.at(j, j) += n / (n2 * n2);
      v.at(i, j) -= n / (n1 * n2);
      v.at(j, i) -= n / (n1 * n2);
    }
    v.at(i, i) += counts.only_before[i] / (n1 * n1) + counts.only_after[i] / (n2 * n2);
    a += counts.only_before[i];
    c += counts.only_after[i];
  }
  if (m > 0) add_outer(v, sum, -1 / m);
  if (a > 0) add_outer(v, counts.only_before, -1 / (a * n1 * n1));
  if (c > 0) add_outer(v, counts.only_after, -1 / (c * n2 * n2));
  return v;
}

}  // namespace

Result<PopulationStability> population_stability(std::span<const uint32_t> before,
                                                 std::span<const uint32_t> after, size_t bins, double alpha) {
  if (before.size() != after.size())
    return base::error(Code::kInvalidArgument,
                       "population stability: {} members before, {} after; give one entry a "
                       "member in both",
                       before.size(), after.size());
  if (bins < 2 || bins > 1000 || !(alpha > 0 && alpha < 1))
    return base::error(Code::kInvalidArgument,
                       "population stability: {} bins, alpha {}; give 2 to 1000 and a share", bins, alpha);
  PopulationStability out;
  Counts counts{Matrix(bins, bins), std::vector<double>(bins, 0), std::vector<double>(bins, 0)};
  std::vector<double> p(bins, 0.5), q(bins, 0.5);
  for (size_t u = 0; u < before.size(); ++u) {
    const uint32_t b = before[u], a = after[u];
    if ((b != kNotThere && b >= bins) || (a != kNotThere && a >= bins))
      return base::error(Code::kInvalidArgument, "population stability: member {} is in no bin below {}", u,
                         bins);
    if (b != kNotThere) ++out.before, p[b] += 1;
    if (a != kNotThere) ++out.after, q[a] += 1;
    if (b != kNotThere && a != kNotThere)
      ++out.both, counts.both.at(b, a) += 1;
    else if (b != kNotThere)
      counts.only_before[b] += 1;
    else if (a != kNotThere)
      counts.only_after[a] += 1;
  }
  if (out.before == 0 || out.after == 0)
    return base::error(Code::kInvalidArgument, "population stability: an empty sample");
  const auto n1 = static_cast<double>(out.before), n2 = static_cast<double>(out.after);
  const double half = 0.5 * static_cast<double>(bins);
  std::vector<double> pooled(bins);
  for (size_t i = 0; i < bins; ++i) {
    pooled[i] = (p[i] + q[i]) / (n1 + n2 + 2 * half);
    p[i] /= n1 + half;
    q[i] /= n2 + half;
    out.psi += (q[i] - p[i]) * std::log(q[i] / p[i]);
  }
  const Matrix v = covariance(counts, n1, n2);
  double trace = 0, squares = 0;
  for (size_t i = 0; i < bins; ++i) {
    trace += v.at(i, i) / pooled[i];
    for (size_t j = 0; j < bins; ++j) squares += v.at(i, j) * v.at(i, j) / (pooled[i] * pooled[j]);
  }
  if (!(trace > 0) || !(squares > 0)) return out;  // nobody moved
  out.degrees = trace * trace / squares;
  const double scale = squares / trace;
  out.threshold = scale * chi_squared_quantile(1 - alpha, out.degrees);
  out.p_value = chi_squared_upper(out.psi / scale, out.degrees);
  return out;
}

}  // namespace coterie::learn

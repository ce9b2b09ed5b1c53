#include "understand/personas/feature_contrast.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "learn/metrics/distributions.h"
#include "profile/feature_catalog.h"
#include "understand/feature_matrix.h"

namespace coterie::understand {

using base::Result;

namespace {

constexpr double kSmallEffect = 0.2;  // Cohen 1988
constexpr size_t kContrastBins = 10;

double quantile_of_sorted(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

TypicalValue typical(const std::vector<double>& sorted) {
  if (sorted.empty()) return {};
  double sum = 0;
  for (const double value : sorted) sum += value;
  return {sorted.size(), quantile_of_sorted(sorted, 0.5), quantile_of_sorted(sorted, 0.25),
          quantile_of_sorted(sorted, 0.75), sum / static_cast<double>(sorted.size())};
}

// Mean and variance of a set from its count, sum and sum of squared deviations about `centre`.
struct Moments {
  double n = 0, sum = 0, squares = 0;
  void add(double deviation) {
    n += 1;
    sum += deviation;
    squares += deviation * deviation;
  }
  Moments without(const Moments& part) const { return {n - part.n, sum - part.sum, squares - part.squares}; }
  double mean() const { return sum / n; }
  double variance() const { return std::max(0.0, (squares - sum * sum / n) / (n - 1)); }
};

// The difference, its interval and, in `t_over`, how many times its standard error it is.
void compare(const Moments& segment, const Moments& everybody, FeatureContrast& out, double* t, double* df) {
  *t = 0;
  *df = 1;
  const Moments rest = everybody.without(segment);
  if (segment.n < 2 || rest.n < 2) return;
  const double sd = std::sqrt(everybody.variance());
  const double a = segment.variance() / segment.n, b = rest.variance() / rest.n;
  if (!(sd > 0) || !(a + b > 0)) return;
  // The segment is part of everybody: its mean differs from theirs by this share of how it differs from the rest's.
  const double rest_share = rest.n / everybody.n;
  out.difference = (segment.mean() - everybody.mean()) / sd;
  const double error = rest_share * std::sqrt(a + b) / sd;
  *df = (a + b) * (a + b) / (a * a / (segment.n - 1) + b * b / (rest.n - 1));
  const double width = learn::student_t_quantile(0.975, *df) * error;
  out.low = out.difference - width;
  out.high = out.difference + width;
  *t = std::abs(out.difference) / error;
}

double entropy_bits(double part, double whole) {
  if (part <= 0 || part >= whole) return 0;
  const double p = part / whole;
  return -(p * std::log2(p) + (1 - p) * std::log2(1 - p));
}

// Bits that the bins tell about being inside, less what chance alone would (Miller 1955).
double information_gain(const std::vector<double>& inside, const std::vector<double>& all) {
  double n = 0, m = 0, used = 0, conditional = 0;
  for (size_t b = 0; b < all.size(); ++b) {
    n += all[b];
    m += inside[b];
    used += all[b] > 0 ? 1 : 0;
  }
  for (size_t b = 0; b < all.size(); ++b)
    if (all[b] > 0) conditional += all[b] / n * entropy_bits(inside[b], all[b]);
  return std::max(0.0, entropy_bits(m, n) - conditional - (used - 1) / (2 * n * std::numbers::ln2));
}

// Borders of at most ten bins of nearly equal count; a value belongs to the first border above it.
std::vector<double> bin_borders(const std::vector<double>& sorted) {
  std::vector<double> borders;
  for (size_t b = 1; b < kContrastBins && !sorted.empty(); ++b) {
    const double border = sorted[b * sorted.size() / kContrastBins];
    if (border > sorted.front() && (borders.empty() || border > borders.back())) borders.push_back(border);
  }
  return borders;
}

struct Tested {
  std::vector<FeatureContrast> of_segment;
  std::vector<double> t, df;
};

Tested contrast(const data::FeatureColumn& column, bool is_skewed, const SegmentsView& segments) {
  Tested out;
  out.of_segment.resize(segments.segments);
  out.t.resize(segments.segments);
  out.df.resize(segments.segments);
  std::vector<double> all;
  std::vector<std::vector<double>> values(segments.segments);
  for (size_t i = 0; i < segments.rows.size(); ++i) {
    if (column.is_missing(segments.rows[i])) continue;
    all.push_back(column.values[segments.rows[i]]);
    values[segments.segment_of[i]].push_back(all.back());
  }
  std::sort(all.begin(), all.end());
  const TypicalValue everybody = typical(all);
  const auto scale = [&](double x) { return is_skewed ? signed_log1p(x) : x; };
  const double centre = scale(everybody.median);
  Moments whole;
  for (const double value : all) whole.add(scale(value) - centre);
  const auto borders = bin_borders(all);
  const size_t missing = borders.size() + 1;
  std::vector<double> counts(borders.size() + 2, 0);
  std::vector<std::vector<double>> counts_of(segments.segments, counts);
  for (size_t i = 0; i < segments.rows.size(); ++i) {
    const uint32_t row = segments.rows[i];
    const size_t bin =
        column.is_missing(row)
            ? missing
            : static_cast<size_t>(std::upper_bound(borders.begin(), borders.end(), column.values[row]) -
                                  borders.begin());
    counts[bin] += 1;
    counts_of[segments.segment_of[i]][bin] += 1;
  }
  for (size_t s = 0; s < segments.segments; ++s) {
    FeatureContrast& entry = out.of_segment[s];
    std::sort(values[s].begin(), values[s].end());
    entry.feature = column.name;
    entry.segment = typical(values[s]);
    entry.everybody = everybody;
    Moments part;
    for (const double value : values[s]) part.add(scale(value) - centre);
    compare(part, whole, entry, &out.t[s], &out.df[s]);
    entry.information_gain = information_gain(counts_of[s], counts);
  }
  return out;
}

}  // namespace

Result<std::vector<std::vector<FeatureContrast>>> contrast_features(const data::FeatureTable& features,
                                                                    const SegmentsView& segments,
                                                                    const base::Context& context) {
  std::vector<ContrastColumn> columns;
  for (const data::FeatureColumn& column : features.columns) {
    const auto* info = std::find_if(std::begin(profile::kFeatureCatalog), std::end(profile::kFeatureCatalog),
                                    [&](const auto& entry) { return entry.name == column.name; });
    if (info != std::end(profile::kFeatureCatalog)) columns.push_back({&column, info->is_skewed});
  }
  return contrast_columns(columns, segments, context);
}

Result<std::vector<std::vector<FeatureContrast>>> contrast_columns(std::span<const ContrastColumn> columns,
                                                                   const SegmentsView& segments,
                                                                   const base::Context& context) {
  const size_t n = columns.size();
  COTERIE_ASSIGN(const auto memory,
                 context.budget->reserve(segments.rows.size() * 3 * sizeof(double) * context.pool->threads(),
                                         "typical values of segments"));
  std::vector<Tested> tested(n);
  context.pool->for_chunks(n, 1, [&](size_t, size_t begin, size_t end) {
    for (size_t f = begin; f < end; ++f)
      tested[f] = contrast(*columns[f].column, columns[f].is_skewed, segments);
  });
  const double tests = static_cast<double>(std::max<size_t>(1, n * segments.segments));
  std::vector<std::vector<FeatureContrast>> out(segments.segments);
  for (size_t s = 0; s < segments.segments; ++s) {
    for (size_t f = 0; f < n; ++f) {
      FeatureContrast entry = std::move(tested[f].of_segment[s]);
      entry.stands_out =
          std::abs(entry.difference) >= kSmallEffect &&
          tested[f].t[s] > learn::student_t_quantile(1 - kPersonaAlpha / (2 * tests), tested[f].df[s]);
      out[s].push_back(std::move(entry));
    }
  }
  return out;
}

}  // namespace coterie::understand

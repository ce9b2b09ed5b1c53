#include "learn/cluster/stability.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/random.h"
#include "learn/cluster/k_means.h"
#include "learn/metrics/cluster_metrics.h"

namespace coterie::learn {

using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr size_t kMostResamples = 10'000;

Status check(kernels::MatrixView points, std::span<const uint32_t> labels, const StabilityOptions& options) {
  if (labels.size() != points.rows || labels.empty())
    return base::failure(Code::kInvalidArgument, "stability: {} labels for {} rows", labels.size(),
                         points.rows);
  if (options.n_resamples < 1 || options.n_resamples > kMostResamples)
    return base::failure(Code::kInvalidArgument, "n_resamples must be 1 to {}, not {}", kMostResamples,
                         options.n_resamples);
  if (options.n_init < 1 || options.sample_size < 1)
    return base::failure(Code::kInvalidArgument, "n_init and sample_size must be at least 1");
  return {};
}

struct Rows {
  kernels::Matrix points;
  std::vector<uint32_t> labels;
};

// All rows, or the first sample_size of a random order (Fisher-Yates, as far as it is needed).
Rows choose_rows(kernels::MatrixView points, std::span<const uint32_t> labels,
                 const StabilityOptions& options) {
  std::vector<size_t> order(points.rows);
  std::iota(order.begin(), order.end(), size_t{0});
  const size_t count = std::min(points.rows, options.sample_size);
  base::Random random(options.random_state, 0);
  if (count < order.size())
    for (size_t i = 0; i < count; ++i) std::swap(order[i], order[i + random.below(order.size() - i)]);
  Rows out{kernels::Matrix(count, points.cols), {}};
  for (size_t i = 0; i < count; ++i) {
    const auto row = points.row(order[i]);
    std::copy(row.begin(), row.end(), out.points.row(i).begin());
    out.labels.push_back(labels[order[i]]);
  }
  return out;
}

// A sample's own clusters; as many as it has distinct rows where those are fewer.
Result<KMeans> fit_sample(const Rows& rows, std::span<const double> counts, size_t k, uint64_t random_state,
                          const StabilityOptions& options, const base::Context& context) {
  for (;; --k) {
    auto model =
        KMeans::fit(rows.points, counts,
                    {.n_clusters = k, .n_init = options.n_init, .random_state = random_state}, context);
    if (model || k == 1 || model.error().code() != Code::kInvalidArgument) return model;
  }
}

struct Agreement {
  double adjusted_rand = 0;
  std::vector<double> jaccard;  // by cluster; below 0 where it has no row
};

// Of the labels of the rows drawn, once each.
Result<Agreement> compare(std::span<const uint32_t> labels, std::span<const uint32_t> found,
                          std::span<const double> counts, size_t k) {
  std::vector<uint32_t> ours, theirs;
  std::vector<double> both(k * k), of_ours(k), of_theirs(k);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (counts[i] == 0) continue;
    ours.push_back(labels[i]);
    theirs.push_back(found[i]);
    ++both[labels[i] * k + found[i]];
    ++of_ours[labels[i]];
    ++of_theirs[found[i]];
  }
  Agreement out;
  COTERIE_ASSIGN(out.adjusted_rand, adjusted_rand_score(ours, theirs));
  out.jaccard.assign(k, -1.0);
  for (size_t a = 0; a < k; ++a)
    for (size_t b = 0; b < k && of_ours[a] > 0; ++b) {
      const double shared = both[a * k + b];
      out.jaccard[a] = std::max(out.jaccard[a], shared / (of_ours[a] + of_theirs[b] - shared));
    }
  return out;
}

Result<Agreement> resample(const Rows& rows, size_t k, uint64_t number, const StabilityOptions& options,
                           const base::Context& context) {
  base::Random random(options.random_state, number);
  std::vector<double> counts(rows.labels.size());
  for (size_t i = 0; i < counts.size(); ++i) ++counts[random.below(counts.size())];
  COTERIE_ASSIGN(const KMeans model, fit_sample(rows, counts, k, random.next(), options, context));
  return compare(rows.labels, model.labels(), counts, k);
}

Stability mean_of(std::span<const Agreement> agreements, size_t k) {
  Stability out;
  out.jaccard.resize(k);
  std::vector<double> seen(k);
  for (const Agreement& agreement : agreements) {
    out.adjusted_rand += agreement.adjusted_rand / static_cast<double>(agreements.size());
    for (size_t c = 0; c < k; ++c) {
      if (agreement.jaccard[c] < 0) continue;
      out.jaccard[c] += agreement.jaccard[c];
      ++seen[c];
    }
  }
  for (size_t c = 0; c < k; ++c) out.jaccard[c] = seen[c] > 0 ? out.jaccard[c] / seen[c] : 0;
  return out;
}

}  // namespace

Result<Stability> k_means_stability(kernels::MatrixView points, std::span<const uint32_t> labels,
                                    const StabilityOptions& options, const base::Context& context) {
  COTERIE_CHECK_OK(check(points, labels, options));
  const size_t k = size_t{*std::max_element(labels.begin(), labels.end())} + 1;
  if (k > points.rows)
    return base::error(Code::kInvalidArgument, "stability: {} clusters of {} rows", k, points.rows);
  const size_t count = std::min(points.rows, options.sample_size);
  COTERIE_ASSIGN(const auto memory, context.budget->reserve(points.rows * sizeof(size_t) +
                                                                count * (points.cols + 4) * sizeof(double) *
                                                                    context.pool->threads(),
                                                            "stability of clusters"));
  const Rows rows = choose_rows(points, labels, options);
  std::vector<Agreement> agreements(options.n_resamples);
  std::vector<Status> statuses(options.n_resamples);
  context.pool->for_chunks(options.n_resamples, 1, [&](size_t chunk, size_t, size_t) {
    base::ThreadPool alone(1);
    base::Context own = context;
    own.pool = &alone;
    auto agreement = resample(rows, k, chunk + 1, options, own);
    if (!agreement)
      statuses[chunk] = agreement.error();
    else
      agreements[chunk] = std::move(*agreement);
  });
  COTERIE_CHECK_OK(context.check_cancelled());
  for (const Status& status : statuses) COTERIE_CHECK_OK(status);
  return mean_of(agreements, k);
}

}  // namespace coterie::learn

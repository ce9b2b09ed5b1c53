// coterie._core: what coterie.cluster computes with.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>

#include <tuple>

#include "call.h"
#include "learn/cluster/distinct_rows.h"
#include "learn/cluster/k_means.h"
#include "learn/cluster/k_medians.h"
#include "learn/cluster/lloyd.h"
#include "learn/cluster/mini_batch_k_means.h"
#include "learn/cluster/stability.h"
#include "learn/cluster/unit_rows.h"
#include "learn/metrics/cluster_metrics.h"

namespace coterie::python {

namespace {

using Labels = nb::ndarray<nb::numpy, int32_t, nb::ndim<1>>;
using Centers = nb::ndarray<nb::numpy, double, nb::ndim<2>>;
using Fitted = std::tuple<Centers, Labels, double, int64_t>;

std::span<const double> weights_of(const std::optional<Numbers>& sample_weight) {
  return sample_weight ? view(*sample_weight) : std::span<const double>();
}

// Numbers below 2³¹ are the same bytes in both types.
Labels labels_to_numpy(base::HugeVector<uint32_t> labels) {
  auto* owned = new base::HugeVector<uint32_t>(std::move(labels));
  const nb::capsule owner(owned,
                          [](void* p) noexcept { delete static_cast<base::HugeVector<uint32_t>*>(p); });
  return Labels(reinterpret_cast<int32_t*>(owned->data()), {owned->size()}, owner);
}

template <class Model>
Fitted fitted(Model model) {
  kernels::Matrix centers = model.cluster_centers();
  const double inertia = model.inertia();
  const auto n_iter = static_cast<int64_t>(model.n_iter());
  return {to_numpy(std::move(centers)), labels_to_numpy(std::move(model).take_labels()), inertia, n_iter};
}

Fitted fit_k_means(const Points& points, const std::optional<Numbers>& sample_weight, size_t n_clusters,
                   const std::optional<Points>& init, bool is_parallel, bool is_cosine, size_t n_init,
                   size_t max_iter, double tol, uint64_t random_state, size_t threads,
                   uint64_t memory_bytes) {
  learn::KMeansOptions options;
  options.n_clusters = n_clusters;
  if (init) options.init = copy(*init);
  if (is_parallel) options.seeding = learn::KMeansSeeding::kParallel;
  if (is_cosine) options.metric = learn::KMeansMetric::kCosine;
  options.n_init = n_init;
  options.max_iter = max_iter;
  options.tol = tol;
  options.random_state = random_state;
  std::optional<learn::KMeans> model;
  call(threads, memory_bytes, [&](const base::Context& context) -> base::Status {
    COTERIE_ASSIGN_OR_STATUS(model,
                             learn::KMeans::fit(view(points), weights_of(sample_weight), options, context));
    return {};
  });
  return fitted(std::move(*model));
}

Fitted fit_k_medians(const Points& points, const std::optional<Numbers>& sample_weight, size_t n_clusters,
                     const std::optional<Points>& init, size_t n_init, size_t max_iter, uint64_t random_state,
                     size_t threads, uint64_t memory_bytes) {
  learn::KMediansOptions options;
  options.n_clusters = n_clusters;
  if (init) options.init = copy(*init);
  options.n_init = n_init;
  options.max_iter = max_iter;
  options.random_state = random_state;
  std::optional<learn::KMedians> model;
  call(threads, memory_bytes, [&](const base::Context& context) -> base::Status {
    COTERIE_ASSIGN_OR_STATUS(model,
                             learn::KMedians::fit(view(points), weights_of(sample_weight), options, context));
    return {};
  });
  return fitted(std::move(*model));
}

using Vector = nb::ndarray<nb::numpy, double, nb::ndim<1>>;
using LabelsView = nb::ndarray<const uint32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

learn::MiniBatchOptions mini_batch_options(size_t n_clusters, const std::optional<Points>& init,
                                           size_t n_init, size_t batch_size, size_t init_size,
                                           uint64_t random_state) {
  learn::MiniBatchOptions options;
  options.n_clusters = n_clusters;
  if (init) options.init = copy(*init);
  options.n_init = n_init;
  options.batch_size = batch_size;
  options.init_size = init_size;
  options.random_state = random_state;
  return options;
}

std::tuple<Centers, Vector, int64_t> to_tuple(const learn::MiniBatchKMeans& model) {
  return {to_numpy(kernels::Matrix(model.cluster_centers())), to_numpy(std::vector<double>(model.counts())),
          static_cast<int64_t>(model.n_steps())};
}

std::tuple<Centers, Vector, int64_t> fit_mini_batch(const Points& points,
                                                    const std::optional<Numbers>& sample_weight,
                                                    size_t n_clusters, const std::optional<Points>& init,
                                                    size_t n_init, size_t max_iter, size_t batch_size,
                                                    size_t init_size, size_t max_no_improvement, double tol,
                                                    double reassignment_ratio, uint64_t random_state,
                                                    size_t threads, uint64_t memory_bytes) {
  auto options = mini_batch_options(n_clusters, init, n_init, batch_size, init_size, random_state);
  options.max_iter = max_iter;
  options.max_no_improvement = max_no_improvement;
  options.tol = tol;
  options.reassignment_ratio = reassignment_ratio;
  std::optional<learn::MiniBatchKMeans> model;
  call(threads, memory_bytes, [&](const base::Context& context) -> base::Status {
    COTERIE_ASSIGN_OR_STATUS(
        model, learn::MiniBatchKMeans::fit(view(points), weights_of(sample_weight), options, context));
    return {};
  });
  return to_tuple(*model);
}

// Starting centres for a stream.
Centers start_mini_batch(const Points& points, const std::optional<Numbers>& sample_weight, size_t n_clusters,
                         const std::optional<Points>& init, size_t n_init, size_t batch_size,
                         size_t init_size, uint64_t random_state, size_t threads, uint64_t memory_bytes) {
  const auto options = mini_batch_options(n_clusters, init, n_init, batch_size, init_size, random_state);
  std::optional<learn::MiniBatchKMeans> model;
  call(threads, memory_bytes, [&](const base::Context& context) -> base::Status {
    COTERIE_ASSIGN_OR_STATUS(
        model, learn::MiniBatchKMeans::start(view(points), weights_of(sample_weight), options, context));
    return {};
  });
  return to_numpy(kernels::Matrix(model->cluster_centers()));
}

void check_centers(const Points& points, const Points& centers);

std::tuple<Centers, Vector> step_mini_batch(const Points& batch, const std::optional<Numbers>& sample_weight,
                                            const Points& centers, const Numbers& counts,
                                            double reassignment_ratio, bool reassigns, uint64_t random_state,
                                            size_t threads) {
  check_centers(batch, centers);
  if (counts.size() != centers.shape(0) || (sample_weight && sample_weight->size() != batch.shape(0)))
    raise(base::failure(base::Code::kInvalidArgument, "counts or weights have the wrong size"));
  learn::MiniBatchKMeans model(copy(centers),
                               std::vector<double>(counts.data(), counts.data() + counts.size()));
  call(threads, uint64_t{1} << 62, [&](const base::Context& context) -> base::Status {
    base::Random random(random_state);
    model.step(view(batch), weights_of(sample_weight), reassignment_ratio, reassigns ? &random : nullptr,
               context);
    return {};
  });
  return {to_numpy(kernels::Matrix(model.cluster_centers())), to_numpy(std::vector<double>(model.counts()))};
}

std::span<const uint32_t> view_of(const LabelsView& labels) { return {labels.data(), labels.size()}; }

double value_of(const base::Result<double>& result) {
  if (!result) raise(result.error());
  return *result;
}

double silhouette_score(const Points& points, const LabelsView& labels, std::optional<size_t> sample_size,
                        uint64_t random_state, size_t threads, uint64_t memory_bytes) {
  double out = 0;
  call(threads, memory_bytes, [&](const base::Context& context) -> base::Status {
    COTERIE_ASSIGN_OR_STATUS(out, learn::silhouette_score(view(points), view_of(labels), {},
                                                          {sample_size, random_state}, context));
    return {};
  });
  return out;
}

double calinski_harabasz_score(const Points& points, const LabelsView& labels) {
  return value_of(learn::calinski_harabasz_score(view(points), view_of(labels)));
}

double davies_bouldin_score(const Points& points, const LabelsView& labels) {
  return value_of(learn::davies_bouldin_score(view(points), view_of(labels)));
}

double adjusted_rand_score(const LabelsView& labels_true, const LabelsView& labels_pred) {
  return value_of(learn::adjusted_rand_score(view_of(labels_true), view_of(labels_pred)));
}

std::tuple<double, Vector> stability(const Points& points, const LabelsView& labels, size_t n_resamples,
                                     size_t n_init, size_t sample_size, uint64_t random_state, size_t threads,
                                     uint64_t memory_bytes) {
  learn::Stability found;
  call(threads, memory_bytes, [&](const base::Context& context) -> base::Status {
    COTERIE_ASSIGN_OR_STATUS(
        found, learn::k_means_stability(view(points), {labels.data(), labels.size()},
                                        {n_resamples, n_init, sample_size, random_state}, context));
    return {};
  });
  return {found.adjusted_rand, to_numpy(std::move(found.jaccard))};
}

void check_centers(const Points& points, const Points& centers) {
  if (centers.shape(0) == 0 || centers.shape(1) != points.shape(1))
    raise(base::failure(base::Code::kInvalidArgument,
                        "centers has the shape {} × {}; it must be at least one row of {} columns",
                        centers.shape(0), centers.shape(1), points.shape(1)));
}

// How many different rows have a weight above 0.
size_t count_distinct_rows(const Points& points, const std::optional<Numbers>& sample_weight, size_t threads,
                           uint64_t memory_bytes) {
  size_t out = 0;
  call(threads, memory_bytes, [&](const base::Context& context) -> base::Status {
    COTERIE_ASSIGN_OR_STATUS(const auto rows,
                             learn::distinct_rows(view(points), weights_of(sample_weight), context));
    out = rows.positive;
    return {};
  });
  return out;
}

// Euclidean distances come squared, Manhattan distances as they are.
std::tuple<Labels, nb::ndarray<nb::numpy, double, nb::ndim<1>>> nearest_centers(const Points& points,
                                                                                const Points& centers,
                                                                                bool is_manhattan,
                                                                                size_t threads) {
  check_centers(points, centers);
  base::HugeVector<uint32_t> labels(points.shape(0));
  base::HugeVector<double> squared(points.shape(0));
  call(threads, uint64_t{1} << 62, [&](const base::Context& context) -> base::Status {
    if (is_manhattan)
      learn::assign_nearest_manhattan(view(points), view(centers), labels, squared, context);
    else
      learn::assign_nearest(view(points), view(centers), labels, squared, context);
    return {};
  });
  return {labels_to_numpy(std::move(labels)), to_numpy(std::move(squared))};
}

Centers distances(const Points& points, const Points& centers, bool is_manhattan, size_t threads) {
  check_centers(points, centers);
  kernels::Matrix out(points.shape(0), centers.shape(0));
  call(threads, uint64_t{1} << 62, [&](const base::Context& context) -> base::Status {
    if (is_manhattan)
      learn::manhattan_to_centers(view(points), view(centers), out, context);
    else
      learn::distances_to_centers(view(points), view(centers), out, context);
    return {};
  });
  return to_numpy(std::move(out));
}

Centers unit_rows(const Points& points, size_t threads) {
  kernels::Matrix out;
  call(threads, uint64_t{1} << 62, [&](const base::Context& context) -> base::Status {
    out = learn::unit_rows(view(points), *context.pool).rows;
    return {};
  });
  return to_numpy(std::move(out));
}

}  // namespace

void add_cluster(nb::module_& module) {
  using namespace nb::literals;
  module.def("unit_rows", &unit_rows, "points"_a, "threads"_a,
             "A copy with rows of length 1, but for those of zeros");
  module.def("fit_k_means", &fit_k_means, "points"_a, "sample_weight"_a.none(), "n_clusters"_a,
             "init"_a.none(), "is_parallel"_a, "is_cosine"_a, "n_init"_a, "max_iter"_a, "tol"_a,
             "random_state"_a, "threads"_a, "memory_bytes"_a,
             "(cluster_centers, labels, inertia, n_iter) of k-means");
  module.def("fit_k_medians", &fit_k_medians, "points"_a, "sample_weight"_a.none(), "n_clusters"_a,
             "init"_a.none(), "n_init"_a, "max_iter"_a, "random_state"_a, "threads"_a, "memory_bytes"_a,
             "(cluster_centers, labels, inertia, n_iter) of k-medians");
  module.def("fit_mini_batch", &fit_mini_batch, "points"_a, "sample_weight"_a.none(), "n_clusters"_a,
             "init"_a.none(), "n_init"_a, "max_iter"_a, "batch_size"_a, "init_size"_a, "max_no_improvement"_a,
             "tol"_a, "reassignment_ratio"_a, "random_state"_a, "threads"_a, "memory_bytes"_a,
             "(cluster_centers, counts, n_steps) of mini-batch k-means");
  module.def("start_mini_batch", &start_mini_batch, "points"_a, "sample_weight"_a.none(), "n_clusters"_a,
             "init"_a.none(), "n_init"_a, "batch_size"_a, "init_size"_a, "random_state"_a, "threads"_a,
             "memory_bytes"_a, "Starting centres for a stream");
  module.def("step_mini_batch", &step_mini_batch, "batch"_a, "sample_weight"_a.none(), "centers"_a,
             "counts"_a, "reassignment_ratio"_a, "reassigns"_a, "random_state"_a, "threads"_a,
             "(cluster_centers, counts) after a batch");
  module.def("silhouette_score", &silhouette_score, "points"_a, "labels"_a, "sample_size"_a.none(),
             "random_state"_a, "threads"_a, "memory_bytes"_a);
  module.def("calinski_harabasz_score", &calinski_harabasz_score, "points"_a, "labels"_a);
  module.def("davies_bouldin_score", &davies_bouldin_score, "points"_a, "labels"_a);
  module.def("adjusted_rand_score", &adjusted_rand_score, "labels_true"_a, "labels_pred"_a);
  module.def("stability", &stability, "points"_a, "labels"_a, "n_resamples"_a, "n_init"_a, "sample_size"_a,
             "random_state"_a, "threads"_a, "memory_bytes"_a,
             "(adjusted Rand index, Jaccard index of each cluster)");
  module.def("count_distinct_rows", &count_distinct_rows, "points"_a, "sample_weight"_a.none(), "threads"_a,
             "memory_bytes"_a, "How many different rows have a weight above 0");
  module.def("nearest_centers", &nearest_centers, "points"_a, "centers"_a, "is_manhattan"_a, "threads"_a,
             "(labels, distances) of the nearest centres; Euclidean distances are squared");
  module.def("distances", &distances, "points"_a, "centers"_a, "is_manhattan"_a, "threads"_a,
             "Distances, points × centres");
}

}  // namespace coterie::python

// coterie._core: what coterie.cluster computes with.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>

#include <tuple>

#include "call.h"
#include "learn/cluster/distinct_rows.h"
#include "learn/cluster/k_means.h"
#include "learn/cluster/k_medians.h"
#include "learn/cluster/lloyd.h"

namespace coterie::python {

namespace {

using Labels = nb::ndarray<nb::numpy, int32_t, nb::ndim<1>>;
using Centers = nb::ndarray<nb::numpy, double, nb::ndim<2>>;
using Fitted = std::tuple<Centers, Labels, double, int64_t>;

std::span<const double> weights_of(const std::optional<Numbers>& sample_weight) {
  return sample_weight ? view(*sample_weight) : std::span<const double>();
}

Labels labels_to_numpy(std::span<const uint32_t> labels) {
  return to_numpy(std::vector<int32_t>(labels.begin(), labels.end()));
}

Fitted fit_k_means(const Points& points, const std::optional<Numbers>& sample_weight, size_t n_clusters,
                   const std::optional<Points>& init, size_t n_init, size_t max_iter, double tol,
                   uint64_t random_state, size_t threads, uint64_t memory_bytes) {
  learn::KMeansOptions options;
  options.n_clusters = n_clusters;
  if (init) options.init = copy(*init);
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
  return {to_numpy(kernels::Matrix(model->cluster_centers())), labels_to_numpy(model->labels()),
          model->inertia(), static_cast<int64_t>(model->n_iter())};
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
  return {to_numpy(kernels::Matrix(model->cluster_centers())), labels_to_numpy(model->labels()),
          model->inertia(), static_cast<int64_t>(model->n_iter())};
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
  std::vector<uint32_t> labels(points.shape(0));
  std::vector<double> squared(points.shape(0));
  call(threads, uint64_t{1} << 62, [&](const base::Context& context) -> base::Status {
    if (is_manhattan)
      learn::assign_nearest_manhattan(view(points), view(centers), labels, squared, context);
    else
      learn::assign_nearest(view(points), view(centers), labels, squared, context);
    return {};
  });
  return {labels_to_numpy(labels), to_numpy(std::move(squared))};
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

}  // namespace

void add_cluster(nb::module_& module) {
  using namespace nb::literals;
  module.def("fit_k_means", &fit_k_means, "points"_a, "sample_weight"_a.none(), "n_clusters"_a,
             "init"_a.none(), "n_init"_a, "max_iter"_a, "tol"_a, "random_state"_a, "threads"_a,
             "memory_bytes"_a, "(cluster_centers, labels, inertia, n_iter) of k-means");
  module.def("fit_k_medians", &fit_k_medians, "points"_a, "sample_weight"_a.none(), "n_clusters"_a,
             "init"_a.none(), "n_init"_a, "max_iter"_a, "random_state"_a, "threads"_a, "memory_bytes"_a,
             "(cluster_centers, labels, inertia, n_iter) of k-medians");
  module.def("count_distinct_rows", &count_distinct_rows, "points"_a, "sample_weight"_a.none(), "threads"_a,
             "memory_bytes"_a, "How many different rows have a weight above 0");
  module.def("nearest_centers", &nearest_centers, "points"_a, "centers"_a, "is_manhattan"_a, "threads"_a,
             "(labels, distances) of the nearest centres; Euclidean distances are squared");
  module.def("distances", &distances, "points"_a, "centers"_a, "is_manhattan"_a, "threads"_a,
             "Distances, points × centres");
}

}  // namespace coterie::python

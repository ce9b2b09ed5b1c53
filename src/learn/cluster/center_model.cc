#include "learn/cluster/center_model.h"

#include <algorithm>
#include <cmath>

#include "learn/validate.h"

namespace coterie::learn {

using base::Code;
using base::error;
using base::failure;

namespace {

// A k × d tensor of finite numbers.
base::Result<kernels::Matrix> read_centers(std::string_view algorithm, const ModelState& state,
                                           std::string_view name) {
  COTERIE_ASSIGN(const Tensor* tensor, state.tensor(name));
  if (tensor->shape.size() != 2) return damaged_model(algorithm, name);
  kernels::Matrix centers;
  centers.rows = tensor->shape[0];
  centers.cols = tensor->shape[1];
  centers.values = tensor->values;
  if (!check_points(centers, name).ok()) return damaged_model(algorithm, name);
  return centers;
}

// A single number of at least 0.
base::Result<double> read_number(std::string_view algorithm, const ModelState& state, std::string_view name) {
  COTERIE_ASSIGN(const Tensor* tensor, state.tensor(name));
  if (tensor->shape != std::vector<size_t>{1} || tensor->values.size() != 1)
    return damaged_model(algorithm, name);
  const double value = tensor->values[0];
  if (!(value >= 0) || std::isinf(value)) return damaged_model(algorithm, name);
  return value;
}

Tensor to_tensor(std::string name, const kernels::Matrix& matrix) {
  return {std::move(name), {matrix.rows, matrix.cols}, matrix.values};
}

}  // namespace

base::Status check_center_options(size_t n_clusters, const std::optional<kernels::Matrix>& init,
                                  size_t n_init, size_t max_iter, size_t cols) {
  if (n_clusters < 1) return failure(Code::kInvalidArgument, "n_clusters is 0; it must be at least 1");
  if (n_init < 1) return failure(Code::kInvalidArgument, "n_init is 0; it must be at least 1");
  if (max_iter < 1) return failure(Code::kInvalidArgument, "max_iter is 0; it must be at least 1");
  if (!init) return {};
  COTERIE_RETURN_IF_ERROR(check_points(*init, "init"));
  if (init->rows == n_clusters && init->cols == cols) return {};
  return failure(Code::kInvalidArgument, "init has the wrong shape: {} × {} for {} clusters of {} columns",
                 init->rows, init->cols, n_clusters, cols);
}

ModelState to_state(std::string_view algorithm, const CenterModel& model) {
  ModelState state;
  state.algorithm = algorithm;
  state.options = model.options;
  state.tensors = {to_tensor("cluster_centers", model.cluster_centers),
                   {"inertia", {1}, {model.inertia}},
                   {"n_iter", {1}, {static_cast<double>(model.n_iter)}}};
  if (model.init) state.tensors.push_back(to_tensor("init", *model.init));
  return state;
}

base::Result<CenterModel> center_model(std::string_view algorithm, const ModelState& state) {
  if (state.algorithm != algorithm) return damaged_model(algorithm, "it holds another method");
  CenterModel model;
  model.options = state.options;
  COTERIE_ASSIGN(model.cluster_centers, read_centers(algorithm, state, "cluster_centers"));
  COTERIE_ASSIGN(model.inertia, read_number(algorithm, state, "inertia"));
  COTERIE_ASSIGN(const double n_iter, read_number(algorithm, state, "n_iter"));
  model.n_iter = static_cast<size_t>(std::min(n_iter, 1e15));
  if (model.options.is_object() && model.options.contains("init") && model.options["init"] == "given") {
    COTERIE_ASSIGN(model.init, read_centers(algorithm, state, "init"));
  }
  return model;
}

}  // namespace coterie::learn

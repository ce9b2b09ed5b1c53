// What estimators that keep centres share: the options that all of them have, and their state.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/status.h"
#include "kernels/matrix.h"
#include "learn/model.h"

namespace coterie::learn {

/// Ranges, and the shape of given centres. Errors: kInvalidArgument.
base::Status check_center_options(size_t n_clusters, const std::optional<kernels::Matrix>& init,
                                  size_t n_init, size_t max_iter, size_t cols);

struct CenterModel {
  nlohmann::json options;
  std::optional<kernels::Matrix> init;  ///< where options["init"] is "given"
  kernels::Matrix cluster_centers;
  double inertia = 0;
  size_t n_iter = 0;
};

ModelState to_state(std::string_view algorithm, const CenterModel& model);

/// Errors: kDataLoss (another algorithm; a tensor that is not there, of the wrong shape or not finite).
base::Result<CenterModel> center_model(std::string_view algorithm, const ModelState& state);

/// Errors: kDataLoss.
template <class T>
base::Result<T> read_option(std::string_view algorithm, const nlohmann::json& options, const char* name) {
  const auto found = options.find(name);
  if (found == options.end() || !found->is_number())
    return damaged_model(algorithm, "its options are not its own");
  return found->get<T>();
}

}  // namespace coterie::learn

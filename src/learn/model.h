// What every estimator of learn promises (DESIGN §7).
//
//   struct XOptions { ...; uint64_t random_state = 0; };              scikit-learn's names and defaults where it has them
//   class X {                                                         an immutable model: const members are thread safe
//    public:
//     static Result<X> fit(data..., const XOptions&, const Context&);
//     predict / transform / score (const)
//     ModelState state() const;                                       everything needed to score again
//     static Result<X> from_state(const ModelState&);                 kDataLoss when shapes or names do not fit
//   };
//
// fit validates everything (shapes, ranges, finite values) and answers kInvalidArgument in words; it asks the
// context whether to stop between rounds (kCancelled) and reserves its memory from the budget (kResourceExhausted).
// The same seed and input give the same bits for any number of threads.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "kernels/matrix.h"

namespace coterie::learn {

/// A named array of f64, row-major.
struct Tensor {
  std::string name;
  std::vector<size_t> shape;
  std::vector<double> values;  ///< product of shape
};

/// A model taken apart: all that its file holds. Nothing executable.
struct ModelState {
  std::string algorithm;                                  ///< "k_means", "logistic_regression", "item_knn"
  nlohmann::json options;                                 ///< the options it was fitted with, by name
  std::map<std::string, std::vector<std::string>> names;  ///< feature names, item ids, ... in tensor order
  std::vector<Tensor> tensors;

  /// Errors: kDataLoss, naming the tensor and the algorithm.
  base::Result<const Tensor*> tensor(std::string_view name) const;
};

/// What from_state answers to a state that no fit has left. kDataLoss, naming the algorithm and `what`.
tl::unexpected<base::Status> damaged_model(std::string_view algorithm, std::string_view what);

/// Writes `state` to `path` as a safetensors file (an 8-byte length, a JSON header with __metadata__, raw
/// little-endian F64), durably, and returns its checksum. Errors as base/file.h.
base::Result<uint64_t> save_state(const ModelState& state, const std::filesystem::path& path);

/// Reads it back and compares the checksum. Errors: kDataLoss (checksum, header, shapes), kNotFound.
base::Result<ModelState> load_state(const std::filesystem::path& path, uint64_t checksum);

}  // namespace coterie::learn

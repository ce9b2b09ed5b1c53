#include "call.h"

#include <chrono>
#include <future>
#include <optional>
#include <string>

namespace coterie::python {

namespace {

constexpr auto kBetweenSignals = std::chrono::milliseconds(20);

}  // namespace

kernels::MatrixView view(const Points& points) {
  return {{points.data(), points.size()}, points.shape(0), points.shape(1)};
}
std::span<const double> view(const Numbers& numbers) { return {numbers.data(), numbers.size()}; }

kernels::Matrix copy(const Points& points) {
  kernels::Matrix out(points.shape(0), points.shape(1));
  std::copy(points.data(), points.data() + points.size(), out.values.begin());
  return out;
}

void raise(const base::Status& status) {
  const std::string name(base::info(status.code()).python_exception);
  const nb::object type = nb::module_::import_("builtins").attr(name.c_str());
  PyErr_SetString(type.ptr(), status.message().c_str());
  throw nb::python_error();
}

void call(size_t threads, uint64_t memory_bytes,
          const std::function<base::Status(const base::Context&)>& work) {
  base::OwnedContext owned(threads, memory_bytes);
  std::optional<nb::python_error> interrupted;
  base::Status status;
  {
    const nb::gil_scoped_release released;
    auto done = std::async(std::launch::async, [&] { return work(owned.get()); });
    while (done.wait_for(kBetweenSignals) != std::future_status::ready) {
      const nb::gil_scoped_acquire acquired;
      if (interrupted || PyErr_CheckSignals() == 0) continue;
      interrupted.emplace();
      owned.cancel.cancel();
    }
    status = done.get();
  }
  if (interrupted) throw std::move(*interrupted);
  if (!status.ok()) raise(status);
}

nb::ndarray<nb::numpy, double, nb::ndim<2>> to_numpy(kernels::Matrix matrix) {
  auto* owned = new kernels::Matrix(std::move(matrix));
  const nb::capsule owner(owned, [](void* p) noexcept { delete static_cast<kernels::Matrix*>(p); });
  return nb::ndarray<nb::numpy, double, nb::ndim<2>>(owned->values.data(), {owned->rows, owned->cols}, owner);
}

}  // namespace coterie::python

// How Python reaches C++: a context, without the interpreter's lock, with Ctrl-C, errors as Python's exceptions.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <functional>

#include "base/context.h"
#include "base/status.h"
#include "kernels/matrix.h"

namespace coterie::python {

namespace nb = nanobind;

/// n × d numbers, row after row, not copied.
using Points = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Numbers = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

kernels::MatrixView view(const Points& points);
std::span<const double> view(const Numbers& numbers);
kernels::Matrix copy(const Points& points);

/// Throws the exception that the error table has for the status's code, with its message.
[[noreturn]] void raise(const base::Status& status);

/// Runs `work` on a thread of its own with `threads` threads and at most `memory_bytes`, without the interpreter's lock, and
/// looks for signals meanwhile: Ctrl-C cancels the work and raises KeyboardInterrupt.
void call(size_t threads, uint64_t memory_bytes,
          const std::function<base::Status(const base::Context&)>& work);

/// An array that owns its numbers.
nb::ndarray<nb::numpy, double, nb::ndim<2>> to_numpy(kernels::Matrix matrix);
template <class T, class Allocator>
nb::ndarray<nb::numpy, T, nb::ndim<1>> to_numpy(std::vector<T, Allocator> values) {
  auto* owned = new std::vector<T, Allocator>(std::move(values));
  const nb::capsule owner(owned, [](void* p) noexcept { delete static_cast<std::vector<T, Allocator>*>(p); });
  return nb::ndarray<nb::numpy, T, nb::ndim<1>>(owned->data(), {owned->size()}, owner);
}

}  // namespace coterie::python

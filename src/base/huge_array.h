// A large array that is written soon: on huge pages where the system has them, so that it does not fault page by page.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace coterie::base {

/// n values of T, aligned to 64 bytes at least, not initialised. Movable.
template <class T>
class HugeArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  HugeArray() = default;
  explicit HugeArray(size_t n) {
    constexpr size_t kSmall = 64, kHuge = size_t{2} << 20;
    const size_t wanted = n * sizeof(T), alignment = wanted < 2 * kHuge ? kSmall : kHuge;
    const size_t bytes = (wanted + alignment - 1) / alignment * alignment;
    values_.reset(static_cast<T*>(std::aligned_alloc(alignment, bytes == 0 ? alignment : bytes)));
    if (values_ == nullptr) throw std::bad_alloc();
    if (alignment == kHuge)
      ::madvise(values_.get(), bytes, MADV_HUGEPAGE);  // a wish; without it pages are small
  }

  T* data() { return values_.get(); }
  const T* data() const { return values_.get(); }
  T& operator[](size_t i) { return values_[i]; }
  const T& operator[](size_t i) const { return values_[i]; }

 private:
  struct Free {
    void operator()(T* values) const { std::free(values); }
  };
  std::unique_ptr<T[], Free> values_;
};

}  // namespace coterie::base

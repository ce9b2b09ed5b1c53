// A large array that is written soon: on huge pages where the system has them, so that it does not fault page by page.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace coterie::base {

/// Aligned to 64 bytes at least; on huge pages where it is large. Throws std::bad_alloc.
inline void* allocate_huge(size_t wanted) {
  constexpr size_t kSmall = 64, kHuge = size_t{2} << 20;
  const size_t alignment = wanted < 2 * kHuge ? kSmall : kHuge;
  const size_t bytes = wanted == 0 ? alignment : (wanted + alignment - 1) / alignment * alignment;
  void* const out = std::aligned_alloc(alignment, bytes);
  if (out == nullptr) throw std::bad_alloc();
  if (alignment == kHuge) ::madvise(out, bytes, MADV_HUGEPAGE);  // a wish; without it pages are small
  return out;
}

/// n values of T, not initialised. Movable.
template <class T>
class HugeArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  HugeArray() = default;
  explicit HugeArray(size_t n) : values_(static_cast<T*>(allocate_huge(n * sizeof(T)))) {}

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

/// For std::vector: the same memory, and resize() leaves new values uninitialised.
template <class T>
struct HugeAllocator {
  using value_type = T;
  HugeAllocator() = default;
  template <class U>
  HugeAllocator(const HugeAllocator<U>&) {}  // NOLINT(google-explicit-constructor): what containers ask for

  T* allocate(size_t n) { return static_cast<T*>(allocate_huge(n * sizeof(T))); }
  void deallocate(T* values, size_t) { std::free(values); }
  template <class U>
  void construct(U* at) {
    ::new (static_cast<void*>(at)) U;
  }
  template <class U, class... Args>
  void construct(U* at, Args&&... args) {
    ::new (static_cast<void*>(at)) U(std::forward<Args>(args)...);
  }
  friend bool operator==(const HugeAllocator&, const HugeAllocator&) { return true; }
};

template <class T>
using HugeVector = std::vector<T, HugeAllocator<T>>;

}  // namespace coterie::base

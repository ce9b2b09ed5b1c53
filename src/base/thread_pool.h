// A fixed set of threads that works through fixed chunks.
//
// for_chunks cuts [0, n) into chunks whose borders depend on n and chunk_size alone, never on the number of
// threads. A function that writes per-chunk results, reduced afterwards in chunk order, therefore gives the
// same bits for any number of threads (DESIGN §7). Calls may not nest: an inner call runs on the calling
// thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace coterie::base {

class ThreadPool {
 public:
  /// `threads` ≥ 1; 1 runs everything on the caller.
  explicit ThreadPool(size_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  size_t threads() const { return threads_; }

  /// Calls fn(chunk, begin, end) for every chunk of [0, n) and returns when all are done. `fn` must not
  /// throw.
  void for_chunks(size_t n, size_t chunk_size,
                  const std::function<void(size_t chunk, size_t begin, size_t end)>& fn);

  static size_t chunk_count(size_t n, size_t chunk_size) { return (n + chunk_size - 1) / chunk_size; }

  /// Maps every chunk to a T, then folds them in chunk order: fold(accumulated, chunk result).
  template <class T, class Map, class Fold>
  T reduce_chunks(size_t n, size_t chunk_size, T start, Map map, Fold fold) {
    std::vector<T> parts(chunk_count(n, chunk_size));
    for_chunks(n, chunk_size,
               [&](size_t chunk, size_t begin, size_t end) { parts[chunk] = map(begin, end); });
    for (T& part : parts) fold(start, part);
    return start;
  }

 private:
  struct Shared;
  size_t threads_;
  std::unique_ptr<Shared> shared_;
};

}  // namespace coterie::base

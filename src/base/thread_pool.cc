#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace coterie::base {

namespace {

thread_local bool inside_chunk = false;

struct Job {
  const std::function<void(size_t, size_t, size_t)>* fn = nullptr;
  size_t n = 0;
  size_t chunk_size = 1;
  size_t chunks = 0;
  std::atomic<size_t> next{0};

  void work() {
    inside_chunk = true;
    for (size_t chunk = next.fetch_add(1); chunk < chunks; chunk = next.fetch_add(1)) {
      const size_t begin = chunk * chunk_size;
      (*fn)(chunk, begin, std::min(n, begin + chunk_size));
    }
    inside_chunk = false;
  }
};

}  // namespace

struct ThreadPool::Shared {
  std::mutex call;  // one for_chunks at a time
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable idle;
  Job* job = nullptr;
  size_t generation = 0;
  size_t working = 0;
  bool stop = false;
  std::vector<std::thread> threads;

  void run() {
    size_t seen = 0;
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, [&] { return stop || generation != seen; });
      if (stop) return;
      seen = generation;
      Job* mine = job;
      lock.unlock();
      mine->work();
      lock.lock();
      if (--working == 0) idle.notify_one();
    }
  }
};

ThreadPool::ThreadPool(size_t threads) : threads_(std::max<size_t>(threads, 1)), shared_(new Shared) {
  for (size_t i = 1; i < threads_; ++i) shared_->threads.emplace_back([this] { shared_->run(); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(shared_->mutex);
    shared_->stop = true;
  }
  shared_->wake.notify_all();
  for (std::thread& thread : shared_->threads) thread.join();
}

void ThreadPool::for_chunks(size_t n, size_t chunk_size,
                            const std::function<void(size_t, size_t, size_t)>& fn) {
  Job job;
  job.fn = &fn;
  job.n = n;
  job.chunk_size = std::max<size_t>(chunk_size, 1);
  job.chunks = chunk_count(n, job.chunk_size);
  if (inside_chunk || threads_ == 1 || job.chunks <= 1) {
    const bool outer = inside_chunk;
    job.work();
    inside_chunk = outer;
    return;
  }
  std::lock_guard one_call(shared_->call);
  {
    std::lock_guard lock(shared_->mutex);
    shared_->job = &job;
    shared_->working = shared_->threads.size();
    ++shared_->generation;
  }
  shared_->wake.notify_all();
  job.work();
  std::unique_lock lock(shared_->mutex);
  shared_->idle.wait(lock, [&] { return shared_->working == 0; });
}

}  // namespace coterie::base

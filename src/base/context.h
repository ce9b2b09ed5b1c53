// What a long computation is handed: threads, memory, time, a way to stop it and a way to tell how far it is.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory_budget.h"
#include "base/thread_pool.h"

namespace coterie::base {

/// Set from any thread or a signal handler; asked between rounds of work.
class CancelToken {
 public:
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

/// Receives how far a job is: which steps it has, which one runs and how much of it is done. Calls come from
/// one thread at a time. What is shown, and where, is the implementation's (serve/cli/progress_lines.h).
class Progress {
 public:
  virtual ~Progress() = default;

  /// The job will go through so many steps from here on. Not saying is fine for a job of one step.
  void plan(size_t steps) { on_plan(steps); }

  /// A step begins, for example "import online.csv". `total` is 0 when unknown.
  void begin(std::string_view step, uint64_t total, std::string_view unit) {
    done_ = 0;
    on_begin(step, total, unit);
  }
  /// So much of the step is done, or so much more.
  void advance(uint64_t done) {
    done_ = done;
    on_advance(done);
  }
  void add(uint64_t more) { advance(done_ + more); }

  /// The step is over; the summary says what came of it.
  void end(std::string_view summary) { on_end(summary); }

 private:
  virtual void on_plan(size_t /*steps*/) {}
  virtual void on_begin(std::string_view /*step*/, uint64_t /*total*/, std::string_view /*unit*/) {}
  virtual void on_advance(uint64_t /*done*/) {}
  virtual void on_end(std::string_view /*summary*/) {}

  uint64_t done_ = 0;
};

/// Not owned; everything outlives the call that gets the context. Copy freely.
struct Context {
  ThreadPool* pool;
  MemoryBudget* budget;
  const Clock* clock;
  Logger* log;
  Progress* progress;
  const CancelToken* cancel;

  /// kCancelled when somebody asked to stop.
  Status check_cancelled() const {
    if (cancel->cancelled()) return failure(Code::kCancelled, "stopped; what was committed before is kept");
    return {};
  }
};

/// Owns everything a Context points to, with defaults for tests and small tools.
struct OwnedContext {
  explicit OwnedContext(size_t threads = 1, uint64_t memory_bytes = uint64_t{4} << 30)
      : pool(threads), budget(memory_bytes) {}
  ThreadPool pool;
  MemoryBudget budget;
  SystemClock clock;
  Logger log;
  Progress progress;
  CancelToken cancel;
  Context get() { return {&pool, &budget, &clock, &log, &progress, &cancel}; }
};

}  // namespace coterie::base

// Runs pieces of work one after the other on a thread of its own, a bounded number ahead of the caller.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "base/status.h"

namespace coterie::store {

/// submit() and wait() are for one thread. After a piece failed the rest is skipped.
class InOrder {
 public:
  using Work = std::function<base::Status()>;

  /// At most `ahead` pieces wait; 0 runs each inside submit().
  explicit InOrder(size_t ahead);
  ~InOrder();
  InOrder(const InOrder&) = delete;
  InOrder& operator=(const InOrder&) = delete;

  /// Waits for room. Returns the error of an earlier piece.
  base::Status submit(Work work);

  /// Waits until everything is done.
  base::Status wait();

 private:
  void run();

  size_t ahead_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;  // guarded, as the next three
  base::Status status_;
  bool busy_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace coterie::store

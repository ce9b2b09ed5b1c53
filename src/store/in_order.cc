#include "store/in_order.h"

#include <utility>

namespace coterie::store {

InOrder::InOrder(size_t ahead) : ahead_(ahead) {
  if (ahead_ > 0) thread_ = std::thread([this] { run(); });
}

InOrder::~InOrder() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  thread_.join();
}

base::Status InOrder::submit(Work work) {
  if (ahead_ == 0) {
    if (status_.ok()) status_ = work();
    return status_;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.size() < ahead_ || !status_.ok(); });
  if (!status_.ok()) return status_;
  waiting_.push_back(std::move(work));
  changed_.notify_all();
  return {};
}

base::Status InOrder::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !busy_ && waiting_.empty(); });
  return status_;
}

void InOrder::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    const Work work = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    const bool skip = !status_.ok();
    lock.unlock();
    base::Status done = skip ? base::Status() : work();
    lock.lock();
    busy_ = false;
    if (!done.ok()) status_ = std::move(done);
    changed_.notify_all();
  }
}

}  // namespace coterie::store

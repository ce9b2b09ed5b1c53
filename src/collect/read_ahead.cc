#include "collect/read_ahead.h"

#include <algorithm>
#include <cstring>

namespace coterie::collect {

ReadAhead::ReadAhead(Producer produce, size_t block_bytes)
    : produce_(std::move(produce)), block_bytes_(block_bytes), thread_([this] { run(); }) {}

ReadAhead::~ReadAhead() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ReadAhead::run() {
  for (bool more = true; more;) {
    std::vector<char> block(block_bytes_);
    base::Result<size_t> got = produce_(block);
    more = got.has_value() && *got > 0;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stop_ || ready_.size() < kMaxBlocks; });
    if (stop_) return;
    if (!got) status_ = got.error();
    if (more) {
      block.resize(*got);
      ready_.push_back(std::move(block));
    }
    finished_ = !more;
    changed_.notify_all();
  }
}

// False when there is no further block.
bool ReadAhead::take_block() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return finished_ || !ready_.empty(); });
  if (ready_.empty()) return false;
  block_ = std::move(ready_.front());
  ready_.pop_front();
  used_ = 0;
  changed_.notify_all();
  return true;
}

base::Result<size_t> ReadAhead::read(std::span<char> buffer) {
  if (used_ == block_.size() && !take_block()) {
    if (!status_.ok()) return tl::unexpected(status_);
    return 0;
  }
  const size_t size = std::min(buffer.size(), block_.size() - used_);
  std::memcpy(buffer.data(), block_.data() + used_, size);
  used_ += size;
  return size;
}

}  // namespace coterie::collect

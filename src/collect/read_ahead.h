// Runs a producer of blocks ahead of its reader, on one thread, a bounded number of blocks.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/status.h"

namespace coterie::collect {

/// read() is for one thread. Destroying it stops the producer after the block it is at.
class ReadAhead {
 public:
  /// Fills a block from its start, all of it unless the end comes before; 0 at the end.
  using Producer = std::function<base::Result<size_t>(std::span<char> block)>;

  ReadAhead(Producer produce, size_t block_bytes);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// Up to buffer.size() bytes in order, 0 at the end; the producer's error after what came before it.
  base::Result<size_t> read(std::span<char> buffer);

 private:
  static constexpr size_t kMaxBlocks = 4;

  void run();
  bool take_block();

  Producer produce_;
  size_t block_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<char>> ready_;  // guarded, as the next three
  base::Status status_;
  bool finished_ = false;
  bool stop_ = false;
  std::vector<char> block_;  // being read
  size_t used_ = 0;
  std::thread thread_;
};

}  // namespace coterie::collect

// The memory that a command may use; every large allocation is reserved from it first.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/status.h"

namespace coterie::base {

/// Thread safe. Counts what was announced, not what the allocator does.
class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t limit_bytes) : limit_(limit_bytes) {}

  uint64_t limit_bytes() const { return limit_; }
  uint64_t used_bytes() const { return used_.load(std::memory_order_relaxed); }

  /// Gives the bytes back when it goes out of scope. Movable.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept : budget_(other.budget_), bytes_(other.bytes_) {
      other.budget_ = nullptr;
    }
    Reservation& operator=(Reservation&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Reservation() {
      if (budget_ != nullptr) budget_->used_.fetch_sub(bytes_, std::memory_order_relaxed);
    }

   private:
    friend class MemoryBudget;
    Reservation(MemoryBudget* budget, uint64_t bytes) : budget_(budget), bytes_(bytes) {}
    MemoryBudget* budget_ = nullptr;
    uint64_t bytes_ = 0;
  };

  /// Errors: kResourceExhausted, naming `what` and both numbers.
  Result<Reservation> reserve(uint64_t bytes, std::string_view what);

 private:
  uint64_t limit_;
  std::atomic<uint64_t> used_{0};
};

/// Reads "4GB", "512MB", "1.5GiB" (decimal and binary units alike mean powers of 1024), or a count of bytes.
Result<uint64_t> parse_memory_size(std::string_view text);

}  // namespace coterie::base

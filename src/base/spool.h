// Bytes that must be complete before the first of them goes on: kept in memory, and in a file what does not fit.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/aside_file.h"
#include "base/status.h"

namespace coterie::base {

/// Not thread safe. The destructor removes the file.
class Spool final : public ByteSink {
 public:
  /// `overflow` is made only when more than `memory_bytes` come.
  explicit Spool(std::filesystem::path overflow, size_t memory_bytes = size_t{4} << 20);
  ~Spool() override;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// Errors: kResourceExhausted (disk), kUnavailable.
  Status write(std::string_view bytes) override;

  /// Hands everything on, in order. Once. Errors: those of `sink`, and of reading.
  Status copy_to(ByteSink& sink);

 private:
  Status failure(const char* what) const;

  std::filesystem::path overflow_;
  size_t memory_bytes_;
  std::string memory_;
  std::FILE* file_ = nullptr;
};

}  // namespace coterie::base

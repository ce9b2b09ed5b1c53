// A lock between processes: flock on a file, released when the holder goes away, however it goes.
#pragma once

#include <filesystem>
#include <utility>

#include "base/status.h"

namespace coterie::store {

class LockFile {
 public:
  LockFile() = default;
  LockFile(LockFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  LockFile& operator=(LockFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~LockFile();

  /// Makes the file when needed and waits for the lock.
  static base::Result<LockFile> acquire(const std::filesystem::path& path);

  /// kUnavailable at once when somebody else holds it; kNotFound when there is no such file.
  static base::Result<LockFile> try_acquire(const std::filesystem::path& path);

 private:
  explicit LockFile(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace coterie::store

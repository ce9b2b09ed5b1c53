// A lock between processes: flock on a file, released when the holder goes away, however it goes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace coterie::store {

/// A name for a file that is made to be locked, "<process>-<number>": of its own for every call in every process that
/// runs. One that is taken all the same is a leftover: call again, up to kNameTries times.
std::string next_lock_name();
inline constexpr int kNameTries = 1000;

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

  /// Makes the file when needed; kUnavailable at once when somebody else holds the lock.
  static base::Result<LockFile> acquire_at_once(const std::filesystem::path& path);

  /// A file that did not exist before, locked, in the caller's name alone. kAlreadyExists when there is one;
  /// kUnavailable when somebody took it for a leftover and removed it before the lock was there: try again.
  static base::Result<LockFile> create(const std::filesystem::path& path);

  /// Replaces the content of a held file, at most 4 KiB; `path` is for the message alone.
  /// Errors: kResourceExhausted (disk full), kUnavailable.
  base::Status write(std::string_view text, const std::filesystem::path& path) const;

  bool is_held() const { return fd_ >= 0; }

 private:
  explicit LockFile(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace coterie::store

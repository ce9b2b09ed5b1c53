#include "store/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "base/file.h"

namespace coterie::store {

namespace {

// Readers, too, lock files.
base::Status open_error(std::string_view what, const std::filesystem::path& path, int error_number) {
  base::Status status = base::system_error(what, path, error_number);
  if (status.code() != base::Code::kPermissionDenied) return status;
  return {status.code(),
          status.message() + "; Coterie must be able to write in the shop's folder, even to read it"};
}

}  // namespace

// Many threads and processes may ask at the same moment.
std::string next_lock_name() {
  static std::atomic<uint64_t> next_number{0};
  return fmt::format("{}-{}", ::getpid(), next_number.fetch_add(1));
}

LockFile::~LockFile() {
  if (fd_ >= 0) ::close(fd_);
}

base::Result<LockFile> LockFile::acquire(const std::filesystem::path& path) {
  LockFile lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.fd_ < 0) return tl::unexpected(open_error("cannot open", path, errno));
  while (::flock(lock.fd_, LOCK_EX) != 0)
    if (errno != EINTR) return tl::unexpected(base::system_error("cannot lock", path, errno));
  return lock;
}

base::Result<LockFile> LockFile::try_acquire(const std::filesystem::path& path) {
  LockFile lock(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (lock.fd_ < 0) return tl::unexpected(open_error("cannot open", path, errno));
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0)
    return base::error(base::Code::kUnavailable, "{} is in use by another process", path.string());
  return lock;
}

base::Result<LockFile> LockFile::acquire_at_once(const std::filesystem::path& path) {
  LockFile lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.fd_ < 0) return tl::unexpected(open_error("cannot open", path, errno));
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0)
    return base::error(base::Code::kUnavailable, "{} is in use by another process", path.string());
  return lock;
}

base::Result<LockFile> LockFile::create(const std::filesystem::path& path) {
  LockFile lock(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (lock.fd_ < 0) {
    if (errno == EEXIST) return base::error(base::Code::kAlreadyExists, "{} exists", path.string());
    return tl::unexpected(open_error("cannot create", path, errno));
  }
  while (::flock(lock.fd_, LOCK_EX) != 0)
    if (errno != EINTR) return tl::unexpected(base::system_error("cannot lock", path, errno));
  struct stat info {};
  if (::fstat(lock.fd_, &info) != 0 || info.st_nlink == 0)
    return base::error(base::Code::kUnavailable, "{} was removed", path.string());
  return lock;
}

base::Status LockFile::write(std::string_view text, const std::filesystem::path& path) const {
  errno = 0;
  const ssize_t written = ::pwrite(fd_, text.data(), text.size(), 0);
  if (written == static_cast<ssize_t>(text.size()) && ::ftruncate(fd_, written) == 0) return {};
  // A part is written only where there is no room for the rest.
  return base::system_error("cannot write", path, errno == 0 ? ENOSPC : errno);
}

}  // namespace coterie::store

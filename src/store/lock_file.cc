#include "store/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"

namespace coterie::store {

LockFile::~LockFile() {
  if (fd_ >= 0) ::close(fd_);
}

base::Result<LockFile> LockFile::acquire(const std::filesystem::path& path) {
  LockFile lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.fd_ < 0) return tl::unexpected(base::system_error("cannot open", path, errno));
  while (::flock(lock.fd_, LOCK_EX) != 0)
    if (errno != EINTR) return tl::unexpected(base::system_error("cannot lock", path, errno));
  return lock;
}

base::Result<LockFile> LockFile::try_acquire(const std::filesystem::path& path) {
  LockFile lock(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (lock.fd_ < 0) return tl::unexpected(base::system_error("cannot open", path, errno));
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0)
    return base::error(base::Code::kUnavailable, "{} is in use by another process", path.string());
  return lock;
}

}  // namespace coterie::store

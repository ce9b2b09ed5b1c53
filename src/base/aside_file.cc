#include "base/aside_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/file.h"

namespace coterie::base {

namespace fs = std::filesystem;

namespace {

constexpr size_t kBufferBytes = 1 << 20;

Status already_there(const fs::path& path) {
  return failure(Code::kAlreadyExists, "{} exists already; name another file, or give --force",
                 path.string());
}

}  // namespace

AsideFile::AsideFile(fs::path path, Existing existing) : path_(std::move(path)), existing_(existing) {
  aside_ = path_;
  aside_ += fmt::format(".{}.part", ::getpid());
}

AsideFile::AsideFile(AsideFile&& other) noexcept
    : path_(std::move(other.path_)),
      aside_(std::exchange(other.aside_, fs::path())),
      existing_(other.existing_),
      fd_(std::exchange(other.fd_, -1)),
      buffer_(std::move(other.buffer_)),
      bytes_(other.bytes_) {}

AsideFile::~AsideFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!aside_.empty()) ::unlink(aside_.c_str());
}

Result<AsideFile> AsideFile::create(const fs::path& path, Existing existing) {
  std::error_code code;
  const auto status = fs::status(path, code);
  if (fs::is_directory(status))
    return error(Code::kInvalidArgument, "{} is a folder; name a file", path.string());
  if (fs::exists(status) && existing == Existing::kKeep) return tl::unexpected(already_there(path));
  AsideFile file(path, existing);
  COTERIE_CHECK_OK(file.open());
  return file;
}

Status AsideFile::open() {
  fd_ = ::open(aside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ >= 0) return {};
  const int error_number = errno;
  aside_.clear();
  return system_error("cannot create", path_, error_number);
}

Status AsideFile::write(std::string_view bytes) {
  bytes_ += bytes.size();
  buffer_ += bytes;
  return buffer_.size() < kBufferBytes ? Status() : flush();
}

Status AsideFile::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot write", path_, errno);
    rest.remove_prefix(static_cast<size_t>(n));
  }
  buffer_.clear();
  return {};
}

Status AsideFile::take(const fs::path& from) {
  std::error_code code;
  const uint64_t size = fs::file_size(from, code);
  if (code) return system_error("cannot read", from, code.value());
  if (::rename(from.c_str(), aside_.c_str()) == 0) {
    bytes_ = size;
    ::close(std::exchange(fd_, ::open(aside_.c_str(), O_WRONLY | O_CLOEXEC)));
    if (fd_ < 0) return system_error("cannot open", path_, errno);
    return {};
  }
  if (errno != EXDEV) return system_error("cannot move to", path_, errno);
  const int source = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  if (source < 0) return system_error("cannot open", from, errno);
  std::vector<char> block(kBufferBytes);
  Status status;
  for (;;) {
    const ssize_t n = ::read(source, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) status = system_error("cannot read", from, errno);
    if (n <= 0) break;
    status = write({block.data(), static_cast<size_t>(n)});
    if (!status.ok()) break;
  }
  ::close(source);
  if (status.ok()) ::unlink(from.c_str());
  return status;
}

Status AsideFile::commit() {
  COTERIE_RETURN_IF_ERROR(flush());
  if (::fsync(fd_) != 0) return system_error("cannot write", path_, errno);
  if (::close(std::exchange(fd_, -1)) != 0) return system_error("cannot write", path_, errno);
  if (existing_ == Existing::kReplace) {
    if (::rename(aside_.c_str(), path_.c_str()) != 0) return system_error("cannot rename to", path_, errno);
  } else if (::link(aside_.c_str(), path_.c_str()) == 0) {
    // A second name, unlike rename, never replaces a file that somebody made in the meantime.
    ::unlink(aside_.c_str());
  } else if (errno == EEXIST) {
    return already_there(path_);
  } else if (::rename(aside_.c_str(), path_.c_str()) != 0) {  // a disk without second names
    return system_error("cannot rename to", path_, errno);
  }
  aside_.clear();
  return sync_folder(path_.parent_path());
}

}  // namespace coterie::base

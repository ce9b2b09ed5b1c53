#include "base/file.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace coterie::base {

namespace {

// Closes the descriptor when it goes out of scope.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool ok() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

Status sync(const std::filesystem::path& path, int flags) {
  Descriptor file(path, flags);
  if (!file.ok()) return system_error("cannot open", path, errno);
  if (::fsync(file.get()) != 0) return system_error("cannot sync", path, errno);
  return {};
}

Status write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot write", path, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Status write_and_sync(const std::filesystem::path& path, std::string_view bytes) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.ok()) return system_error("cannot create", path, errno);
  COTERIE_RETURN_IF_ERROR(write_all(file.get(), bytes, path));
  if (::fsync(file.get()) != 0) return system_error("cannot sync", path, errno);
  return {};
}

// Calls consume(bytes) for one block after the other.
template <class Consume>
Status read_blocks(const std::filesystem::path& path, Consume consume) {
  Descriptor file(path, O_RDONLY);
  if (!file.ok()) return system_error("cannot open", path, errno);
  std::vector<char> block(128 << 10);  // stays in the cache between read and use
  for (;;) {
    const ssize_t n = ::read(file.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot read", path, errno);
    if (n == 0) return {};
    consume(std::string_view(block.data(), static_cast<size_t>(n)));
  }
}

}  // namespace

Status system_error(std::string_view what, const std::filesystem::path& path, int error_number) {
  Code code = Code::kUnavailable;
  if (error_number == ENOENT || error_number == ENOTDIR) code = Code::kNotFound;
  if (error_number == EACCES || error_number == EPERM || error_number == EROFS)
    code = Code::kPermissionDenied;
  if (error_number == EISDIR) code = Code::kInvalidArgument;
  if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG)
    return failure(Code::kResourceExhausted, "{} {}: {}; {}", what, path.string(),
                   std::strerror(error_number), kMakeRoom);
  return failure(code, "{} {}: {}", what, path.string(), std::strerror(error_number));
}

Result<std::string> read_file(const std::filesystem::path& path) {
  std::string out;
  COTERIE_CHECK_OK(read_blocks(path, [&](std::string_view block) { out += block; }));
  return out;
}

Status write_file_durably(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path aside = path;
  aside += ".tmp";
  Status status = write_and_sync(aside, bytes);
  if (status.ok() && ::rename(aside.c_str(), path.c_str()) != 0)
    status = system_error("cannot rename to", path, errno);
  if (!status.ok()) {
    ::unlink(aside.c_str());
    return status;
  }
  return sync_folder(path.parent_path());
}

Status sync_file(const std::filesystem::path& path) { return sync(path, O_RDONLY); }

Status sync_folder(const std::filesystem::path& path) {
  return sync(path.empty() ? std::filesystem::path(".") : path, O_RDONLY | O_DIRECTORY);
}

Status rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code code;
  if (std::filesystem::exists(to, code))
    return failure(Code::kInternal, "{} exists already; stored names are never used again", to.string());
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error("cannot rename to", to, errno);
  COTERIE_RETURN_IF_ERROR(sync_folder(to.parent_path()));
  return sync_folder(from.parent_path());
}

Result<uint64_t> checksum_file(const std::filesystem::path& path) {
  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(), XXH3_freeState);
  XXH3_64bits_reset(state.get());
  COTERIE_CHECK_OK(read_blocks(
      path, [&](std::string_view block) { XXH3_64bits_update(state.get(), block.data(), block.size()); }));
  return XXH3_64bits_digest(state.get());
}

}  // namespace coterie::base

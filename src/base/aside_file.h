// A file that appears whole or not at all: written under another name beside its place, then renamed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/status.h"

namespace coterie::base {

/// Takes bytes in order.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status write(std::string_view bytes) = 0;
};

/// Not thread safe. The destructor removes what was not committed.
class AsideFile final : public ByteSink {
 public:
  enum class Existing { kKeep, kReplace };

  /// Makes `path`.PID.part. Errors: kAlreadyExists (kKeep and `path` exists), kInvalidArgument (`path` is a folder),
  /// kNotFound, kPermissionDenied, kResourceExhausted.
  static Result<AsideFile> create(const std::filesystem::path& path, Existing existing);
  AsideFile(AsideFile&& other) noexcept;
  AsideFile& operator=(AsideFile&&) = delete;
  ~AsideFile() override;

  /// Buffered: errors of the disk may come with a later call.
  Status write(std::string_view bytes) override;

  /// Takes a complete file in, by renaming where it lies on the same disk, else by copying; `from` is gone then. In
  /// place of write().
  Status take(const std::filesystem::path& from);

  /// Syncs and renames; the file is at its place. Errors: as create() and write(); nothing is left.
  Status commit();

  uint64_t bytes() const { return bytes_; }

 private:
  AsideFile(std::filesystem::path path, Existing existing);
  Status open();
  Status flush();

  std::filesystem::path path_, aside_;
  Existing existing_;
  int fd_ = -1;
  std::string buffer_;
  uint64_t bytes_ = 0;
};

}  // namespace coterie::base

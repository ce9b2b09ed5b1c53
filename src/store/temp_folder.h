// TempFolder: a folder of one handle's own in a workspace's tmp/, gone when the handle is, however its process ends.
//
//   tmp/<process>-<number>.lock   made and locked first, removed last
//   tmp/<process>-<number>/       there only while the lock file is
// So a lock that nobody holds, with or without its folder, and a folder without a lock are left over by a
// process that ended. Whoever makes a folder next removes them.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/status.h"
#include "store/lock_file.h"

namespace coterie::store {

class TempFolder {
 public:
  /// Removes what is left over in `tmp`, an existing folder, and makes a new folder in it. Threads: safe.
  /// Errors: kPermissionDenied, kResourceExhausted, kUnavailable.
  static base::Result<std::unique_ptr<TempFolder>> make(const std::filesystem::path& tmp);
  ~TempFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  TempFolder(std::filesystem::path path, LockFile lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  LockFile lock_;
};

/// Folders and lone locks in `tmp` that processes left over which ended; in order of name. Removes nothing.
std::vector<std::filesystem::path> dead_temp_folders(const std::filesystem::path& tmp);

}  // namespace coterie::store

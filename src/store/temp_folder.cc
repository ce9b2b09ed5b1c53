#include "store/temp_folder.h"

#include <unistd.h>

#include <map>
#include <optional>
#include <set>

#include "base/file.h"

namespace coterie::store {

using base::Code;
using base::Result;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kLockEnding = ".lock";

fs::path lock_path(const fs::path& folder) { return fs::path(folder) += kLockEnding; }

// Of folders and of locks; tmp/compact, tmp/compact.lock and tmp/commit.lock begin with a letter.
std::set<fs::path> temp_folders(const fs::path& tmp) {
  std::set<fs::path> out;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(tmp, code)) {
    std::string name = entry.path().filename().string();
    if (name.front() < '0' || name.front() > '9') continue;
    if (!entry.is_directory(code) && name.ends_with(kLockEnding))
      name.resize(name.size() - kLockEnding.size());
    out.insert(tmp / name);
  }
  return out;
}

// The lock that a dead process held, empty where none is left; nothing when the folder is in use.
std::optional<LockFile> lock_of_dead(const fs::path& folder) {
  auto lock = LockFile::try_acquire(lock_path(folder));
  if (lock) return std::move(*lock);
  std::error_code code;
  if (lock.error().code() == Code::kNotFound && fs::exists(folder, code)) return LockFile();
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<TempFolder>> TempFolder::make(const fs::path& tmp) {
  std::error_code code;
  for (const fs::path& folder : temp_folders(tmp)) {
    const auto lock =
        lock_of_dead(folder);  // held until both are gone: a new owner sees that it lost its file
    if (!lock) continue;
    fs::remove_all(folder, code);
    fs::remove(lock_path(folder), code);
  }
  for (int i = 0; i < kNameTries; ++i) {
    const fs::path path = tmp / next_lock_name();
    auto lock = LockFile::create(lock_path(path));
    if (!lock && (lock.error().code() == Code::kAlreadyExists || lock.error().code() == Code::kUnavailable))
      continue;
    if (!lock) return tl::unexpected(lock.error());
    fs::create_directory(path, code);
    if (code) {
      fs::remove(lock_path(path));
      return tl::unexpected(base::system_error("cannot make folder", path, code.value()));
    }
    return std::unique_ptr<TempFolder>(new TempFolder(path, std::move(*lock)));
  }
  return base::error(Code::kUnavailable, "cannot make a folder in {}; try again", tmp.string());
}

TempFolder::~TempFolder() {
  std::error_code code;
  fs::remove_all(path_, code);
  fs::remove(lock_path(path_), code);
}

std::vector<fs::path> dead_temp_folders(const fs::path& tmp) {
  std::vector<fs::path> out;
  std::error_code code;
  for (const fs::path& folder : temp_folders(tmp))
    if (lock_of_dead(folder)) out.push_back(fs::exists(folder, code) ? folder : lock_path(folder));
  return out;
}

}  // namespace coterie::store

// Leases: which generations somebody is still reading, so that their files stay (DESIGN §5).
//
// leases/ holds one file a reader, locked with flock for as long as the reader lives, with the generation in
// it that the reader pins. A holder that dies, however it dies, loses the lock; its file then counts for
// nothing. The order in which a lease is taken leaves no gap:
//   1. the file is made and locked; without a generation in it, it pins everything
//   2. the reader learns the newest generation
//   3. it writes that generation into the file
// A collector reads the leases after its own commit. A reader that it does not see makes its file later, and
// so learns a generation that is no older than that commit. A file that is made and not locked yet looks
// dead and may be removed: its maker notices after locking it, and begins anew.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/status.h"
#include "store/lock_file.h"

namespace coterie::store {

/// Held until it is dropped. Not thread safe.
class Lease {
 public:
  /// Pins everything. Errors: kPermissionDenied (a reader, too, writes in the shop's folder), kUnavailable.
  static base::Result<std::unique_ptr<Lease>> take(const std::filesystem::path& leases_folder);
  ~Lease();

  /// From now on `generation` and all later ones are pinned, older ones no more.
  base::Status pin(int64_t generation);

  /// The one that is pinned; 0 = everything.
  int64_t generation() const { return generation_; }

 private:
  Lease(std::filesystem::path path, LockFile lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  LockFile lock_;
  int64_t generation_ = 0;
};

/// What lies in leases/.
struct LeaseCensus {
  std::optional<int64_t> oldest_generation;  ///< that a live lease pins; 0 pins everything
  size_t live = 0;
  std::vector<std::filesystem::path> dead;
};

/// Looks at every lease. With `remove_dead` the files of dead holders are removed on the way.
LeaseCensus take_census(const std::filesystem::path& leases_folder, bool remove_dead);

}  // namespace coterie::store

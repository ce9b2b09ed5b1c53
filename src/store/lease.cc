#include "store/lease.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "base/hash.h"

namespace coterie::store {

using base::Code;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

// "42 <checksum of 42>": a file that is read while it is written pins everything.
std::string lease_text(int64_t generation) {
  const std::string number = std::to_string(generation);
  return fmt::format("{} {}\n", number, base::checksum_string(base::hash64(number)));
}

int64_t pinned_generation(const std::string& text) {
  int64_t generation = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), generation);
  if (parsed.ec != std::errc() || generation < 0 || text != lease_text(generation)) return 0;
  return generation;
}

}  // namespace

Result<std::unique_ptr<Lease>> Lease::take(const fs::path& leases_folder) {
  for (int i = 0; i < kNameTries; ++i) {
    const fs::path path = leases_folder / next_lock_name();
    auto lock = LockFile::create(path);
    if (lock) return std::unique_ptr<Lease>(new Lease(path, std::move(*lock)));
    const Code code = lock.error().code();
    if (code != Code::kAlreadyExists && code != Code::kUnavailable) return tl::unexpected(lock.error());
  }
  return base::error(Code::kUnavailable, "cannot take a lease in {}; try again", leases_folder.string());
}

Lease::~Lease() {
  // Unlinked while it is locked: nobody can take it for another's.
  std::error_code code;
  fs::remove(path_, code);
}

Status Lease::pin(int64_t generation) {
  COTERIE_RETURN_IF_ERROR(lock_.write(lease_text(generation), path_));
  generation_ = generation;
  return {};
}

LeaseCensus take_census(const fs::path& leases_folder, bool remove_dead) {
  LeaseCensus census;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(leases_folder, code)) {
    auto lock = LockFile::try_acquire(entry.path());
    if (lock) {
      if (remove_dead) fs::remove(entry.path(), code);
      census.dead.push_back(entry.path());
      continue;
    }
    if (lock.error().code() == Code::kNotFound) continue;  // released meanwhile
    // Held, or another person's whose file cannot be opened: then it may pin anything.
    auto text = base::read_file(entry.path());
    if (!text && text.error().code() == Code::kNotFound) continue;
    const int64_t generation = text ? pinned_generation(*text) : 0;
    census.oldest_generation = std::min(census.oldest_generation.value_or(generation), generation);
    ++census.live;
  }
  return census;
}

}  // namespace coterie::store

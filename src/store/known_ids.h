// Which event ids a workspace holds already, without reading them: files of 64-bit hashes.
//
// Every import writes the hashes of the ids it brought into one file of kind kEventIds (event_ids/*.ids): a
// 16-byte mark, then the hashes, 8 bytes each, little-endian, in no order. Deduplication is exact and
// permanent (DESIGN §5), so every import must ask for every id. Instead of a Bloom filter over all known ids,
// which would have to be loaded whole and whose false hits would send every large import to the files, the
// filter is made of the ids that arrive (IdMatcher), and the known hashes stream past it: 8 bytes an event,
// read once from start to end, no memory that grows with the shop. A match of 64 bits is only a suspicion;
// the caller compares the ids themselves (ADR 9).
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/context.h"
#include "base/hash.h"
#include "base/status.h"

namespace coterie::store {

/// The 64 bits of an id that are stored.
inline uint64_t id_hash(const base::Hash128& id) { return id.low; }

/// The order of ids: that of their stored bits first.
inline bool is_before(const base::Hash128& a, const base::Hash128& b) {
  return a.low != b.low ? a.low < b.low : a.high < b.high;
}

/// Writes a file of fixed-size entries: uint64_t (kEventIds) or Hash128 (an import's own record of what it
/// saw). Not thread safe. Errors: kResourceExhausted (disk full), kUnavailable.
class IdFileWriter {
 public:
  static base::Result<std::unique_ptr<IdFileWriter>> create(const std::filesystem::path& path);
  ~IdFileWriter();

  base::Status append(std::span<const uint64_t> hashes);
  base::Status append(std::span<const base::Hash128> ids);

  /// Hands what is buffered to the system, so that scans see it; the file stays open.
  base::Status flush();

  const std::filesystem::path& path() const { return path_; }

 private:
  IdFileWriter(std::filesystem::path path, std::FILE* file);
  base::Status write(const void* data, size_t bytes);
  std::filesystem::path path_;
  std::FILE* file_;
};

/// Number of 64-bit hashes in a file. Errors: kNotFound, kDataLoss (no such file of ours).
base::Result<uint64_t> count_id_hashes(const std::filesystem::path& path);

/// True when two files of 64-bit hashes have one in common. Memory: a block of `few` at a time.
base::Result<bool> share_hashes(const std::filesystem::path& few, const std::filesystem::path& many,
                                const base::Context& context);

/// Reads a file of 64-bit hashes from start to end. Errors: as count_id_hashes, and those of `block`.
base::Status for_each_id_hash(const std::filesystem::path& path,
                              const std::function<base::Status(std::span<const uint64_t>)>& block);

/// A fixed set of ids, and how often each occurs in the files that were scanned.
/// Memory: 6 bytes an id besides the ids. Scanning: about 1.5 ns an entry and thread.
class IdMatcher {
 public:
  /// `ids` in ascending order of (low, high), without repeats.
  explicit IdMatcher(std::vector<base::Hash128> ids);

  /// Counts entries of a file of 64-bit hashes; of a file of Hash128. Uses the context's threads; the counts
  /// do not depend on them. Errors: those of reading, kDataLoss, kCancelled.
  base::Status scan_hashes(const std::filesystem::path& path, const base::Context& context);
  base::Status scan_ids(const std::filesystem::path& path, const base::Context& context);

  size_t size() const { return ids_.size(); }
  const base::Hash128& id(size_t i) const { return ids_[i]; }

  /// Entries seen that are equal to id(i) (in 64 bits, after scan_hashes).
  uint32_t count(size_t i) const { return counts_[i]; }

  /// The place of an id that is in the set.
  size_t find(const base::Hash128& id) const;

 private:
  template <class Entry>
  base::Status scan(const std::filesystem::path& path, const base::Context& context);
  template <class Entry>
  void match(std::span<const Entry> entries);
  bool may_hold(uint64_t hash) const;

  std::vector<base::Hash128> ids_;
  std::vector<uint32_t> counts_;
  std::vector<uint64_t> filter_;  // Bloom filter: 16 bits an id, two bits of one word each
  unsigned shift_ = 0;
};

}  // namespace coterie::store

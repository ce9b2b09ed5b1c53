// A zip archive, read entry by entry as streams; libzip checks the length and CRC of each.
#pragma once

#include <zip.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace coterie::collect {

/// Not thread safe.
class ZipEntry {
 public:
  ~ZipEntry();
  ZipEntry(const ZipEntry&) = delete;
  ZipEntry& operator=(const ZipEntry&) = delete;

  /// Up to buffer.size() bytes, 0 at the end. Errors: kDataLoss, naming the archive and the entry.
  base::Result<size_t> read(std::span<char> buffer);

  uint64_t total_bytes() const { return total_; }  ///< unpacked, as the archive states it

 private:
  friend class ZipArchive;
  ZipEntry(zip_file_t* file, std::string name, uint64_t total)
      : file_(file), name_(std::move(name)), total_(total) {}

  zip_file_t* file_;
  std::string name_;
  uint64_t total_;
};

/// Not thread safe; must outlive its entries.
class ZipArchive {
 public:
  /// Errors: kDataLoss (no archive, damaged, cut), kNotFound, kPermissionDenied.
  static base::Result<std::unique_ptr<ZipArchive>> open(const std::filesystem::path& path);

  /// The same for bytes in memory; `name` is for messages.
  static base::Result<std::unique_ptr<ZipArchive>> from_bytes(std::string bytes, std::string name);

  ~ZipArchive();
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  const std::string& name() const { return name_; }
  std::vector<std::string> entries() const;
  bool has(const std::string& entry) const;

  /// Errors: kDataLoss (no such entry, damaged), kInvalidArgument (it has a password).
  base::Result<std::unique_ptr<ZipEntry>> open_entry(const std::string& entry) const;

 private:
  ZipArchive(zip_t* zip, std::string bytes, std::string name)
      : zip_(zip), bytes_(std::move(bytes)), name_(std::move(name)) {}

  zip_t* zip_;
  std::string bytes_;
  std::string name_;
};

/// The entries that are files of somebody's: no folders, nothing that macOS adds.
std::vector<std::string> files_in(const ZipArchive& archive);

}  // namespace coterie::collect

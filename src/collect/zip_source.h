// The only file in a zip archive as a stream of bytes, unpacked ahead on a thread of its own.
#pragma once

#include <memory>
#include <string>

#include "collect/read_ahead.h"
#include "collect/text_source.h"
#include "collect/zip_archive.h"

namespace coterie::collect {

class ZipSource final : public TextSource {
 public:
  /// `name` is that of the archive. Errors: kDataLoss, kInvalidArgument (a password).
  static base::Result<std::unique_ptr<ZipSource>> open(std::unique_ptr<ZipArchive> archive,
                                                       const std::string& entry, std::string name);

  const std::string& name() const override { return name_; }
  uint64_t total_bytes() const override { return entry_->total_bytes(); }
  uint64_t consumed_bytes() const override { return given_; }
  base::Result<size_t> read(std::span<char> buffer) override;

 private:
  ZipSource(std::unique_ptr<ZipArchive> archive, std::unique_ptr<ZipEntry> entry, std::string name);

  std::string name_;
  std::unique_ptr<ZipArchive> archive_;
  std::unique_ptr<ZipEntry> entry_;
  uint64_t given_ = 0;
  ReadAhead ahead_;  // last: its thread uses the entry and ends first
};

}  // namespace coterie::collect

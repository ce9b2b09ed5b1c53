#include "collect/zip_source.h"

namespace coterie::collect {

ZipSource::ZipSource(std::unique_ptr<ZipArchive> archive, std::unique_ptr<ZipEntry> entry, std::string name)
    : name_(std::move(name)),
      archive_(std::move(archive)),
      entry_(std::move(entry)),
      ahead_([this](std::span<char> block) { return entry_->read(block); }, kBlockBytes) {}

base::Result<std::unique_ptr<ZipSource>> ZipSource::open(std::unique_ptr<ZipArchive> archive,
                                                         const std::string& entry, std::string name) {
  COTERIE_ASSIGN(auto opened, archive->open_entry(entry));
  return std::unique_ptr<ZipSource>(new ZipSource(std::move(archive), std::move(opened), std::move(name)));
}

base::Result<size_t> ZipSource::read(std::span<char> buffer) {
  COTERIE_ASSIGN(const size_t got, ahead_.read(buffer));
  given_ += got;
  return got;
}

}  // namespace coterie::collect

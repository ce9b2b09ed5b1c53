#include "collect/zip_archive.h"

namespace coterie::collect {

namespace {

using base::Code;

base::Status damaged(std::string_view archive, std::string_view why) {
  return base::failure(Code::kDataLoss,
                       "{}: damaged zip archive: {}; get the file again, nothing of it is kept", archive,
                       why);
}

}  // namespace

ZipEntry::~ZipEntry() { ::zip_fclose(file_); }

base::Result<size_t> ZipEntry::read(std::span<char> buffer) {
  const zip_int64_t got = ::zip_fread(file_, buffer.data(), buffer.size());
  if (got >= 0) return static_cast<size_t>(got);
  return tl::unexpected(damaged(name_, ::zip_error_strerror(::zip_file_get_error(file_))));
}

base::Result<std::unique_ptr<ZipArchive>> ZipArchive::open(const std::filesystem::path& path) {
  int code = 0;
  zip_t* zip = ::zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (zip != nullptr) return std::unique_ptr<ZipArchive>(new ZipArchive(zip, {}, path.string()));
  zip_error_t error;
  ::zip_error_init_with_code(&error, code);
  const base::Status status = damaged(path.string(), ::zip_error_strerror(&error));
  ::zip_error_fini(&error);
  return tl::unexpected(status);
}

base::Result<std::unique_ptr<ZipArchive>> ZipArchive::from_bytes(std::string bytes, std::string name) {
  std::unique_ptr<ZipArchive> archive(new ZipArchive(nullptr, std::move(bytes), std::move(name)));
  zip_error_t error;
  ::zip_error_init(&error);
  zip_source_t* source =
      ::zip_source_buffer_create(archive->bytes_.data(), archive->bytes_.size(), 0, &error);
  if (source != nullptr) archive->zip_ = ::zip_open_from_source(source, ZIP_RDONLY, &error);
  base::Status status;
  if (archive->zip_ == nullptr) status = damaged(archive->name_, ::zip_error_strerror(&error));
  if (archive->zip_ == nullptr && source != nullptr) ::zip_source_free(source);
  ::zip_error_fini(&error);
  if (!status.ok()) return tl::unexpected(status);
  return archive;
}

ZipArchive::~ZipArchive() {
  if (zip_ != nullptr) ::zip_discard(zip_);
}

std::vector<std::string> ZipArchive::entries() const {
  std::vector<std::string> names;
  for (zip_int64_t i = 0; i < ::zip_get_num_entries(zip_, 0); ++i) {
    const char* name = ::zip_get_name(zip_, static_cast<zip_uint64_t>(i), 0);
    if (name != nullptr) names.emplace_back(name);
  }
  return names;
}

bool ZipArchive::has(const std::string& entry) const {
  return ::zip_name_locate(zip_, entry.c_str(), 0) >= 0;
}

base::Result<std::unique_ptr<ZipEntry>> ZipArchive::open_entry(const std::string& entry) const {
  zip_stat_t about;
  ::zip_stat_init(&about);
  if (::zip_stat(zip_, entry.c_str(), 0, &about) != 0)
    return tl::unexpected(damaged(name_, "it lacks " + entry));
  if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE)
    return base::error(Code::kInvalidArgument, "{} has a password; save it without", name_);
  zip_file_t* file = ::zip_fopen(zip_, entry.c_str(), 0);
  if (file == nullptr) return tl::unexpected(damaged(name_, ::zip_strerror(zip_)));
  return std::unique_ptr<ZipEntry>(new ZipEntry(file, fmt::format("{}, {}", name_, entry), about.size));
}

std::vector<std::string> files_in(const ZipArchive& archive) {
  std::vector<std::string> files = archive.entries();
  std::erase_if(files, [](const std::string& entry) {
    return entry.ends_with('/') || entry.starts_with("__MACOSX/") || entry.ends_with(".DS_Store");
  });
  return files;
}

}  // namespace coterie::collect

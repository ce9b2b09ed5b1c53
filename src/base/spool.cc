#include "base/spool.h"

#include <cerrno>

#include "base/file.h"

namespace coterie::base {

Spool::Spool(std::filesystem::path overflow, size_t memory_bytes)
    : overflow_(std::move(overflow)), memory_bytes_(memory_bytes) {}

Spool::~Spool() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  std::error_code code;
  std::filesystem::remove(overflow_, code);
}

Status Spool::failure(const char* what) const { return system_error(what, overflow_, errno); }

Status Spool::write(std::string_view bytes) {
  if (file_ == nullptr && memory_.size() + bytes.size() <= memory_bytes_) {
    memory_.append(bytes);
    return {};
  }
  if (file_ == nullptr && (file_ = std::fopen(overflow_.c_str(), "wb+e")) == nullptr)
    return failure("cannot make");
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) return failure("cannot write");
  return {};
}

Status Spool::copy_to(ByteSink& sink) {
  COTERIE_RETURN_IF_ERROR(sink.write(memory_));
  if (file_ == nullptr) return {};
  if (std::fflush(file_) != 0) return failure("cannot write");
  std::rewind(file_);
  char block[1 << 16];
  for (size_t n = 0; (n = std::fread(block, 1, sizeof block, file_)) > 0;)
    COTERIE_RETURN_IF_ERROR(sink.write({block, n}));
  return std::ferror(file_) == 0 ? Status() : failure("cannot read");
}

}  // namespace coterie::base

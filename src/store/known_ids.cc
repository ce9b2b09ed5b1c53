#include "store/known_ids.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "base/file.h"

namespace coterie::store {

using base::Code;
using base::Hash128;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr char kFileMark[16] = {'C', 'O', 'T', 'E', 'R', 'I', 'E', ' ', 'i', 'd', 's', ' ', '1', '\n', 0, 0};
constexpr size_t kBlockEntries =
    16 << 10;  // read at a time: they and their part of the filter stay in the cache

static_assert(std::endian::native == std::endian::little, "entries are stored as they lie in memory");

uint64_t low_bits(uint64_t entry) { return entry; }
uint64_t low_bits(const Hash128& entry) { return entry.low; }

// An open file that closes itself.
class Descriptor {
 public:
  explicit Descriptor(const fs::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// All of `bytes` from `offset`; false with errno (0 at an early end).
bool read_all(int fd, void* to, size_t bytes, uint64_t offset) {
  auto* at = static_cast<char*>(to);
  while (bytes > 0) {
    errno = 0;
    const ssize_t got = ::pread(fd, at, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    offset += static_cast<uint64_t>(got);
    bytes -= static_cast<size_t>(got);
  }
  return true;
}

// The number of entries behind a right mark.
Result<uint64_t> count_entries(int fd, const fs::path& path, size_t entry_bytes) {
  if (fd < 0) return tl::unexpected(base::system_error("cannot open", path, errno));
  struct stat info {};
  if (::fstat(fd, &info) != 0) return tl::unexpected(base::system_error("cannot read", path, errno));
  char mark[sizeof kFileMark];
  const auto bytes = static_cast<uint64_t>(info.st_size);
  const bool marked = bytes >= sizeof kFileMark && read_all(fd, mark, sizeof mark, 0) &&
                      std::memcmp(mark, kFileMark, sizeof mark) == 0;
  if (!marked || (bytes - sizeof kFileMark) % entry_bytes != 0)
    return base::error(Code::kDataLoss, "{} is damaged; restore it from a backup", path.string());
  return (bytes - sizeof kFileMark) / entry_bytes;
}

}  // namespace

IdFileWriter::IdFileWriter(fs::path path, std::FILE* file) : path_(std::move(path)), file_(file) {}

IdFileWriter::~IdFileWriter() { std::fclose(file_); }

Result<std::unique_ptr<IdFileWriter>> IdFileWriter::create(const fs::path& path) {
  std::FILE* file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr) return tl::unexpected(base::system_error("cannot make", path, errno));
  std::unique_ptr<IdFileWriter> writer(new IdFileWriter(path, file));
  COTERIE_CHECK_OK(writer->write(kFileMark, sizeof kFileMark));
  return writer;
}

Status IdFileWriter::write(const void* data, size_t bytes) {
  if (bytes > 0 && std::fwrite(data, 1, bytes, file_) != bytes)
    return base::system_error("cannot write", path_, errno);
  return {};
}

Status IdFileWriter::append(std::span<const uint64_t> hashes) {
  return write(hashes.data(), hashes.size_bytes());
}
Status IdFileWriter::append(std::span<const Hash128> ids) { return write(ids.data(), ids.size_bytes()); }

Status IdFileWriter::flush() {
  if (std::fflush(file_) != 0) return base::system_error("cannot write", path_, errno);
  return {};
}

Result<uint64_t> count_id_hashes(const fs::path& path) {
  const Descriptor file(path);
  return count_entries(file.get(), path, sizeof(uint64_t));
}

Result<bool> share_hashes(const fs::path& few, const fs::path& many, const base::Context& context) {
  constexpr uint64_t kAtOnce = 1 << 20;
  const Descriptor file(few);
  COTERIE_ASSIGN(const uint64_t entries, count_entries(file.get(), few, sizeof(uint64_t)));
  for (uint64_t begin = 0; begin < entries; begin += kAtOnce) {
    std::vector<uint64_t> block(std::min(kAtOnce, entries - begin));
    if (!read_all(file.get(), block.data(), block.size() * 8, sizeof kFileMark + begin * 8))
      return tl::unexpected(base::system_error("cannot read", few, errno == 0 ? EIO : errno));
    std::sort(block.begin(), block.end());
    std::vector<Hash128> ids;
    ids.reserve(block.size());
    for (const uint64_t hash : block) ids.push_back({0, hash});
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    IdMatcher matcher(std::move(ids));
    COTERIE_CHECK_OK(matcher.scan_hashes(many, context));
    for (size_t i = 0; i < matcher.size(); ++i)
      if (matcher.count(i) > 0) return true;
  }
  return false;
}

Status for_each_id_hash(const fs::path& path, const std::function<Status(std::span<const uint64_t>)>& block) {
  const Descriptor file(path);
  COTERIE_ASSIGN_OR_STATUS(const uint64_t entries, count_entries(file.get(), path, sizeof(uint64_t)));
  std::vector<uint64_t> buffer;
  for (uint64_t begin = 0; begin < entries; begin += buffer.size()) {
    buffer.resize(std::min<uint64_t>(kBlockEntries, entries - begin));
    if (!read_all(file.get(), buffer.data(), buffer.size() * 8, sizeof kFileMark + begin * 8))
      return base::system_error("cannot read", path, errno == 0 ? EIO : errno);
    COTERIE_RETURN_IF_ERROR(block(buffer));
  }
  return {};
}

IdMatcher::IdMatcher(std::vector<Hash128> ids) : ids_(std::move(ids)), counts_(ids_.size(), 0) {
  const size_t words = std::bit_ceil(std::max<size_t>(ids_.size() / 4, 1));
  filter_.assign(words, 0);
  shift_ = static_cast<unsigned>(64 - std::countr_zero(words));
  for (const Hash128& id : ids_)
    filter_[words == 1 ? 0 : id.low >> shift_] |=
        (uint64_t{1} << (id.low & 63)) | (uint64_t{1} << ((id.low >> 6) & 63));
}

// The upper bits choose the word, the lowest twelve the two bits in it.
bool IdMatcher::may_hold(uint64_t hash) const {
  const uint64_t bits = (uint64_t{1} << (hash & 63)) | (uint64_t{1} << ((hash >> 6) & 63));
  return (filter_[filter_.size() == 1 ? 0 : hash >> shift_] & bits) == bits;
}

size_t IdMatcher::find(const Hash128& id) const {
  return static_cast<size_t>(std::lower_bound(ids_.begin(), ids_.end(), id, is_before) - ids_.begin());
}

template <class Entry>
void IdMatcher::match(std::span<const Entry> entries) {
  for (const Entry& entry : entries) {
    if (!may_hold(low_bits(entry))) continue;
    auto it = std::lower_bound(ids_.begin(), ids_.end(), low_bits(entry),
                               [](const Hash128& id, uint64_t low) { return id.low < low; });
    for (; it != ids_.end() && it->low == low_bits(entry); ++it) {
      if constexpr (std::is_same_v<Entry, Hash128>) {
        if (*it != entry) continue;
      }
      std::atomic_ref(counts_[static_cast<size_t>(it - ids_.begin())])
          .fetch_add(1, std::memory_order_relaxed);
    }
  }
}

template <class Entry>
Status IdMatcher::scan(const fs::path& path, const base::Context& context) {
  const Descriptor file(path);
  COTERIE_ASSIGN_OR_STATUS(const uint64_t entries, count_entries(file.get(), path, sizeof(Entry)));
  Status status;
  std::mutex mutex;
  context.pool->for_chunks(entries, kBlockEntries, [&](size_t, size_t begin, size_t end) {
    if (context.cancel->cancelled()) return;
    // Kept by the thread: making and filling a new one costs as much as the scan.
    thread_local std::vector<Entry> kept(kBlockEntries);
    const std::span<Entry> block(kept.data(), end - begin);
    if (read_all(file.get(), block.data(), block.size() * sizeof(Entry),
                 sizeof kFileMark + begin * sizeof(Entry)))
      return match(std::span<const Entry>(block));
    const std::lock_guard lock(mutex);
    status = base::system_error("cannot read", path, errno == 0 ? EIO : errno);
  });
  COTERIE_RETURN_IF_ERROR(context.check_cancelled());
  return status;
}

Status IdMatcher::scan_hashes(const fs::path& path, const base::Context& context) {
  return scan<uint64_t>(path, context);
}
Status IdMatcher::scan_ids(const fs::path& path, const base::Context& context) {
  return scan<Hash128>(path, context);
}

}  // namespace coterie::store

#include "collect/file_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/file.h"
#include "collect/read_ahead.h"

namespace coterie::collect {

namespace {

using base::Code;

// An open file: its descriptor, what of it was read ahead to look at its first bytes, and how much is
// consumed.
class RawFile {
 public:
  RawFile(std::filesystem::path path, int fd, uint64_t size) : path_(std::move(path)), fd_(fd), size_(size) {}
  ~RawFile() {
    if (fd_ != STDIN_FILENO) ::close(fd_);
  }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  uint64_t size() const { return size_; }
  uint64_t consumed() const { return consumed_.load(std::memory_order_relaxed); }
  std::string_view head() const { return head_; }

  base::Status read_head(size_t bytes) {
    head_.resize(bytes);
    size_t have = 0;
    while (have < bytes) {
      COTERIE_ASSIGN_OR_STATUS(const size_t got, read_file({head_.data() + have, bytes - have}));
      if (got == 0) break;
      have += got;
    }
    head_.resize(have);
    return {};
  }

  // Up to buffer.size() bytes, 0 at the end.
  base::Result<size_t> read(std::span<char> buffer) {
    size_t got = 0;
    if (head_used_ < head_.size()) {
      got = std::min(buffer.size(), head_.size() - head_used_);
      std::memcpy(buffer.data(), head_.data() + head_used_, got);
      head_used_ += got;
    } else {
      COTERIE_ASSIGN(got, read_file(buffer));
    }
    consumed_.fetch_add(got, std::memory_order_relaxed);
    return got;
  }

 private:
  base::Result<size_t> read_file(std::span<char> buffer) {
    for (;;) {
      const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) return tl::unexpected(base::system_error("cannot read", path_, errno));
    }
  }

  std::filesystem::path path_;
  int fd_;
  uint64_t size_;
  std::string head_;
  size_t head_used_ = 0;
  std::atomic<uint64_t> consumed_{0};
};

std::string name_of(const RawFile& file) { return file.path().filename().string(); }

class PlainSource final : public TextSource {
 public:
  explicit PlainSource(std::unique_ptr<RawFile> file) : file_(std::move(file)), name_(name_of(*file_)) {}

  const std::string& name() const override { return name_; }
  uint64_t total_bytes() const override { return file_->size(); }
  uint64_t consumed_bytes() const override { return file_->consumed(); }
  base::Result<size_t> read(std::span<char> buffer) override { return file_->read(buffer); }

 private:
  std::unique_ptr<RawFile> file_;
  std::string name_;
};

// Inflates a sequence of gzip members. Zero bytes may follow the last one (tape padding), nothing else.
class Inflater {
 public:
  explicit Inflater(std::unique_ptr<RawFile> file) : file_(std::move(file)), input_(kBlockBytes) {
    ready_ = ::inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK;
  }
  ~Inflater() {
    if (ready_) ::inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  const RawFile& file() const { return *file_; }

  // Fills `out` unless the end comes before; returns the bytes written.
  base::Result<size_t> read(std::span<char> out) {
    if (!ready_)
      return base::error(Code::kResourceExhausted, "{}: no memory for gzip", file_->path().string());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    while (stream_.avail_out > 0 && !finished_) COTERIE_CHECK_OK(step());
    return out.size() - stream_.avail_out;
  }

 private:
  base::Status step() {
    if (stream_.avail_in == 0) {
      COTERIE_ASSIGN_OR_STATUS(const size_t got, file_->read(input_));
      stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
      stream_.avail_in = static_cast<uInt>(got);
      if (got == 0 && inside_member_) return damaged("the file ends before its compressed data does");
      if (got == 0) {
        finished_ = true;
        return {};
      }
    }
    if (!inside_member_) return between_members();
    const uInt room = stream_.avail_out;
    const int code = ::inflate(&stream_, Z_NO_FLUSH);
    inflated_ += room - stream_.avail_out;
    if (code == Z_STREAM_END) inside_member_ = false;
    if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return {};
    if (code == Z_MEM_ERROR)
      return base::failure(Code::kResourceExhausted, "{}: no memory for gzip", file_->path().string());
    return damaged(stream_.msg != nullptr ? stream_.msg : "not gzip data");
  }

  base::Status between_members() {
    if (*stream_.next_in == 0) {
      ++stream_.next_in;
      --stream_.avail_in;
      only_padding_ = true;
      return {};
    }
    if (only_padding_ || *stream_.next_in != 0x1F) return damaged("other bytes follow the compressed data");
    ::inflateReset(&stream_);
    inside_member_ = true;
    return {};
  }

  base::Status damaged(std::string_view why) const {
    return base::failure(
        Code::kDataLoss,
        "{}: damaged gzip at byte {} of the decompressed text: {}; get the file again, nothing of it is kept",
        file_->path().string(), inflated_, why);
  }

  std::unique_ptr<RawFile> file_;
  std::vector<char> input_;
  z_stream stream_{};
  bool ready_ = false;
  bool inside_member_ = true;
  bool only_padding_ = false;
  bool finished_ = false;
  uint64_t inflated_ = 0;  // bytes so far
};

// Decompresses a sequence of zstd frames; skippable ones are skipped. zstd itself checks the checksum of a
// frame that has one.
class ZstdDecoder {
 public:
  explicit ZstdDecoder(std::unique_ptr<RawFile> file)
      : file_(std::move(file)), stream_(::ZSTD_createDStream()), input_(kBlockBytes) {
    if (stream_ != nullptr) ::ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kWindowLogMax);
  }
  ~ZstdDecoder() { ::ZSTD_freeDStream(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

  const RawFile& file() const { return *file_; }

  // Fills `out` unless the end comes before; returns the bytes written.
  base::Result<size_t> read(std::span<char> out) {
    if (stream_ == nullptr)
      return base::error(Code::kResourceExhausted, "{}: no memory for zstd", file_->path().string());
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos < to.size && !finished_) COTERIE_CHECK_OK(step(to));
    return to.pos;
  }

 private:
  static constexpr int kWindowLogMax = 27;  // 128 MiB, zstd's own limit for decompression without --long

  base::Status step(ZSTD_outBuffer& to) {
    if (from_.pos == from_.size && !has_more_output_) {
      COTERIE_ASSIGN_OR_STATUS(const size_t got, file_->read(input_));
      from_ = {input_.data(), got, 0};
      finished_ = got == 0;
      if (finished_ && inside_frame_) return damaged("the file ends before its compressed data does");
      if (finished_) return {};
    }
    const size_t before = to.pos;
    const size_t left = ::ZSTD_decompressStream(stream_, &to, &from_);
    decompressed_ += to.pos - before;
    if (::ZSTD_isError(left) != 0) return failed(left);
    inside_frame_ = left != 0;
    has_more_output_ = inside_frame_ && to.pos == to.size;
    return {};
  }

  base::Status failed(size_t code) const {
    if (::ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation)
      return base::failure(Code::kResourceExhausted, "{}: no memory for zstd", file_->path().string());
    if (::ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge)
      return base::failure(
          Code::kResourceExhausted,
          "{} was compressed with a window of more than 128 MiB (zstd --long); compress it without",
          file_->path().string());
    return damaged(::ZSTD_getErrorName(code));
  }

  base::Status damaged(std::string_view why) const {
    return base::failure(
        Code::kDataLoss,
        "{}: damaged zstd at byte {} of the decompressed text: {}; get the file again, nothing of it is kept",
        file_->path().string(), decompressed_, why);
  }

  std::unique_ptr<RawFile> file_;
  ZSTD_DStream* stream_;
  std::vector<char> input_;
  ZSTD_inBuffer from_{nullptr, 0, 0};
  bool inside_frame_ = true;
  bool has_more_output_ = false;
  bool finished_ = false;
  uint64_t decompressed_ = 0;  // bytes so far
};

// What a decompressor gives, read ahead.
template <class Decompressor>
class CompressedSource final : public TextSource {
 public:
  explicit CompressedSource(std::unique_ptr<RawFile> file)
      : name_(name_of(*file)),
        decompressor_(std::move(file)),
        ahead_([this](std::span<char> block) { return decompressor_.read(block); }, kBlockBytes) {}

  const std::string& name() const override { return name_; }
  uint64_t total_bytes() const override { return decompressor_.file().size(); }
  uint64_t consumed_bytes() const override { return decompressor_.file().consumed(); }
  base::Result<size_t> read(std::span<char> buffer) override { return ahead_.read(buffer); }

 private:
  std::string name_;
  Decompressor decompressor_;
  ReadAhead ahead_;  // last: its thread uses the decompressor and ends first
};

// Formats that people hand over and that cannot be read, and what to do about it.
base::Status refuse_other_formats(const RawFile& file) {
  struct Format {
    std::string_view magic;
    std::string_view advice;
  };
  static constexpr Format kFormats[] = {
      {"PK\x03\x04",
       "a zip archive or a spreadsheet (.xlsx), which cannot be read from a pipe; give it as a file"},
      {"PK\x05\x06", "an empty zip archive"},
      {"\xD0\xCF\x11\xE0",
       "an old spreadsheet (.xls), or one with a password; save it as .xlsx without a password, or as CSV"},
      {"BZh", "compressed with bzip2; decompress it, or use gzip or zstd"},
      {"\xFD"
       "7zXZ",
       "compressed with xz; decompress it, or use gzip or zstd"},
      {"7z\xBC\xAF", "a 7z archive; unpack it"},
      {"Rar!", "a rar archive; unpack it"},
      {"PAR1", "a Parquet file, which cannot be read from a pipe; give it as a file"},
      {"PARE", "an encrypted Parquet file; write it without encryption"},
      {"ARROW1", "an Arrow (Feather) file; write it as Parquet"},
      {"ORC", "an ORC file; write it as Parquet"},
      {"Obj\x01", "an Avro file; write it as Parquet or JSON Lines"},
      {"\x89PNG", "a picture, no table"},
      {"\xFF\xD8\xFF", "a picture, no table"},
      {"\x7F"
       "ELF",
       "a program, no table"},
      {"SQLite format 3", "an SQLite database; export its tables as CSV"},
      {"%PDF", "a PDF document; export the table as CSV or xlsx"},
  };
  for (const Format& format : kFormats) {
    if (file.head().starts_with(format.magic))
      return base::failure(Code::kInvalidArgument, "{} is {}", file.path().string(), format.advice);
  }
  return {};
}

bool looks_binary(std::string_view head) {
  return std::any_of(head.begin(), head.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f';
  });
}

base::Result<std::unique_ptr<RawFile>> open_raw(const std::filesystem::path& path) {
  const bool is_stdin = path == "-";
  const std::filesystem::path shown = is_stdin ? std::filesystem::path("stdin") : path;
  const int fd = is_stdin ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return tl::unexpected(base::system_error("cannot open", path, errno));
  struct stat about {};
  const int error_number = ::fstat(fd, &about) == 0 ? 0 : errno;
  auto file = std::make_unique<RawFile>(shown, fd, S_ISREG(about.st_mode) ? about.st_size : 0);
  if (error_number != 0) return tl::unexpected(base::system_error("cannot open", shown, error_number));
  if (S_ISDIR(about.st_mode))
    return base::error(Code::kInvalidArgument, "{} is a folder; name the files in it", path.string());
  return file;
}

bool says_compressed(const std::filesystem::path& path) {
  return path.extension() == ".gz" || path.extension() == ".zst";
}

}  // namespace

base::Result<std::unique_ptr<TextSource>> open_file(const std::filesystem::path& path) {
  COTERIE_ASSIGN(auto file, open_raw(path));
  COTERIE_CHECK_OK(file->read_head(512));
  const std::string_view head = file->head();
  if (head.empty())
    return base::error(Code::kInvalidArgument, "{} is empty; its first line must name the columns",
                       file->path().string());
  COTERIE_CHECK_OK(refuse_other_formats(*file));
  if (head.starts_with("\x1F\x8B")) return std::make_unique<CompressedSource<Inflater>>(std::move(file));
  const bool skippable = head.size() >= 4 && (head[0] & 0xF0) == 0x50 && head.substr(1, 3) == "\x2A\x4D\x18";
  if (head.starts_with("\x28\xB5\x2F\xFD") || skippable)
    return std::make_unique<CompressedSource<ZstdDecoder>>(std::move(file));
  if (says_compressed(path) && looks_binary(head))
    return base::error(Code::kDataLoss, "{}: damaged {}: its first bytes are not those of such a file",
                       path.string(), path.extension() == ".gz" ? "gzip" : "zstd");
  return std::make_unique<PlainSource>(std::move(file));
}

base::Result<Container> recognise(const std::filesystem::path& path) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown)) return Container::kText;
  COTERIE_ASSIGN(auto file, open_raw(path));
  COTERIE_CHECK_OK(file->read_head(4));
  if (file->head() == "PAR1") return Container::kParquet;
  return file->head() == "PK\x03\x04" ? Container::kZip : Container::kText;
}

}  // namespace coterie::collect

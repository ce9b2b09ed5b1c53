#include "collect/decoded_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/ascii.h"
#include "collect/encoding.h"

namespace coterie::collect {

namespace {

using base::Code;

constexpr size_t kDecidingBytes = 64 << 10;
constexpr size_t kLongestCharacter = 4;                    // bytes, in both encodings
const iconv_t kNoDecoder = reinterpret_cast<iconv_t>(-1);  // NOLINT(performance-no-int-to-ptr): iconv's own

// Where the first byte beyond ASCII stands, or text.size().
size_t find_non_ascii(std::string_view text) {
  size_t at = 0;
  for (; text.size() - at >= 8; at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & 0x8080808080808080) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

// How well a sample reads in one encoding.
struct EncodingFit {
  size_t characters = 0;  // beyond ASCII
  size_t common = 0;      // of them in the GB2312 part of GB18030
  size_t errors = 0;
};

// The last bytes of a sample that ends in the middle of the text may be half a character.
EncodingFit fit_utf8(std::string_view text, bool whole) {
  EncodingFit fit;
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_length(text.substr(at));
    if (length == 0 && !whole && text.size() - at < kLongestCharacter) break;
    if (length == 0) ++fit.errors;
    if (length > 1) ++fit.characters;
    at += std::max<size_t>(length, 1);
  }
  return fit;
}

// Length of the GB18030 character that `text` begins with, by the form of its bytes; 0 when it begins with
// none.
size_t gb18030_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  const auto in = [&](size_t i, int low, int high) { return byte(i) >= low && byte(i) <= high; };
  if (byte(0) < 0x80) return 1;
  if (!in(0, 0x81, 0xFE)) return 0;
  if (in(1, 0x40, 0x7E) || in(1, 0x80, 0xFE)) return 2;
  return in(1, 0x30, 0x39) && in(2, 0x81, 0xFE) && in(3, 0x30, 0x39) ? 4 : 0;
}

EncodingFit fit_gb18030(std::string_view text, bool whole) {
  EncodingFit fit;
  for (size_t at = 0; at < text.size();) {
    const size_t length = gb18030_length(text.substr(at));
    if (length == 0 && !whole && text.size() - at < kLongestCharacter) break;
    if (length == 0) ++fit.errors;
    if (length > 1) ++fit.characters;
    const auto at_least = [&](size_t i, unsigned char low) {
      return static_cast<unsigned char>(text[at + i]) >= low;
    };
    if (length == 2 && at_least(0, 0xA1) && at_least(1, 0xA1)) ++fit.common;
    at += std::max<size_t>(length, 1);
  }
  return fit;
}

// A few bad rows leave a file what it is; letters with accents of Western encodings are no Chinese.
bool is_gb18030(std::string_view sample, bool whole) {
  if (sample.starts_with("\xFF\xFE") || sample.starts_with("\xFE\xFF")) return false;  // UTF-16
  const EncodingFit utf8 = fit_utf8(sample, whole);
  if (utf8.errors == 0 || utf8.characters >= 4 * utf8.errors) return false;
  const EncodingFit gb18030 = fit_gb18030(sample, whole);
  return 50 * gb18030.errors <= gb18030.characters && 2 * gb18030.common >= gb18030.characters;
}

}  // namespace

base::Result<std::unique_ptr<DecodedSource>> DecodedSource::open(TextSource& source,
                                                                 std::string_view encoding) {
  std::unique_ptr<DecodedSource> decoded(new DecodedSource(nullptr, source));
  COTERIE_CHECK_OK(decoded->choose(encoding));
  return decoded;
}

base::Result<std::unique_ptr<DecodedSource>> DecodedSource::open(std::unique_ptr<TextSource> source,
                                                                 std::string_view encoding) {
  TextSource& borrowed = *source;
  std::unique_ptr<DecodedSource> decoded(new DecodedSource(std::move(source), borrowed));
  COTERIE_CHECK_OK(decoded->choose(encoding));
  return decoded;
}

DecodedSource::~DecodedSource() {
  if (decoder_ != kNoDecoder) ::iconv_close(decoder_);
}

base::Status DecodedSource::choose(std::string_view encoding) {
  const std::string name = base::lower(encoding);
  if (name.empty()) return {};
  if (name == "gb18030" || name == "gbk" || name == "gb2312") return start_decoding(Mode::kGb18030);
  if (name == "latin1" || name == "iso-8859-1") return start_decoding(Mode::kLatin1);
  if (name != "utf-8" && name != "utf8")
    return base::failure(Code::kInvalidArgument,
                         "{}: cannot read the encoding {}; utf-8, gb18030 (gbk, gb2312) and latin1 can be "
                         "read, convert others",
                         source_.name(), encoding);
  mode_ = Mode::kUtf8;
  return {};
}

base::Status DecodedSource::start_decoding(Mode mode) {
  mode_ = mode;
  decoder_ = ::iconv_open("UTF-8", mode == Mode::kLatin1 ? "ISO-8859-1" : "GB18030");
  if (decoder_ != kNoDecoder) return {};
  return base::failure(Code::kUnavailable,
                       "{} is {}, and this system's iconv cannot decode that; convert it to UTF-8",
                       source_.name(), encoding());
}

std::string_view DecodedSource::encoding() const {
  if (mode_ == Mode::kLatin1) return "Latin-1";
  return mode_ == Mode::kGb18030 ? "GB18030" : "";
}

// Holds `bytes` unread bytes, or all that there are.
base::Status DecodedSource::want(size_t bytes) {
  if (buffer_.size() < bytes + kBlockBytes) buffer_.resize(bytes + kBlockBytes);
  std::memmove(buffer_.data(), buffer_.data() + used_, end_ - used_);
  end_ -= used_;
  used_ = 0;
  while (end_ < bytes && !eof_) {
    COTERIE_ASSIGN_OR_STATUS(const size_t got, source_.read(std::span(buffer_).subspan(end_)));
    end_ += got;
    eof_ = got == 0;
  }
  return {};
}

base::Result<std::string_view> DecodedSource::peek(size_t bytes) {
  COTERIE_CHECK_OK(want(bytes));
  return held().substr(0, bytes);
}

base::Result<size_t> DecodedSource::read(std::span<char> buffer) {
  if (mode_ == Mode::kUndecided) return read_undecided(buffer);
  if (mode_ != Mode::kUtf8) return read_decoded(buffer);
  if (used_ < end_) return pass(buffer, end_ - used_);
  return source_.read(buffer);
}

// Gives out at most `limit` of the bytes held.
size_t DecodedSource::pass(std::span<char> buffer, size_t limit) {
  const size_t size = std::min(buffer.size(), limit);
  std::memcpy(buffer.data(), buffer_.data() + used_, size);
  used_ += size;
  return size;
}

base::Result<size_t> DecodedSource::read_undecided(std::span<char> buffer) {
  if (used_ == end_) COTERIE_CHECK_OK(want(1));
  const size_t ascii = find_non_ascii(held());
  if (ascii > 0 || used_ == end_) return pass(buffer, ascii);
  COTERIE_CHECK_OK(decide());
  return read(buffer);
}

// The first byte held is beyond ASCII.
base::Status DecodedSource::decide() {
  COTERIE_RETURN_IF_ERROR(want(kDecidingBytes));
  const std::string_view sample = held().substr(0, kDecidingBytes);
  const bool whole = eof_ && sample.size() == held().size();
  if (is_gb18030(sample, whole)) return start_decoding(Mode::kGb18030);
  mode_ = Mode::kUtf8;
  return {};
}

base::Result<size_t> DecodedSource::read_decoded(std::span<char> buffer) {
  while (decoded_used_ == decoded_.size()) {
    if (end_ - used_ < kLongestCharacter) COTERIE_CHECK_OK(want(kLongestCharacter));
    if (used_ == end_) return 0;
    decode_held();
  }
  const size_t size = std::min(buffer.size(), decoded_.size() - decoded_used_);
  std::memcpy(buffer.data(), decoded_.data() + decoded_used_, size);
  decoded_used_ += size;
  return size;
}

// Decodes what is held, but for half a character at its end, while decoded_ has room.
void DecodedSource::decode_held() {
  decoded_.resize(kBlockBytes);
  decoded_used_ = 0;
  char* to = decoded_.data();
  size_t room = decoded_.size();
  while (used_ < end_ && room > 0) {
    char* from = buffer_.data() + used_;
    size_t left = end_ - used_;
    const size_t converted = ::iconv(decoder_, &from, &left, &to, &room);
    const int why = errno;
    used_ = end_ - left;
    if (converted != static_cast<size_t>(-1)) continue;
    if (room == 0 || why == E2BIG || (why == EINVAL && !eof_)) break;
    *to++ = '\xFF';
    --room;
    ++used_;
    ::iconv(decoder_, nullptr, nullptr, nullptr, nullptr);
  }
  decoded_.resize(decoded_.size() - room);
}

}  // namespace coterie::collect

#include "collect/json_cutter.h"

#include <algorithm>
#include <cstring>

#include "collect/encoding.h"
#include "collect/match_mask.h"

namespace coterie::collect {

namespace {

using base::Code;

constexpr size_t kAheadBytes = 1 << 20;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

const char* find_char(const char* begin, const char* end, char c) {
  return static_cast<const char*>(std::memchr(begin, c, static_cast<size_t>(end - begin)));
}

// The first of three characters in [begin, end), or end. 64 bytes behind `end` are readable.
const char* find_any(const char* begin, const char* end, char a, char b, char c) {
  for (const char* block = begin; block < end; block += 64) {
    const uint64_t mask = match_mask(block, a, b, c);
    if (mask != 0) return std::min(block + __builtin_ctzll(mask), end);
  }
  return end;
}

// Hash of bytes that come in pieces of any size: it depends on the bytes only.
class PieceHash {
 public:
  void add(std::string_view bytes) {
    while (!bytes.empty()) {
      const size_t size = std::min(bytes.size(), kKeptRawBytes - held_.size());
      held_.append(bytes.substr(0, size));
      bytes.remove_prefix(size);
      if (held_.size() == kKeptRawBytes) fold();
    }
  }
  base::Hash128 finish() {
    fold();
    return hash_;
  }

 private:
  void fold() {
    hash_ = base::hash128(base::to_string(hash_) + base::to_string(base::hash128(held_)));
    held_.clear();
  }
  std::string held_;
  base::Hash128 hash_;
};

}  // namespace

JsonCutter::JsonCutter(TextSource& source, const ReaderOptions& options)
    : source_(source),
      max_record_bytes_(options.max_record_bytes),
      block_bytes_(std::max(options.block_bytes, size_t{1})),
      capacity_(std::max({max_record_bytes_ + 1, kKeptRawBytes, kAheadBytes}) + block_bytes_) {
  buffer_ = std::make_unique_for_overwrite<char[]>(capacity_ + kMaskBytes);
}

base::Status JsonCutter::start() {
  while (end_ < kAheadBytes && !eof_) COTERIE_RETURN_IF_ERROR(refill());
  if (ahead().starts_with("\xFF\xFE") || ahead().starts_with("\xFE\xFF"))
    return base::failure(Code::kInvalidArgument, "{}, line 1: the text is UTF-16; save it as UTF-8",
                         source_.name());
  if (ahead().starts_with("\xEF\xBB\xBF")) advance(3);
  const std::string_view text = ahead();
  const auto first = std::find_if_not(text.begin(), text.end(), is_blank);
  advance(static_cast<size_t>(first - text.begin()));
  start_ = {begin_, line_, offset_};
  return {};
}

void JsonCutter::rewind() {
  begin_ = start_.begin;
  line_ = start_.line;
  offset_ = start_.offset;
  arrays_ = 0;
  walk_ = {};
}

base::Status JsonCutter::refill() {
  if (begin_ > 0) {
    std::memmove(buffer_.get(), at(), end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  for (size_t wanted = std::min(block_bytes_, capacity_ - end_); wanted > 0;) {
    COTERIE_ASSIGN_OR_STATUS(const size_t got, source_.read({buffer_.get() + end_, wanted}));
    if (got == 0) {
      eof_ = true;
      break;
    }
    end_ += got;
    wanted -= got;
  }
  return {};
}

void JsonCutter::advance(size_t bytes) {
  advance(bytes, static_cast<uint64_t>(std::count(at(), at() + bytes, '\n')));
}

void JsonCutter::advance(size_t bytes, uint64_t lines) {
  line_ += lines;
  begin_ += bytes;
  offset_ += bytes;
}

base::Result<bool> JsonCutter::next(JsonPiece& piece) {
  for (;;) {
    switch (cut(piece)) {
      case Cut::kFound: return true;
      case Cut::kEnd: COTERIE_CHECK_OK(check_end()); return false;
      case Cut::kTooLong: COTERIE_CHECK_OK(skip_long(piece)); return true;
      case Cut::kNeedMore: COTERIE_CHECK_OK(refill());
    }
  }
}

bool JsonCutter::next_ahead(JsonPiece& piece) { return cut(piece) == Cut::kFound; }

JsonCutter::Cut JsonCutter::cut(JsonPiece& piece) {
  if (walk_.scanned == 0 && !skip_blank(way_ == Way::kObjects)) return eof_ ? Cut::kEnd : Cut::kNeedMore;
  begin_piece(piece);
  if (way_ == Way::kLines) return cut_line(piece);
  return *at() == '{' ? cut_object(piece) : cut_other(piece);
}

// Steps over what stands between records; false when nothing is left in the buffer.
bool JsonCutter::skip_blank(bool objects) {
  const char* to = at();
  for (; to < data_end(); ++to) {
    if (objects && *to == '[') ++arrays_;
    if (objects && *to == ']') --arrays_;
    if (!is_blank(*to) && !(objects && (*to == ',' || *to == '[' || *to == ']'))) break;
  }
  advance(static_cast<size_t>(to - at()));
  return begin_ < end_;
}

void JsonCutter::begin_piece(JsonPiece& piece) const {
  piece = JsonPiece();
  piece.line = line_;
  piece.byte_offset = offset_;
}

// Gives out [begin_, end), and steps over it and, of lines, over a line end of `line_end` bytes.
void JsonCutter::take(JsonPiece& piece, const char* end, size_t line_end) {
  const auto size = static_cast<size_t>(end - at());
  piece.text = trimmed({at(), size});
  if (way_ == Way::kLines)
    advance(size + line_end, line_end);
  else
    advance(size);
  walk_ = {};
}

JsonCutter::Cut JsonCutter::cut_line(JsonPiece& piece) {
  const char* end = find_char(at(), data_end(), '\n');
  const size_t size = static_cast<size_t>((end == nullptr ? data_end() : end) - at());
  if (size > max_record_bytes_) return Cut::kTooLong;
  if (end == nullptr && !eof_) return Cut::kNeedMore;
  take(piece, at() + size, end == nullptr ? 0 : 1);
  return Cut::kFound;
}

JsonCutter::Cut JsonCutter::cut_object(JsonPiece& piece) {
  const char* end = find_object_end();
  const size_t size = end == nullptr ? walk_.scanned : static_cast<size_t>(end - at());
  if (size > max_record_bytes_) return Cut::kTooLong;
  if (end == nullptr) return eof_ ? Cut::kEnd : Cut::kNeedMore;
  take(piece, end, 0);
  return Cut::kFound;
}

// What is no object: up to a comma, a brace, a bracket or the line's end.
JsonCutter::Cut JsonCutter::cut_other(JsonPiece& piece) {
  const char* end = at();
  while (end < data_end() && std::strchr(",{[]\n", *end) == nullptr) ++end;
  while (end < data_end() && *end == '\0') ++end;
  const auto size = static_cast<size_t>(end - at());
  if (size > max_record_bytes_) return Cut::kTooLong;
  if (end == data_end() && !eof_) return Cut::kNeedMore;
  take(piece, end, 0);
  return Cut::kFound;
}

// Goes on where the walk stopped; returns what follows the closing brace, or nullptr when it is not in the
// buffer.
const char* JsonCutter::find_object_end() {
  const char* here = at() + walk_.scanned;
  const char* const end = data_end();
  while (here < end) {
    if (walk_.escaped) {
      walk_.escaped = false;
      if (*here != '\n') ++here;
      continue;
    }
    here = walk_.in_string ? find_any(here, end, '"', '\\', '\n') : find_any(here, end, '"', '{', '}');
    if (here == end) break;
    const char c = *here++;
    if (walk_.in_string) {
      walk_.escaped = c == '\\';
      walk_.in_string = c == '\\';
    } else if (c == '"') {
      walk_.in_string = true;
    } else if (c == '{') {
      ++walk_.depth;
    } else if (walk_.depth <= 1) {
      return here;
    } else {
      --walk_.depth;
    }
  }
  walk_.scanned = static_cast<size_t>(end - at());
  return nullptr;
}

// Steps over a record that is too long, keeping its start and a hash of the rest.
base::Status JsonCutter::skip_long(JsonPiece& piece) {
  walk_ = {};
  PieceHash hash;
  const size_t kept = std::min(kKeptRawBytes, max_record_bytes_);
  kept_.assign(at(), kept);
  size_t to_skip = kept;  // kept already
  for (bool found = false; !found;) {
    const char* stop = nullptr;
    found = skip_part(&stop);
    const std::string_view part(at(), static_cast<size_t>(stop - at()));
    hash.add(part.substr(std::min(to_skip, part.size())));
    to_skip -= std::min(to_skip, part.size());
    advance(part.size());
    walk_.scanned = 0;
    if (!found && eof_ && way_ == Way::kObjects)
      return base::failure(Code::kDataLoss,
                           "{}: the object that begins on line {} does not end before the file does; get the "
                           "file again or mend it, "
                           "nothing of it is kept",
                           source_.name(), piece.line);
    if (!found && eof_) break;
    if (!found) COTERIE_RETURN_IF_ERROR(refill());
  }
  walk_ = {};
  piece.text = kept_;
  piece.too_long = true;
  piece.cut = hash.finish();
  return {};
}

// Sets *stop to the end of the record, or of the buffer when that comes before.
bool JsonCutter::skip_part(const char** stop) {
  const char* end = nullptr;
  if (way_ == Way::kObjects && (walk_.depth > 0 || *at() == '{'))
    end = find_object_end();
  else
    end = find_char(at(), data_end(), '\n');
  *stop = end == nullptr ? data_end() : end;
  return end != nullptr;
}

base::Status JsonCutter::check_end() const {
  if (way_ == Way::kLines || (begin_ == end_ && arrays_ <= 0)) return {};
  if (begin_ == end_)
    return base::failure(
        Code::kDataLoss,
        "{}: the file ends inside its JSON array: there is no ] after line {}; get the file again, "
        "nothing of it is kept",
        source_.name(), line_);
  return base::failure(Code::kDataLoss,
                       "{}: the object that begins on line {} does not end before the file does; get the "
                       "file again or mend it, "
                       "nothing of it is kept",
                       source_.name(), line_);
}

}  // namespace coterie::collect

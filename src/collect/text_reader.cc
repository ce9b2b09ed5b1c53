#include "collect/text_reader.h"

#include <algorithm>
#include <cstring>

#include "collect/encoding.h"
#include "collect/match_mask.h"

namespace coterie::collect {

namespace {

constexpr std::string_view kDelimiters = ",\t;|";

using base::Code;

// `end` without a carriage return that stands before it.
const char* before_return(const char* begin, const char* end) {
  return end > begin && end[-1] == '\r' ? end - 1 : end;
}

const char* find_line_end(const char* begin, const char* end) {
  return static_cast<const char*>(std::memchr(begin, '\n', static_cast<size_t>(end - begin)));
}

// Of kDelimiters the one that stands most often outside quotes in the first line of `text`.
char most_frequent_delimiter(std::string_view text) {
  size_t counts[4] = {};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == '\n') break;
    const size_t which = kDelimiters.find(c);
    if (which != std::string_view::npos && !quoted) ++counts[which];
  }
  return kDelimiters[static_cast<size_t>(std::max_element(counts, counts + 4) - counts)];
}

}  // namespace

// Walks the delimiters, quotes and line ends of [begin, stop) in order.
class TextReader::Marks {
 public:
  Marks(const char* begin, const char* stop, char delimiter)
      : block_(begin), stop_(stop), delimiter_(delimiter) {
    if (block_ < stop_) load();
  }

  // The next mark, or stop.
  const char* next() {
    while (mask_ == 0) {
      if (stop_ - block_ <= 64) return stop_;
      block_ += 64;
      load();
    }
    const char* at = block_ + __builtin_ctzll(mask_);
    mask_ &= mask_ - 1;
    return at;
  }

  const char* stop() const { return stop_; }
  char delimiter() const { return delimiter_; }

 private:
  void load() {
    mask_ = match_mask(block_, delimiter_, '\n', '"');
    const auto left = static_cast<size_t>(stop_ - block_);
    if (left < 64) mask_ &= (uint64_t{1} << left) - 1;
  }

  const char* block_;
  const char* stop_;
  char delimiter_;
  uint64_t mask_ = 0;
};

TextReader::TextReader(std::unique_ptr<TextSource> owned, TextSource& source, const ReaderOptions& options)
    : owned_(std::move(owned)), source_(source), options_(options) {
  const size_t tail = std::max(options_.max_record_bytes + 1, kKeptRawBytes);
  buffer_ = std::make_unique_for_overwrite<char[]>(tail + options_.block_bytes + kMaskBytes);
}

base::Result<std::unique_ptr<TextReader>> TextReader::open(TextSource& source, const ReaderOptions& options) {
  return opened(std::unique_ptr<TextReader>(new TextReader(nullptr, source, options)));
}

base::Result<std::unique_ptr<TextReader>> TextReader::open(std::unique_ptr<TextSource> source,
                                                           const ReaderOptions& options) {
  TextSource& borrowed = *source;
  return opened(std::unique_ptr<TextReader>(new TextReader(std::move(source), borrowed, options)));
}

base::Result<std::unique_ptr<TextReader>> TextReader::opened(std::unique_ptr<TextReader> reader) {
  COTERIE_CHECK_OK(reader->settle_delimiter());
  COTERIE_CHECK_OK(reader->read_header());
  return reader;
}

base::Status TextReader::settle_delimiter() {
  std::string& delimiter = options_.delimiter;
  if (delimiter == "space" || delimiter == " ") delimiter = " ";
  if (delimiter == std::string_view("\0", 1)) delimiter.clear();
  has_quotes_ = delimiter != " " && delimiter != "::";
  const bool ends_a_field = delimiter == "\"" || delimiter == "\n" || delimiter == "\r";
  if (ends_a_field || (has_quotes_ && delimiter.size() > 1))
    return base::failure(Code::kInvalidArgument,
                         "{} cannot be read with the delimiter '{}': give one character, '::' or 'space'",
                         source_.name(), delimiter);
  return {};
}

base::Status TextReader::read_header() {
  while (end_ < 3 && !eof_) COTERIE_RETURN_IF_ERROR(refill());
  const std::string_view start(buffer_.get(), end_);
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF"))
    return base::failure(Code::kInvalidArgument, "{}, line 1: the text is UTF-16; save it as UTF-8",
                         source_.name());
  if (start.starts_with("\xEF\xBB\xBF")) advance(3, 0);
  if (options_.delimiter.empty()) COTERIE_RETURN_IF_ERROR(detect_delimiter());
  if (!options_.header.empty()) {
    selection_ = ColumnSelection(options_.header);
    columns_ = options_.header.size();
    return {};
  }
  Record record;
  COTERIE_ASSIGN_OR_STATUS(const bool found, next(record));
  if (!found)
    return base::failure(Code::kInvalidArgument, "{} is empty; its first line must name the columns",
                         source_.name());
  if (record.defects != 0)
    return base::failure(Code::kInvalidArgument, "{}, line {}: the header line cannot be read: {}",
                         source_.name(), record.line, describe_defects(record));
  std::vector<std::string> names;
  for (const std::string_view field : record.fields) names.emplace_back(trimmed(field));
  if (names.empty())
    return base::failure(Code::kInvalidArgument,
                         "{}, line {}: the header line holds spaces only; it must name the columns",
                         source_.name(), record.line);
  columns_ = names.size();
  selection_ = ColumnSelection(std::move(names));
  return {};
}

base::Status TextReader::select(const std::vector<std::string>& columns) {
  return selection_.select(columns, source_.name());
}

base::Status TextReader::detect_delimiter() {
  while (skip_blank_lines() == Walk::kNeedMore) COTERIE_RETURN_IF_ERROR(refill());
  while (!eof_ && end_ - begin_ <= options_.max_record_bytes &&
         find_line_end(buffer_.get() + begin_, buffer_.get() + end_) == nullptr) {
    COTERIE_RETURN_IF_ERROR(refill());
  }
  const char* const begin = buffer_.get() + begin_;
  options_.delimiter.assign(1, most_frequent_delimiter({begin, static_cast<size_t>(window_end() - begin)}));
  return {};
}

base::Result<bool> TextReader::next(Record& record) {
  for (;;) {
    Walk walk = skip_blank_lines();
    if (walk == Walk::kRecord) {
      if (begin_ == end_) return false;
      walk = has_quotes_ ? walk_record() : walk_line();
    }
    if (walk == Walk::kRecord && inner_lines_ > 0 && columns_ > 0 && fields_.size() != columns_)
      walk = Walk::kBadQuote;
    if (walk == Walk::kRecord) {
      finish_record(record);
      return true;
    }
    if (walk == Walk::kBadQuote && take_bad_line(record, kBadQuote)) return true;
    if (walk == Walk::kTooLong && take_bad_line(record, kTooLong)) return true;
    if (walk != Walk::kNeedMore && out_of_window(window_end()) == Walk::kTooLong) {
      COTERIE_CHECK_OK(skip_long_line(record));
      return true;
    }
    COTERIE_CHECK_OK(refill());
  }
}

base::Status TextReader::refill() {
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  for (size_t wanted = options_.block_bytes; wanted > 0;) {
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

// One byte more than a record may have, or what there is.
const char* TextReader::window_end() const {
  return buffer_.get() + std::min(end_, begin_ + options_.max_record_bytes + 1);
}

void TextReader::advance(size_t bytes, size_t lines) {
  begin_ += bytes;
  offset_ += bytes;
  line_ += lines;
}

// kRecord when a record, or the end of the file, stands at begin_.
TextReader::Walk TextReader::skip_blank_lines() {
  for (;;) {
    if (begin_ == end_) return eof_ ? Walk::kRecord : Walk::kNeedMore;
    const char* at = buffer_.get() + begin_;
    if (*at == '\n') {
      advance(1, 1);
      continue;
    }
    if (*at != '\r') return Walk::kRecord;
    if (begin_ + 1 == end_ && !eof_) return Walk::kNeedMore;
    if (begin_ + 1 < end_ && at[1] != '\n') return Walk::kRecord;
    advance(begin_ + 1 < end_ ? 2 : 1, 1);
  }
}

// What it means that the record does not end before `stop`.
TextReader::Walk TextReader::out_of_window(const char* stop) const {
  const auto seen = static_cast<size_t>(stop - (buffer_.get() + begin_));
  return seen > options_.max_record_bytes ? Walk::kTooLong : Walk::kNeedMore;
}

// Cuts the record at begin_ into fields_, and sets record_end_, next_start_ and inner_lines_.
TextReader::Walk TextReader::walk_record() {
  fields_.clear();
  unescaped_.clear();
  inner_lines_ = 0;
  next_start_ = nullptr;
  const char* field = buffer_.get() + begin_;
  Marks marks(field, window_end(), options_.delimiter.front());
  while (next_start_ == nullptr) {
    const bool quoted = field < marks.stop() && *field == '"';
    const Walk walk = quoted ? walk_quoted(marks, field, &field) : walk_plain(marks, field, &field);
    if (walk != Walk::kRecord) return walk;
  }
  return Walk::kRecord;
}

// Takes the physical line at begin_ as the record.
TextReader::Walk TextReader::walk_line() {
  fields_.clear();
  inner_lines_ = 0;
  const char* const begin = buffer_.get() + begin_;
  const char* const stop = window_end();
  const char* const end = find_line_end(begin, stop);
  if (end == nullptr) {
    const Walk walk = out_of_window(stop);
    if (walk == Walk::kTooLong || !at_end(stop)) return walk;
  }
  record_end_ = before_return(begin, end == nullptr ? stop : end);
  next_start_ = end == nullptr ? stop : end + 1;
  const std::string_view line(begin, static_cast<size_t>(record_end_ - begin));
  if (options_.delimiter == " ")
    split_at_spaces(line);
  else
    split_at_text(line);
  return Walk::kRecord;
}

void TextReader::split_at_spaces(std::string_view line) {
  constexpr std::string_view kSpaces = " \t";
  size_t at = line.find_first_not_of(kSpaces);
  while (at != std::string_view::npos) {
    const size_t end = std::min(line.find_first_of(kSpaces, at), line.size());
    fields_.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kSpaces, end);
  }
}

void TextReader::split_at_text(std::string_view line) {
  for (size_t at = 0;;) {
    const size_t end = line.find(options_.delimiter, at);
    fields_.push_back(line.substr(at, end == std::string_view::npos ? end : end - at));
    if (end == std::string_view::npos) return;
    at = end + options_.delimiter.size();
  }
}

// One unquoted field; *after is where the next one begins. Sets next_start_ when it is the last.
TextReader::Walk TextReader::walk_plain(Marks& marks, const char* field, const char** after) {
  const char* at = marks.next();
  while (at != marks.stop() && *at == '"') at = marks.next();
  if (at != marks.stop() && *at != '\n') {
    fields_.emplace_back(field, static_cast<size_t>(at - field));
    *after = at + 1;
    return Walk::kRecord;
  }
  if (at == marks.stop()) {
    const Walk walk = out_of_window(at);
    if (walk == Walk::kTooLong || !at_end(at)) return walk;
  }
  record_end_ = before_return(field, at);
  next_start_ = at == marks.stop() ? at : at + 1;
  fields_.emplace_back(field, static_cast<size_t>(record_end_ - field));
  return Walk::kRecord;
}

// One quoted field; `open` is its opening quote.
TextReader::Walk TextReader::walk_quoted(Marks& marks, const char* open, const char** after) {
  const char* const stop = marks.stop();
  size_t lines = 0;
  bool escaped = false;
  marks.next();  // the opening quote
  const char* close = marks.next();
  for (;; close = marks.next()) {
    if (close == stop || static_cast<size_t>(close - open) > options_.max_quoted_bytes + 1) {
      if (static_cast<size_t>(close - open) > options_.max_quoted_bytes + 1) return Walk::kBadQuote;
      const Walk walk = out_of_window(stop);
      return walk == Walk::kNeedMore && at_end(stop) ? Walk::kBadQuote : walk;
    }
    if (*close == '\n' && ++lines > options_.max_quoted_lines) return Walk::kBadQuote;
    if (*close != '"') continue;
    if (close + 1 == stop || close[1] != '"') break;
    marks.next();  // the second of a doubled quote
    escaped = true;
  }
  inner_lines_ += lines;
  add_quoted(open, close, escaped);
  const char* next = close + 1;
  if (next < stop && *next == marks.delimiter()) {
    marks.next();
    *after = next + 1;
    return Walk::kRecord;
  }
  record_end_ = next;
  if (next < stop && *next == '\r') ++next;
  if (next == stop) {
    const Walk walk = out_of_window(stop);
    if (walk == Walk::kTooLong || !at_end(stop)) return walk;
  } else if (*next != '\n') {
    return Walk::kBadQuote;
  }
  next_start_ = next == stop ? next : next + 1;
  return Walk::kRecord;
}

void TextReader::add_quoted(const char* open, const char* close, bool escaped) {
  const std::string_view inside(open + 1, static_cast<size_t>(close - open - 1));
  if (!escaped) {
    fields_.push_back(inside);
    return;
  }
  if (unescaped_.empty()) unescaped_.reserve(static_cast<size_t>(window_end() - (buffer_.get() + begin_)));
  const size_t start = unescaped_.size();
  for (size_t at = 0; at < inside.size(); ++at) {
    unescaped_.push_back(inside[at]);
    if (inside[at] == '"') ++at;
  }
  fields_.push_back(std::string_view(unescaped_).substr(start));
}

void TextReader::start(Record& record) const {
  record = Record();
  record.line = line_;
  record.byte_offset = offset_;
}

void TextReader::finish_record(Record& record) {
  start(record);
  const char* begin = buffer_.get() + begin_;
  record.raw = {begin, static_cast<size_t>(record_end_ - begin)};
  record.field_count = fields_.size();
  const TextFlaws flaws = find_flaws(record.raw);
  if (columns_ > 0 && fields_.size() != columns_) record.defects |= kFieldCount;
  if (flaws.has_nul) record.defects |= kNulByte;
  if (flaws.invalid_utf8) record.defects |= kNotUtf8;
  if (record.defects == 0) record.fields = selection_.apply(fields_);
  advance(static_cast<size_t>(next_start_ - begin), inner_lines_ + 1);
}

// Gives out the physical line at begin_ alone; false when its end is not in the window.
bool TextReader::take_bad_line(Record& record, uint8_t defects) {
  const char* begin = buffer_.get() + begin_;
  const char* stop = window_end();
  const char* end = find_line_end(begin, stop);
  if (end == nullptr) {
    if (!at_end(stop) || out_of_window(stop) == Walk::kTooLong) return false;
    end = stop;
  }
  start(record);
  record.raw = {begin, static_cast<size_t>(before_return(begin, end) - begin)};
  record.defects = defects;
  const TextFlaws flaws = find_flaws(record.raw);
  if (flaws.has_nul) record.defects |= kNulByte;
  if (flaws.invalid_utf8) record.defects |= kNotUtf8;
  advance(static_cast<size_t>(end - begin) + (end == stop ? 0 : 1), 1);
  return true;
}

// Skips a physical line longer than a record may be. What is cut is hashed in pieces counted from the line's
// start, so that the hash does not depend on the blocks read.
base::Status TextReader::skip_long_line(Record& record) {
  start(record);
  const size_t kept = std::min(kKeptRawBytes, options_.max_record_bytes);
  kept_.assign(buffer_.get() + begin_, kept);
  advance(kept, 0);
  for (bool done = false; !done;) {
    const char* begin = buffer_.get() + begin_;
    const size_t piece = std::min(end_ - begin_, kKeptRawBytes);
    const char* end = find_line_end(begin, begin + piece);
    if (end == nullptr && piece < kKeptRawBytes && !eof_) {
      COTERIE_RETURN_IF_ERROR(refill());
      continue;
    }
    const size_t size = end == nullptr ? piece : static_cast<size_t>(end - begin);
    record.cut = base::hash128(base::to_string(record.cut) + base::to_string(base::hash128({begin, size})));
    done = end != nullptr || piece < kKeptRawBytes;
    advance(size + (end == nullptr ? 0 : 1), done ? 1 : 0);
  }
  record.raw = kept_;
  record.defects = kTooLong;
  return {};
}

std::string delimiter_name(std::string_view delimiter) {
  if (delimiter == ",") return "comma";
  if (delimiter == "\t") return "tab";
  if (delimiter == ";") return "semicolon";
  if (delimiter == "|") return "pipe";
  if (delimiter == " ") return "spaces";
  return fmt::format("'{}'", delimiter);
}

std::string TextReader::format() const {
  const std::string_view encoding = source_.encoding();
  return fmt::format("CSV ({}{}{}{})", delimiter_name(options_.delimiter), encoding.empty() ? "" : ", ",
                     encoding, options_.header.empty() ? "" : ", no header line");
}

std::string TextReader::describe_defects(const Record& record) const {
  std::string out;
  const auto add = [&](std::string_view words) { out.append(out.empty() ? "" : "; ").append(words); };
  if ((record.defects & kTooLong) != 0) add(fmt::format("longer than {} bytes", options_.max_record_bytes));
  if ((record.defects & kBadQuote) != 0)
    add(fmt::format(
        "a quoted field is not closed before a delimiter or line end within {} lines and {} bytes",
        options_.max_quoted_lines, options_.max_quoted_bytes));
  if ((record.defects & kFieldCount) != 0)
    add(fmt::format("{} fields where the header has {}", record.field_count, columns_));
  if ((record.defects & kNulByte) != 0) add("holds a NUL byte");
  if ((record.defects & kNotUtf8) != 0) add("is not valid UTF-8");
  return out;
}

}  // namespace coterie::collect

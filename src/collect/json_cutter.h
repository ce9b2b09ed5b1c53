// Cuts a stream of JSON text into the texts of its records, without parsing them.
//
// Two ways: every line is a record (JSON Lines); or every outermost object is one, wherever its lines end
// (one big array of objects, or objects one after the other). The second counts braces outside strings, so
// memory does not depend on the array's size. There, what stands between the objects and is neither space nor
// comma nor bracket is a record of its own, for the parser to refuse; and since a string holds no line end, a
// quote too many harms the rest of its line only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/status.h"
#include "collect/record_reader.h"
#include "collect/text_source.h"

namespace coterie::collect {

/// A record's text. Views are valid until the next call.
struct JsonPiece {
  uint64_t line = 0;
  uint64_t byte_offset = 0;
  std::string_view text;  ///< without spaces and line ends around it; 64 more bytes can be read behind it
  bool too_long = false;  ///< text is the first 64 KiB
  base::Hash128 cut;      ///< of what is cut from text
};

/// Not thread safe. Memory: max_record_bytes + block_bytes, at least 1 MiB.
class JsonCutter {
 public:
  enum class Way { kLines, kObjects };

  /// `source` must outlive it.
  JsonCutter(TextSource& source, const ReaderOptions& options);

  /// Reads the first MiB, skips a byte order mark and blank space, and takes `way`. Before everything else.
  base::Status start();

  Way way() const { return way_; }
  /// While nothing was read, or after rewind().
  void set_way(Way way) { way_ = way; }

  /// What was read ahead, from the next record on.
  std::string_view ahead() const { return {buffer_.get() + begin_, end_ - begin_}; }

  /// The next record; false at the end. Errors: those of the source; kDataLoss (objects: the file ends inside
  /// one).
  base::Result<bool> next(JsonPiece& piece);

  /// The next record if it was read ahead whole; after this rewind() goes back to the first.
  bool next_ahead(JsonPiece& piece);
  void rewind();

 private:
  enum class Cut { kFound, kNeedMore, kTooLong, kEnd };

  base::Status refill();
  Cut cut(JsonPiece& piece);
  Cut cut_line(JsonPiece& piece);
  Cut cut_object(JsonPiece& piece);
  Cut cut_other(JsonPiece& piece);
  bool skip_blank(bool objects);
  const char* find_object_end();
  void begin_piece(JsonPiece& piece) const;
  void take(JsonPiece& piece, const char* end, size_t line_end);
  base::Status skip_long(JsonPiece& piece);
  bool skip_part(const char** stop);
  void advance(size_t bytes);
  void advance(size_t bytes, uint64_t lines);
  const char* at() const { return buffer_.get() + begin_; }
  const char* data_end() const { return buffer_.get() + end_; }
  base::Status check_end() const;

  // The walk through an object.
  struct Walk {
    size_t scanned = 0;  // bytes from begin_
    uint64_t depth = 0;
    bool in_string = false;
    bool escaped = false;
  };

  TextSource& source_;
  size_t max_record_bytes_;
  size_t block_bytes_;
  size_t capacity_;
  Way way_ = Way::kLines;
  std::unique_ptr<char[]> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool eof_ = false;
  uint64_t line_ = 1;    // of buffer_[begin_]
  uint64_t offset_ = 0;  // of buffer_[begin_]
  int64_t arrays_ = 0;   // brackets open around the objects
  Walk walk_;
  std::string kept_;
  struct {
    size_t begin = 0;
    uint64_t line = 1;
    uint64_t offset = 0;
  } start_;
};

}  // namespace coterie::collect

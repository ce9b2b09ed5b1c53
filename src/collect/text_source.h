// A stream of text bytes: a file (plain, gzip or zstd), standard input, or the generator. The reader above
// does not know which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace coterie::collect {

inline constexpr size_t kBlockBytes = 256 << 10;  ///< what sources read, decompress and decode at a time

class TextSource {
 public:
  virtual ~TextSource() = default;

  /// Name for messages and provenance: the file's name, or "generate".
  virtual const std::string& name() const = 0;

  /// Fills `buffer` from its start; returns the number of bytes, 0 at the end. Not thread safe.
  /// Errors: kDataLoss (damaged or truncated compression), kUnavailable (read failed).
  virtual base::Result<size_t> read(std::span<char> buffer) = 0;

  /// What the text was decoded from, when that is not UTF-8: "GB18030".
  virtual std::string_view encoding() const { return {}; }

  /// Size of what is behind the stream in bytes (compressed size for gzip and zstd) and how much of it is
  /// consumed, for progress; 0 when unknown.
  virtual uint64_t total_bytes() const { return 0; }
  virtual uint64_t consumed_bytes() const { return 0; }
};

}  // namespace coterie::collect

// Text in UTF-8, GB18030 or Latin-1 → UTF-8, block by block, and a look at its start.
//
// ASCII passes through. At the first byte beyond it, that byte and the 64 KiB after it decide: as valid UTF-8
// they are UTF-8; else they are GB18030 when they decode as that and look like Chinese, UTF-8 with bad rows
// otherwise. Nothing depends on the sizes in which the source hands out its bytes. Each byte that is not
// valid GB18030 becomes the byte FF, which no UTF-8 text holds: its row is unreadable, the others stay where
// they are. GBK and GB2312 are parts of GB18030. Latin-1 takes any bytes, so it is never guessed. Decoding is
// iconv's.
#pragma once

#include <iconv.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "collect/text_source.h"

namespace coterie::collect {

/// Not thread safe. Memory: about 1 MiB. Speed: a copy for UTF-8, about 150 MB/s for GB18030.
class DecodedSource final : public TextSource {
 public:
  /// `encoding`: "", "utf-8", "gb18030", "gbk", "gb2312" or "latin1", in any case, as given by a person.
  /// `source` must outlive it.
  /// Errors: kInvalidArgument (another encoding), kUnavailable (the system cannot decode it).
  static base::Result<std::unique_ptr<DecodedSource>> open(TextSource& source, std::string_view encoding);

  /// The same; it keeps the source.
  static base::Result<std::unique_ptr<DecodedSource>> open(std::unique_ptr<TextSource> source,
                                                           std::string_view encoding);
  ~DecodedSource() override;
  DecodedSource(const DecodedSource&) = delete;
  DecodedSource& operator=(const DecodedSource&) = delete;

  const std::string& name() const override { return source_.name(); }
  uint64_t total_bytes() const override { return source_.total_bytes(); }
  uint64_t consumed_bytes() const override { return source_.consumed_bytes(); }
  std::string_view encoding() const override;
  base::Result<size_t> read(std::span<char> buffer) override;

  /// The first `bytes` bytes or what there is, as they come; they will be read again. Before the first read()
  /// only.
  base::Result<std::string_view> peek(size_t bytes);

 private:
  enum class Mode { kUndecided, kUtf8, kGb18030, kLatin1 };

  DecodedSource(std::unique_ptr<TextSource> owned, TextSource& source)
      : owned_(std::move(owned)), source_(source) {}
  base::Status choose(std::string_view encoding);
  base::Status start_decoding(Mode mode);
  base::Status want(size_t bytes);
  base::Status decide();
  size_t pass(std::span<char> buffer, size_t limit);
  base::Result<size_t> read_undecided(std::span<char> buffer);
  base::Result<size_t> read_decoded(std::span<char> buffer);
  void decode_held();

  std::unique_ptr<TextSource> owned_;
  TextSource& source_;
  Mode mode_ = Mode::kUndecided;
  iconv_t decoder_ = reinterpret_cast<iconv_t>(-1);  // NOLINT(performance-no-int-to-ptr): iconv's own
  std::string_view held() const { return {buffer_.data() + used_, end_ - used_}; }

  std::vector<char> buffer_;  // [used_, end_) is read from the source and not yet given out
  size_t used_ = 0;
  size_t end_ = 0;
  bool eof_ = false;
  std::string decoded_;  // to UTF-8 and not yet given out: from decoded_used_ on
  size_t decoded_used_ = 0;
};

}  // namespace coterie::collect

// Every n-th member of a generated shop, as a stream of its own: a small shop inside a large one.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "collect/text_source.h"

namespace coterie::studies {

/// Keeps the header and the lines of members u0, uN, u2N, ...; lines without a member are left out. Not thread safe.
class MemberSubset final : public collect::TextSource {
 public:
  MemberSubset(collect::TextSource& all, uint64_t every) : all_(all), every_(every) {}

  const std::string& name() const override { return all_.name(); }

  base::Result<size_t> read(std::span<char> buffer) override {
    while (kept_.size() - at_ < buffer.size() && !at_end_) {
      if (auto status = read_more(buffer.size()); !status.ok()) return tl::unexpected(status);
    }
    const size_t size = std::min(buffer.size(), kept_.size() - at_);
    std::copy_n(kept_.data() + at_, size, buffer.data());
    at_ += size;
    return size;
  }

 private:
  base::Status read_more(size_t size) {
    kept_.erase(0, std::exchange(at_, 0));
    const size_t begin = text_.size();
    text_.resize(begin + size);
    auto got = all_.read(std::span(text_).subspan(begin));
    if (!got) return got.error();
    text_.resize(begin + *got);
    at_end_ = *got == 0;
    size_t from = 0;
    for (size_t end; (end = text_.find('\n', from)) != std::string::npos; from = end + 1) {
      const std::string_view line = std::string_view(text_).substr(from, end + 1 - from);
      if (std::exchange(in_header_, false) || is_kept(line)) kept_.append(line);
    }
    text_.erase(0, from);
    return {};
  }

  // The second field is user_id, "u" and a number; no field before it is quoted.
  bool is_kept(std::string_view line) const {
    const size_t comma = line.find(',');
    if (comma == std::string_view::npos || line.substr(comma + 1, 1) != "u") return false;
    uint64_t number = 1;
    std::from_chars(line.data() + comma + 2, line.data() + line.size(), number);
    return number % every_ == 0;
  }

  collect::TextSource& all_;
  uint64_t every_;
  std::string text_, kept_;
  size_t at_ = 0;
  bool at_end_ = false, in_header_ = true;
};

}  // namespace coterie::studies

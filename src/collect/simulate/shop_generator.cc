#include "collect/simulate/shop_generator.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/hash.h"
#include "collect/simulate/shop_source.h"

namespace coterie::collect::simulate {

namespace {

constexpr uint64_t kMostUsers = 10'000'000;
constexpr uint32_t kMostDays = 3'650;
constexpr double kMostDirt = 0.5;
constexpr size_t kRowsAtOnce = 1024;

// Differs between shops, so that two of them in one workspace share no event id.
std::string tag_of(const GenerateOptions& options) {
  const std::string text =
      fmt::format("{}/{}/{}/{}", options.users, options.days, options.seed, options.dirty);
  return base::to_string(base::hash128(text)).substr(0, 6);
}

}  // namespace

base::Status validate(const GenerateOptions& options) {
  using base::Code;
  if (options.users < 1 || options.users > kMostUsers)
    return base::failure(Code::kInvalidArgument, "users must be 1 to {}, not {}", kMostUsers, options.users);
  if (options.days < 1 || options.days > kMostDays)
    return base::failure(Code::kInvalidArgument, "days must be 1 to {}, not {}", kMostDays, options.days);
  if (!(options.dirty >= 0.0 && options.dirty <= kMostDirt))
    return base::failure(Code::kInvalidArgument, "dirty must be a share of rows from 0 to {}, not {}",
                         kMostDirt, options.dirty);
  return {};
}

ShopSource::ShopSource(const ShopProfile& profile, const GenerateOptions& options)
    : truth_(profile, options),
      simulation_(truth_, options.seed),
      writer_(truth_, tag_of(options)),
      dirt_(options.dirty, options.seed),
      text_(std::string(kShopHeader) + '\n') {}

base::Result<size_t> ShopSource::read(std::span<char> buffer) {
  size_t filled = 0;
  while (filled < buffer.size()) {
    if (text_at_ == text_.size() && !write_more()) break;
    const size_t bytes = std::min(buffer.size() - filled, text_.size() - text_at_);
    std::memcpy(buffer.data() + filled, text_.data() + text_at_, bytes);
    filled += bytes;
    text_at_ += bytes;
  }
  return filled;
}

bool ShopSource::write_more() {
  text_.clear();
  text_at_ = 0;
  while (rows_.empty()) {
    if (simulation_.done()) return false;
    rows_ = simulation_.next_day();
    writer_.begin_day(day_);
    dirt_.begin_day(day_);
    ++day_;
  }
  const auto block = rows_.first(std::min(rows_.size(), kRowsAtOnce));
  for (const Row& row : block) {
    const size_t begin = text_.size();
    writer_.append(row, text_);
    dirt_.maybe_append(row, std::string_view(text_).substr(begin), writer_, text_);
  }
  rows_ = rows_.subspan(block.size());
  return true;
}

base::Result<std::unique_ptr<TextSource>> make_shop_source(const GenerateOptions& options) {
  COTERIE_CHECK_OK(validate(options));
  return std::make_unique<ShopSource>(kRetailProfile, options);
}

}  // namespace coterie::collect::simulate

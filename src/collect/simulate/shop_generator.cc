#include "collect/simulate/shop_generator.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/hash.h"
#include "base/time.h"
#include "collect/simulate/shop_source.h"
#include "collect/simulate/truth_files.h"

namespace coterie::collect::simulate {

namespace {

constexpr uint64_t kMostUsers = 10'000'000;
constexpr uint32_t kMostDays = 3'650;
constexpr double kMostDirt = 0.5;
constexpr size_t kRowsAtOnce = 1024;

constexpr std::string_view kProfileNames[] = {"retail", "grocery", "subscription", "content"};
constexpr const ShopProfile* kProfiles[] = {&kRetailProfile, &kGroceryProfile, &kSubscriptionProfile,
                                            &kContentProfile};
constexpr std::string_view kFamilyNames[] = {"gamma", "lognormal"};

// Differs between shops, so that two of them in one workspace share no event id.
std::string tag_of(const GenerateOptions& options) {
  std::string text = fmt::format("{}/{}/{}/{}", options.users, options.days, options.seed, options.dirty);
  if (options.profile != Profile::kRetail) text += fmt::format("/{}", to_string(options.profile));
  if (options.family != Family::kGamma) text += fmt::format("/{}", to_string(options.family));
  if (options.drift_day) text += fmt::format("/drift {}", *options.drift_day);
  return base::to_string(base::hash128(text)).substr(0, 6);
}

}  // namespace

std::string_view to_string(Profile profile) { return kProfileNames[static_cast<size_t>(profile)]; }
std::string_view to_string(Family family) { return kFamilyNames[static_cast<size_t>(family)]; }

base::Result<uint32_t> period_day(std::string_view date, uint32_t days) {
  const auto civil = base::parse_civil_time(date);
  const auto end = base::parse_civil_time("2026-01-01");
  const int64_t day = civil ? days - (end->local_us - civil->local_us) / base::kDay : -1;
  if (!civil || civil->local_us % base::kDay != 0 || day < 0 || day >= static_cast<int64_t>(days))
    return base::error(
        base::Code::kInvalidArgument,
        "\"{}\" is no day of the period; write a date such as 2025-11-20, at most {} days before "
        "2026-01-01",
        date, days);
  return static_cast<uint32_t>(day);
}

base::Status validate(const GenerateOptions& options) {
  using base::Code;
  if (options.users < 1 || options.users > kMostUsers)
    return base::failure(Code::kInvalidArgument, "users must be 1 to {}, not {}", kMostUsers, options.users);
  if (options.days < 1 || options.days > kMostDays)
    return base::failure(Code::kInvalidArgument, "days must be 1 to {}, not {}", kMostDays, options.days);
  if (!(options.dirty >= 0.0 && options.dirty <= kMostDirt))
    return base::failure(Code::kInvalidArgument, "dirty must be a share of rows from 0 to {}, not {}",
                         kMostDirt, options.dirty);
  if (options.drift_day && *options.drift_day >= options.days)
    return base::failure(Code::kInvalidArgument, "drift must be a day of the period, 0 to {}, not {}",
                         options.days - 1, *options.drift_day);
  return {};
}

ShopSource::ShopSource(const ShopProfile& profile, const GenerateOptions& options, OtherTables others)
    : options_(options),
      truth_(profile, options),
      simulation_(truth_),
      writer_(truth_, tag_of(options)),
      dirt_(options.dirty, options.seed),
      others_(std::move(others)),
      text_(std::string(kShopHeader) + '\n') {}

base::Result<size_t> ShopSource::read(std::span<char> buffer) {
  size_t filled = 0;
  while (filled < buffer.size()) {
    if (text_at_ == text_.size()) {
      COTERIE_ASSIGN(const bool is_more, write_more());
      if (!is_more) break;
    }
    const size_t bytes = std::min(buffer.size() - filled, text_.size() - text_at_);
    std::memcpy(buffer.data() + filled, text_.data() + text_at_, bytes);
    filled += bytes;
    text_at_ += bytes;
  }
  return filled;
}

base::Status ShopSource::begin_day() {
  rows_ = simulation_.next_day();
  writer_.begin_day(day_);
  dirt_.begin_day(day_);
  return others_.append_day(truth_, day_++, rows_, simulation_.links());
}

base::Result<bool> ShopSource::write_more() {
  text_.clear();
  text_at_ = 0;
  while (rows_.empty()) {
    if (simulation_.done()) {
      COTERIE_CHECK_OK(others_.commit());
      return false;
    }
    COTERIE_CHECK_OK(begin_day());
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

base::Status ShopSource::write_truth(const std::filesystem::path& folder) const {
  return simulate::write_truth(truth_, options_, folder);
}

base::Result<std::unique_ptr<ShopText>> make_shop_source(const GenerateOptions& options,
                                                         const ShopFiles& files) {
  COTERIE_CHECK_OK(validate(options));
  COTERIE_ASSIGN(auto others, OtherTables::create(files));
  return std::make_unique<ShopSource>(*kProfiles[static_cast<size_t>(options.profile)], options,
                                      std::move(others));
}

}  // namespace coterie::collect::simulate

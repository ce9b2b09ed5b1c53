#include "collect/simulate/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "collect/simulate/streams.h"

namespace coterie::collect::simulate {

namespace {

constexpr uint64_t kCells = uint64_t{kCategories} * kStyles;
constexpr uint64_t kFewestItems = 2 * kCells;

// Prices look like prices: 12.90, 89.00, 239.00.
uint32_t shelf_price(double yuan) {
  if (yuan < 30.0) return static_cast<uint32_t>(std::max(1.0, std::floor(yuan))) * 100 + 90;
  if (yuan < 100.0) return static_cast<uint32_t>(std::floor(yuan)) * 100;
  return (static_cast<uint32_t>(std::floor(yuan / 10.0)) * 10 + 9) * 100;
}

// A Chinese brand (0) names its goods in Chinese, an international one (1) in English or both.
std::string product_name(const std::string& brand, bool international, const CategoryWords& words,
                         const Noun& noun, base::Random& rng) {
  const Adjective& adjective = adjective_words()[rng.below(adjective_words().size())];
  const std::string_view spec = words.specs[rng.below(words.specs.size())];
  if (!international) return fmt::format("{} {}{} {}", brand, adjective.zh, noun.zh, spec);
  if (rng.chance(0.5)) return fmt::format("{} {} {} {}", brand, adjective.en, noun.en, spec);
  return fmt::format("{} {} {} {}", brand, noun.zh, noun.en, spec);
}

}  // namespace

Catalog::Catalog(const ShopProfile& profile, const GenerateOptions& options)
    : drift_day_(options.drift_day.value_or(UINT32_MAX)), drift_price_(profile.drift_price) {
  const double scale = std::sqrt(static_cast<double>(options.users) / 20'000.0);
  const auto count = static_cast<uint64_t>(std::llround(profile.items_at_20000_users * scale));
  draw_brands(options.seed);
  draw_items(profile, std::max(count, kFewestItems), options.days, options.seed);
  fill_cells();
}

void Catalog::draw_brands(uint64_t seed) {
  base::Random rng = stream(seed, Purpose::kBrands, 0);
  const auto starts = chinese_brand_starts(), ends = chinese_brand_ends();
  const auto english_starts = english_brand_starts(), english_ends = english_brand_ends();
  // Brand k of the shuffled pairs of a start and an end: no two brands are called the same.
  std::vector<uint32_t> chinese(starts.size() * ends.size()),
      english(english_starts.size() * english_ends.size());
  for (uint32_t i = 0; i < chinese.size(); ++i) chinese[i] = i;
  for (uint32_t i = 0; i < english.size(); ++i) english[i] = i;
  rng.shuffle(chinese);
  rng.shuffle(english);
  for (uint32_t k = 0; k < kCells; ++k) {
    const uint32_t zh = chinese[k], en = english[k];
    auto& pair = brands_[k / kStyles][k % kStyles];
    pair[0] = fmt::format("{}{}", starts[zh / ends.size()], ends[zh % ends.size()]);
    pair[1] =
        fmt::format("{}{}", english_starts[en / english_ends.size()], english_ends[en % english_ends.size()]);
  }
}

void Catalog::draw_items(const ShopProfile& profile, uint64_t count, uint32_t days, uint64_t seed) {
  // The i-th item belongs to cell i mod cells; ranks of popularity are dealt to a category's items at random.
  const uint64_t per_category = (count + kCategories - 1) / kCategories;
  std::array<std::vector<uint32_t>, kCategories> ranks;
  base::Random dealer = stream(seed, Purpose::kItems, UINT64_MAX);
  for (auto& category : ranks) {
    category.resize(per_category);
    for (uint32_t r = 0; r < per_category; ++r) category[r] = r;
    dealer.shuffle(category);
  }
  items_.resize(count);
  for (uint64_t i = 0; i < count; ++i) {
    base::Random rng = stream(seed, Purpose::kItems, i);
    Item& item = items_[i];
    item.category = static_cast<uint8_t>(i % kCategories);
    item.style = static_cast<uint8_t>(i / kCategories % kStyles);
    item.brand = static_cast<uint8_t>(rng.below(2));
    const CategoryWords& words = category_words()[item.category];
    item.price_position = static_cast<float>(std::clamp(rng.normal(), -2.5, 2.5));
    item.quality = static_cast<float>(std::clamp(4.2 + 0.45 * rng.normal(), 2.0, 4.9));
    item.first_price = shelf_price(words.median_price * std::exp(words.price_sigma * item.price_position));
    item.later_price = shelf_price(item.first_price / 100.0 * (rng.chance(0.6) ? 1.08 : 0.9));
    if (rng.chance(profile.price_change_share)) item.price_change_day = static_cast<int32_t>(rng.below(days));
    const bool first_of_cell = i < kCells;
    if (rng.chance(profile.new_item_share) && !first_of_cell)
      item.first_day = static_cast<int32_t>(rng.below(days));
    item.popularity = std::pow(ranks[item.category].back() + profile.zipf_shift, -profile.zipf_exponent);
    ranks[item.category].pop_back();
    item.product = static_cast<uint8_t>(rng.below(words.nouns.size()));
    item.name = product_name(brand(item), item.brand == 1, words, words.nouns[item.product], rng);
  }
}

void Catalog::fill_cells() {
  std::vector<uint32_t> order(items_.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return items_[a].first_day < items_[b].first_day; });
  for (const uint32_t i : order) {
    Cell& cell = cells_[items_[i].category][items_[i].style];
    cell.items.push_back(i);
    cell.first_days.push_back(items_[i].first_day);
    cell.cumulative.push_back((cell.cumulative.empty() ? 0.0 : cell.cumulative.back()) +
                              items_[i].popularity);
  }
}

uint32_t Catalog::list_price(uint32_t item, uint32_t day) const {
  const Item& it = items_[item];
  const bool changed = it.price_change_day >= 0 && static_cast<int64_t>(day) >= it.price_change_day;
  const uint32_t cents = changed ? it.later_price : it.first_price;
  return day < drift_day_ ? cents : shelf_price(cents / 100.0 * drift_price_);
}

uint32_t Catalog::pick(uint32_t category, uint32_t style, uint32_t day, double u) const {
  const Cell& cell = cells_[category][style];
  const auto on_sale =
      std::upper_bound(cell.first_days.begin(), cell.first_days.end(), static_cast<int32_t>(day));
  const auto count = on_sale - cell.first_days.begin();
  const auto end = cell.cumulative.begin() + count;
  const auto at = std::upper_bound(cell.cumulative.begin(), end, u * cell.cumulative[count - 1]);
  return cell.items[std::min<int64_t>(at - cell.cumulative.begin(), count - 1)];
}

}  // namespace coterie::collect::simulate

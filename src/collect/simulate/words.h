// The small word lists from which the shop's categories, brands, product names and cities are made.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace coterie::collect::simulate {

inline constexpr uint32_t kCategories = 12;

struct Noun {
  std::string_view zh;
  std::string_view en;
};

/// A category of the shop: what it sells and how its goods are bought.
struct CategoryWords {
  std::string_view path;  ///< department/category
  double median_price;    ///< CNY
  double price_sigma;     ///< standard deviation of the log of prices
  double repeat_share;    ///< chance that a purchase here is one bought before, once there is one
  double refund_share;    ///< per order line
  uint32_t most_units;    ///< largest quantity of an order line
  uint32_t peak_month;    ///< 1 to 12
  double season;          ///< 0 to 1: how much the season matters
  std::array<Noun, 10> nouns;
  std::array<std::string_view, 4> specs;
};

std::span<const CategoryWords, kCategories> category_words();

struct Adjective {
  std::string_view zh;
  std::string_view en;
};

std::span<const Adjective> adjective_words();
std::span<const std::string_view> chinese_brand_starts();
std::span<const std::string_view> chinese_brand_ends();
std::span<const std::string_view> english_brand_starts();
std::span<const std::string_view> english_brand_ends();
std::span<const std::string_view> city_words();  ///< the largest first

}  // namespace coterie::collect::simulate

// What the shop sells: items with names, brands, prices, a long tail of popularity, and the day they appear.
//
// Every item belongs to a category and to a latent style, which its brand shows: members have a favourite
// style, so that what one buyer liked says what the next will. Popularity is Zipf-Mandelbrot within a
// category.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "collect/simulate/profile.h"
#include "collect/simulate/shop_generator.h"
#include "collect/simulate/words.h"

namespace coterie::collect::simulate {

inline constexpr uint32_t kStyles = 6;
inline constexpr uint32_t kNoItem = UINT32_MAX;

struct Item {
  uint8_t category = 0;
  uint8_t style = 0;
  uint8_t brand = 0;              ///< 0 or 1 of its category and style
  uint8_t product = 0;            ///< index into the nouns of its category
  float price_position = 0;       ///< log price within the category, standard deviations from its median
  float quality = 0;              ///< mean of its ratings, 1 to 5
  int32_t first_day = 0;          ///< 0 = was there when the period began
  int32_t price_change_day = -1;  ///< -1 = never
  uint32_t first_price = 0;       ///< list price in cents
  uint32_t later_price = 0;       ///< from price_change_day on
  double popularity = 0;          ///< relative weight within its category
  std::string name;
};

/// Immutable; safe from many threads.
class Catalog {
 public:
  /// O(items) time and memory.
  Catalog(const ShopProfile& profile, const GenerateOptions& options);

  const std::vector<Item>& items() const { return items_; }
  const std::string& brand(const Item& item) const { return brands_[item.category][item.style][item.brand]; }

  /// An item of the cell that is on sale on `day`, by popularity; u in [0, 1). Every cell has one. O(log
  /// items).
  uint32_t pick(uint32_t category, uint32_t style, uint32_t day, double u) const;

  /// List price in cents on `day`.
  uint32_t list_price(uint32_t item, uint32_t day) const;

 private:
  // Items of one category and style in order of appearance; cumulative[i] is the weight of the first i + 1.
  struct Cell {
    std::vector<uint32_t> items;
    std::vector<int32_t> first_days;
    std::vector<double> cumulative;
  };

  void draw_brands(uint64_t seed);
  void draw_items(const ShopProfile& profile, uint64_t count, uint32_t days, uint64_t seed);
  void fill_cells();

  uint32_t drift_day_;
  double drift_price_;
  std::vector<Item> items_;
  std::array<std::array<Cell, kStyles>, kCategories> cells_;
  std::array<std::array<std::array<std::string, 2>, kStyles>, kCategories> brands_;
};

}  // namespace coterie::collect::simulate

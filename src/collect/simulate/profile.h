// The numbers that make a kind of shop, in one place: everything that is a choice and not a mechanism.
//
// One profile now, a general retailer. Chosen so that repeat rate, basket size, concentration of sales,
// view-to-buy ratios and the difficulty of prediction are those of real shops (docs/methods/simulate.md has
// the comparison).
#pragma once

#include <cstdint>

namespace coterie::collect::simulate {

struct ShopProfile {
  // Members: who is there at the start, how often they come, when they stop.
  double existing_share = 0.5;        ///< members before the period begins; the others join during it
  double existing_tenure_days = 400;  ///< mean age of an existing membership
  double visit_shape = 0.9;           ///< r of the gamma distribution of visit rates
  double visits_per_day = 0.036;      ///< its mean
  double dropout_a = 0.55;            ///< beta distribution of the chance to leave for good after a visit
  double dropout_b = 6.0;

  // Taste.
  uint32_t taste_groups = 6;         ///< latent groups of members
  double taste_concentration = 8.0;  ///< how close a member's tastes are to those of the group
  double style_focus = 0.74;         ///< share of choices that follow the member's favourite style
  double price_fit_width = 0.8;      ///< tolerance between price level and budget, in standard deviations
  double budget_sigma = 0.8;         ///< standard deviation of the log of a member's price level

  // The catalogue.
  double items_at_20000_users = 3'000;  ///< grows with the square root of the number of members
  double zipf_exponent = 1.5;           ///< popularity ∝ (rank + zipf_shift)^-exponent within a category
  double zipf_shift = 8.0;
  double new_item_share = 0.3;      ///< items that appear during the period
  double price_change_share = 0.4;  ///< items whose list price changes once

  // A visit.
  double views_mean = 4.0;     ///< beyond the first
  double same_category = 0.6;  ///< chance that the next view stays in the category
  double login = 0.25;
  double search = 0.25;
  double favorite = 0.05;            ///< per view
  double share = 0.01;               ///< per view
  double browse_cart = 0.07;         ///< per view in a visit that ends without an order
  double abandoned_checkout = 0.15;  ///< per visit that filled a cart and bought nothing
  double buy_a = 1.0;                ///< beta distribution of the chance that a visit ends with an order
  double buy_b = 2.8;
  double extra_lines_mean = 1.2;  ///< order lines beyond the first
  double habit = 0.7;             ///< factor on the repeat shares of the categories
  double coupon = 0.10;           ///< orders with a coupon on ordinary days
  double review = 0.08;           ///< per order line
};

inline constexpr ShopProfile kRetailProfile{};

}  // namespace coterie::collect::simulate

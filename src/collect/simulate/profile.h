// The numbers that make a kind of shop, in one place: everything that is a choice and not a mechanism.
//
// Those of the retailer are chosen so that repeat rate, basket size, concentration of sales, view-to-buy ratios and
// the difficulty of prediction are those of real shops (docs/methods/simulate.md has the comparison); the other kinds
// differ from it as stated.
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
  double message = 0.03;          ///< to the shop, per order line
  double question = 0.01;         ///< to the shop, per visit without an order
  double invite = 0.02;           ///< of somebody new, per visit
  double invited = 0.25;          ///< of those who join, where an invitation is open
  double guest = 0.3;             ///< of those who join: they looked around before, unknown

  // Orders that come by themselves, of the subscriber who has not left.
  uint32_t renewal_days = 0;    ///< between two renewals, 0 = none, less than kDaysAhead
  double renewal_chance = 0.0;  ///< that a line bought or renewed is renewed once more

  // From the drift day on, where one is set: a rival opens, and costs rise.
  double drift_buy = 0.6;     ///< factor on the chance that a visit ends with an order
  double drift_price = 1.25;  ///< factor on list prices
};

inline constexpr ShopProfile kRetailProfile{};

/// Many visits, full baskets, mostly of what was bought before.
inline constexpr ShopProfile kGroceryProfile{.visit_shape = 1.4,
                                             .visits_per_day = 0.10,
                                             .dropout_a = 0.5,
                                             .dropout_b = 16.0,
                                             .budget_sigma = 0.5,
                                             .new_item_share = 0.12,
                                             .views_mean = 5.0,
                                             .same_category = 0.3,
                                             .favorite = 0.02,
                                             .buy_a = 2.5,
                                             .buy_b = 2.5,
                                             .extra_lines_mean = 5.0,
                                             .habit = 1.1,
                                             .review = 0.02};

/// One line an order, renewed every thirty days until the member stops or leaves.
inline constexpr ShopProfile kSubscriptionProfile{.visit_shape = 0.8,
                                                  .visits_per_day = 0.05,
                                                  .dropout_b = 9.0,
                                                  .views_mean = 3.0,
                                                  .login = 0.7,
                                                  .buy_a = 0.6,
                                                  .buy_b = 9.0,
                                                  .extra_lines_mean = 0.0,
                                                  .habit = 0.0,
                                                  .review = 0.03,
                                                  .renewal_days = 30,
                                                  .renewal_chance = 0.93};

/// Long visits, much that is shared and kept, few orders.
inline constexpr ShopProfile kContentProfile{.visit_shape = 0.7,
                                             .visits_per_day = 0.07,
                                             .new_item_share = 0.6,
                                             .views_mean = 10.0,
                                             .favorite = 0.08,
                                             .share = 0.04,
                                             .browse_cart = 0.02,
                                             .buy_a = 0.8,
                                             .buy_b = 12.0,
                                             .extra_lines_mean = 0.2,
                                             .habit = 0.2};

}  // namespace coterie::collect::simulate

// Who the members are: the latent facts that a real shop never sees, drawn once, before anything happens.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "collect/simulate/catalog.h"
#include "collect/simulate/profile.h"
#include "collect/simulate/rhythm.h"
#include "collect/simulate/shop_generator.h"

namespace coterie::collect::simulate {

inline constexpr int32_t kStillHere = INT32_MAX;

/// The truth about one member.
struct Member {
  uint8_t taste_group = 0;
  uint8_t favorite_style = 0;
  uint8_t week_rhythm = 0;
  uint8_t day_rhythm = 0;
  uint8_t channel = 0;  ///< index into channel_names()
  uint8_t gender = 0;   ///< 0 = not stated, 1 = F, 2 = M
  uint8_t city = 0;
  uint8_t age = 0;                   ///< 0 = not stated
  int32_t join_day = 0;              ///< negative: before the period
  int32_t dropout_day = kStillHere;  ///< day of the last visit; known once the stream has passed it
  float visit_rate = 0;              ///< λ, visits a day of the shop's clock
  float dropout_chance = 0;          ///< p, chance to leave for good after each visit
  float buy_chance = 0;              ///< q, chance that a visit ends with an order
  float price_level = 0;             ///< z, log of the budget in standard deviations of prices
  float campaign_effect = 0;         ///< what a campaign of strength 1 adds to q, as a share of it: -0.3 to 1
  double first_visit = 0;            ///< reading of the member's week clock
  std::array<float, kCategories> taste{};  ///< θ, shares of interest, cumulative
};

/// Everything that was decided about a shop; dropout_day is filled while the shop is generated.
struct ShopTruth {
  ShopTruth(const ShopProfile& shop_profile, const GenerateOptions& options);

  ShopProfile profile;
  uint64_t seed;
  uint32_t drift_day;  ///< UINT32_MAX where nothing drifts
  Rhythm rhythm;
  Catalog catalog;
  std::vector<Member> members;  ///< user_id "u" + index
};

/// The mean tastes of a latent group; sums to 1.
std::array<double, kCategories> group_taste(uint8_t taste_group);

/// "app", "wechat", "web", "store".
std::string_view channel_name(uint8_t channel);

}  // namespace coterie::collect::simulate

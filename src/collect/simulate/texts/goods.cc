// Which aspects the reviews of a product speak of, and how a rating and the item's quality show in them.
#include <algorithm>
#include <array>

#include "collect/simulate/texts/texts.h"

namespace coterie::collect::simulate {

namespace {

using enum Aspect;

enum Goods : uint8_t {
  kFood,
  kSkin,
  kWash,
  kPlain,
  kSoft,
  kGear,
  kPetFood,
  kPetGear,
  kWear,
  kDevice,
  kHard,
  kCandle,
  kBook,
  kPen
};

// In the order of category_words() and of its nouns; a test holds them side by side.
constexpr Goods kGoods[12][10] = {
    {kFood, kFood, kFood, kFood, kFood, kFood, kFood, kFood, kFood, kFood},
    {kFood, kFood, kFood, kFood, kFood, kFood, kFood, kFood, kFood, kFood},
    {kFood, kFood, kFood, kFood, kFood, kFood, kFood, kFood, kFood, kFood},
    {kSkin, kSkin, kSkin, kSkin, kSkin, kSkin, kSkin, kSkin, kSkin, kSkin},
    {kWash, kWash, kSoft, kWash, kPlain, kWash, kWash, kWash, kSoft, kPlain},
    {kSoft, kSoft, kFood, kGear, kSoft, kGear, kWear, kFood, kSkin, kGear},
    {kPetFood, kPetFood, kPetGear, kPetFood, kPetFood, kPetGear, kPetGear, kPetGear, kPetGear, kPetFood},
    {kWear, kWear, kWear, kWear, kWear, kWear, kWear, kWear, kWear, kWear},
    {kGear, kWear, kWear, kGear, kGear, kDevice, kWear, kGear, kWear, kGear},
    {kDevice, kDevice, kDevice, kDevice, kDevice, kDevice, kDevice, kDevice, kDevice, kDevice},
    {kSoft, kSoft, kHard, kCandle, kHard, kHard, kHard, kHard, kSoft, kHard},
    {kBook, kBook, kBook, kBook, kPen, kPen, kPen, kPen, kBook, kBook},
};

constexpr std::array kFoodAspects = {kTaste, kFreshness, kPrice, kPackaging, kDelivery, kService};
constexpr std::array kSkinAspects = {kEffect, kGentleness, kScent, kPrice, kPackaging, kDelivery, kService};
constexpr std::array kWashAspects = {kEffect, kScent, kPrice, kPackaging, kGentleness, kDelivery, kService};
constexpr std::array kPlainAspects = {kQuality, kPrice, kPackaging, kDelivery, kService};
constexpr std::array kSoftAspects = {kComfort, kQuality, kPrice, kScent, kPackaging, kDelivery, kService};
constexpr std::array kGearAspects = {kQuality,  kAppearance, kPrice,  kComfort,
                                     kDelivery, kPackaging,  kService};
constexpr std::array kPetFoodAspects = {kPetAppeal, kFreshness, kPrice, kPackaging, kDelivery, kService};
constexpr std::array kPetGearAspects = {kPetAppeal, kQuality, kPrice, kDelivery, kPackaging, kService};
constexpr std::array kWearAspects = {kFit, kComfort, kAppearance, kQuality, kPrice, kDelivery, kService};
constexpr std::array kDeviceAspects = {kPerformance, kQuality,  kPrice,    kAppearance,
                                       kService,     kDelivery, kPackaging};
constexpr std::array kHardAspects = {kQuality, kAppearance, kPrice, kPackaging, kDelivery, kService};
constexpr std::array kCandleAspects = {kScent, kAppearance, kPrice, kPackaging, kDelivery, kService};
constexpr std::array kBookAspects = {kContent, kPrice, kPackaging, kDelivery, kAppearance, kService};
constexpr std::array kPenAspects = {kQuality, kAppearance, kPrice, kPackaging, kDelivery, kService};

}  // namespace

std::span<const Aspect> aspects_of(uint8_t category, uint8_t product) {
  switch (kGoods[std::min<uint8_t>(category, 11)][std::min<uint8_t>(product, 9)]) {
    case kFood: return kFoodAspects;
    case kSkin: return kSkinAspects;
    case kWash: return kWashAspects;
    case kPlain: return kPlainAspects;
    case kSoft: return kSoftAspects;
    case kGear: return kGearAspects;
    case kPetFood: return kPetFoodAspects;
    case kPetGear: return kPetGearAspects;
    case kWear: return kWearAspects;
    case kDevice: return kDeviceAspects;
    case kHard: return kHardAspects;
    case kCandle: return kCandleAspects;
    case kBook: return kBookAspects;
    case kPen: return kPenAspects;
  }
  return kPlainAspects;
}

double praise_probability(Aspect aspect, uint8_t rating, float quality) {
  constexpr double kByRating[] = {0.10, 0.26, 0.50, 0.78, 0.93};
  constexpr double kPerStar = 0.06;
  const bool own = aspect != kPrice && aspect != kDelivery && aspect != kPackaging && aspect != kService;
  const double lean = own ? kPerStar * (std::clamp(quality, 1.0F, 5.0F) - 3.0) : 0.0;
  return std::clamp(kByRating[std::clamp<int>(rating, 1, 5) - 1] + lean, 0.03, 0.97);
}

}  // namespace coterie::collect::simulate

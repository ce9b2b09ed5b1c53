// Requests as a shop would make them, for tests and for the study of what is written.
#pragma once

#include <algorithm>

#include "collect/simulate/texts/texts.h"
#include "collect/simulate/words.h"

namespace coterie::collect::simulate {

/// A request drawn at random: ratings as shops see them (many fives), styles, temper and languages mixed.
inline TextRequest draw_request(TextKind kind, TextLanguage language, base::Random& rng) {
  constexpr double kRatingSteps[] = {0.10, 0.20, 0.32, 0.58, 1.0};
  constexpr double kStyleSteps[] = {0.15, 0.55, 0.83, 1.0};
  TextRequest r;
  r.kind = kind;
  r.language = language;
  r.style = static_cast<WritingStyle>(rng.categorical(kStyleSteps));
  r.category = static_cast<uint8_t>(rng.below(kCategories));
  r.product = static_cast<uint8_t>(rng.below(10));
  r.rating = static_cast<uint8_t>(1 + rng.categorical(kRatingSteps));
  r.quality = static_cast<float>(std::clamp(r.rating + rng.normal(), 1.0, 5.0));
  r.motive = static_cast<Motive>(rng.below(kMotives));
  r.concern = static_cast<Concern>(rng.below(kConcerns));
  r.anger = static_cast<float>(rng.uniform());
  r.carelessness = static_cast<float>(rng.beta(1.0, 4.0));
  r.emoji_love = static_cast<float>(rng.beta(0.6, 2.4));
  r.mixing = static_cast<float>(rng.beta(0.5, 6.0));
  const Noun& noun = category_words()[r.category].nouns[r.product];
  r.noun = language == TextLanguage::kChinese ? noun.zh : noun.en;
  return r;
}

}  // namespace coterie::collect::simulate

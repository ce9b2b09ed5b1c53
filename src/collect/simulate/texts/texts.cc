#include "collect/simulate/texts/texts.h"

#include <algorithm>

#include "collect/simulate/texts/grammar.h"

namespace coterie::collect::simulate {

namespace {

TextRequest within_range(TextRequest r) {
  r.style = std::min(r.style, WritingStyle::kThorough);
  r.rating = std::clamp<uint8_t>(r.rating, 1, 5);
  r.motive = std::min(r.motive, Motive::kNeed);
  r.concern = std::min(r.concern, Concern::kPraise);
  for (float* share : {&r.anger, &r.carelessness, &r.emoji_love, &r.mixing})
    *share = std::clamp(*share, 0.0F, 1.0F);
  return r;
}

}  // namespace

std::string_view to_string(Aspect aspect) {
  constexpr std::string_view kNames[kAspects] = {
      "quality", "price",      "delivery", "packaging", "service",    "freshness",   "taste",   "scent",
      "effect",  "gentleness", "fit",      "comfort",   "appearance", "performance", "content", "pet_appeal"};
  return kNames[static_cast<size_t>(aspect)];
}

std::string_view to_string(Motive motive) {
  constexpr std::string_view kNames[kMotives] = {"price",  "gift",      "convenience", "health",
                                                 "status", "curiosity", "habit",       "need"};
  return kNames[static_cast<size_t>(motive)];
}

std::string_view to_string(Concern concern) {
  constexpr std::string_view kNames[kConcerns] = {
      "refund", "delay",   "damaged", "wrong_item", "missing_part", "usage",     "stock",
      "coupon", "invoice", "address", "exchange",   "cancel",       "complaint", "praise"};
  return kNames[static_cast<size_t>(concern)];
}

std::string_view to_string(Sentiment sentiment) {
  return sentiment == Sentiment::kPositive   ? "positive"
         : sentiment == Sentiment::kNegative ? "negative"
                                             : "neutral";
}

TextWriter::TextWriter(const WritingShares& shares)
    : shares_(shares), grammar_(std::make_unique<const TextGrammar>()) {}
TextWriter::~TextWriter() = default;
TextWriter::TextWriter(TextWriter&&) noexcept = default;
TextWriter& TextWriter::operator=(TextWriter&&) noexcept = default;

void TextWriter::write(const TextRequest& request, base::Random& rng, WrittenText& text) const {
  text.body.clear();
  text.truth = {};
  const TextRequest r = within_range(request);
  if (r.kind == TextKind::kReview)
    write_review(grammar_->of(r.language), shares_, r, rng, text);
  else
    write_message(grammar_->of(r.language), shares_, r, rng, text);
}

}  // namespace coterie::collect::simulate

#include "collect/simulate/texts/grammar.h"

#include <initializer_list>

namespace coterie::collect::simulate {

namespace {

AspectPatterns compile(const AspectPhrases& p) {
  return {Pattern(p.praise), Pattern(p.blame), Pattern(p.no_fault), Pattern(p.no_virtue), Pattern(p.mock)};
}

ReviewPatterns compile(const ReviewPhrases& p) {
  ReviewPatterns out{
      .very = Pattern(p.very),
      .who = Pattern(p.who),
      .when = Pattern(p.when),
      .opening = Pattern(p.opening),
      .aside = Pattern(p.aside),
      .silent = Pattern(p.silent),
      .motives = {},
      .other_motives = {},
      .verdict_praise = Pattern(p.verdict_praise),
      .verdict_blame = Pattern(p.verdict_blame),
      .verdict_neutral = Pattern(p.verdict_neutral),
      .feared = Pattern(p.feared),
      .hoped = Pattern(p.hoped),
      .then = Pattern(p.then),
      .reported = Pattern(p.reported),
      .reported_then = Pattern(p.reported_then),
      .elsewhere = Pattern(p.elsewhere),
      .elsewhere_then = Pattern(p.elsewhere_then),
      .mock_tail = Pattern(p.mock_tail),
      .happy_mixed = Pattern(p.happy_mixed),
      .angry_mixed = Pattern(p.angry_mixed),
      .happy_emoji = Pattern(p.happy_emoji),
      .angry_emoji = Pattern(p.angry_emoji),
      .neutral_emoji = Pattern(p.neutral_emoji),
  };
  for (size_t i = 0; i < kMotives; ++i) {
    out.motives[i] = Pattern(p.motives[i]);
    out.other_motives[i] = Pattern(p.other_motives[i]);
  }
  return out;
}

MessagePatterns compile(const MessagePhrases& p) {
  MessagePatterns out{.concerns = {},
                      .greeting = Pattern(p.greeting),
                      .detail = Pattern(p.detail),
                      .polite_end = Pattern(p.polite_end),
                      .angry_end = Pattern(p.angry_end),
                      .happy_end = Pattern(p.happy_end),
                      .mock = Pattern(p.mock),
                      .calm = Pattern(p.calm)};
  for (size_t i = 0; i < kConcerns; ++i)
    out.concerns[i] = {Pattern(p.concerns[i].problem), Pattern(p.concerns[i].wish),
                       Pattern(p.concerns[i].mention)};
  return out;
}

LanguageGrammar compile(const std::array<AspectPhrases, kAspects>& aspects, const ReviewPhrases& review,
                        const MessagePhrases& message) {
  LanguageGrammar out{.aspects = {}, .review = compile(review), .message = compile(message)};
  for (size_t i = 0; i < kAspects; ++i) out.aspects[i] = compile(aspects[i]);
  return out;
}

bool any_broken(std::initializer_list<const Pattern*> patterns) {
  for (const Pattern* pattern : patterns)
    if (pattern->empty() || pattern->is_broken()) return true;
  return false;
}

bool any_broken(const LanguageGrammar& g) {
  bool broken = false;
  for (const auto& a : g.aspects)
    broken |= any_broken({&a.praise, &a.blame, &a.no_fault, &a.no_virtue, &a.mock});
  for (const auto& motive : g.review.motives) broken |= any_broken({&motive});
  for (const auto& motive : g.review.other_motives) broken |= any_broken({&motive});
  for (const auto& c : g.message.concerns) broken |= any_broken({&c.problem, &c.wish, &c.mention});
  const ReviewPatterns& r = g.review;
  const MessagePatterns& m = g.message;
  return broken || any_broken({&r.very,           &r.who,           &r.when,
                               &r.opening,        &r.aside,         &r.silent,
                               &r.verdict_praise, &r.verdict_blame, &r.verdict_neutral,
                               &r.feared,         &r.hoped,         &r.then,
                               &r.reported,       &r.reported_then, &r.elsewhere,
                               &r.elsewhere_then, &r.mock_tail,     &r.happy_mixed,
                               &r.angry_mixed,    &r.happy_emoji,   &r.angry_emoji,
                               &r.neutral_emoji,  &m.greeting,      &m.detail,
                               &m.polite_end,     &m.angry_end,     &m.happy_end,
                               &m.mock,           &m.calm});
}

}  // namespace

Fillers LanguageGrammar::fillers(const TextRequest& request) const {
  const bool chinese = request.language == TextLanguage::kChinese;
  return {.item = !request.noun.empty() ? request.noun
                  : chinese             ? "东西"
                                        : "product",
          .very = &review.very,
          .who = &review.who,
          .when = &review.when};
}

TextGrammar::TextGrammar()
    : chinese(compile(chinese_aspects(), chinese_review(), chinese_message())),
      english(compile(english_aspects(), english_review(), english_message())) {}

bool TextGrammar::is_broken() const { return any_broken(chinese) || any_broken(english); }

}  // namespace coterie::collect::simulate

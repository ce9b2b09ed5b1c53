// The phrases of both languages, compiled.
#pragma once

#include <array>

#include "collect/simulate/texts/pattern.h"
#include "collect/simulate/texts/phrases.h"
#include "collect/simulate/texts/texts.h"

namespace coterie::collect::simulate {

struct AspectPatterns {
  Pattern praise, blame, no_fault, no_virtue, mock;
};

struct ReviewPatterns {
  Pattern very, who, when, opening, aside, silent;
  std::array<Pattern, kMotives> motives, other_motives;
  Pattern verdict_praise, verdict_blame, verdict_neutral;
  Pattern feared, hoped, then, reported, reported_then, elsewhere, elsewhere_then, mock_tail;
  Pattern happy_mixed, angry_mixed, happy_emoji, angry_emoji, neutral_emoji;
};

struct ConcernPatterns {
  Pattern problem, wish, mention;
};

struct MessagePatterns {
  std::array<ConcernPatterns, kConcerns> concerns;
  Pattern greeting, detail, polite_end, angry_end, happy_end, mock, calm;
};

struct LanguageGrammar {
  std::array<AspectPatterns, kAspects> aspects;
  ReviewPatterns review;
  MessagePatterns message;

  Fillers fillers(const TextRequest& request) const;
};

struct TextGrammar {
  TextGrammar();
  const LanguageGrammar& of(TextLanguage language) const {
    return language == TextLanguage::kChinese ? chinese : english;
  }
  /// True if a table holds a pattern that does not parse.
  bool is_broken() const;

  LanguageGrammar chinese, english;
};

/// Both replace `text`; the request is within its ranges.
void write_review(const LanguageGrammar& grammar, const WritingShares& shares, const TextRequest& request,
                  base::Random& rng, WrittenText& text);
void write_message(const LanguageGrammar& grammar, const WritingShares& shares, const TextRequest& request,
                   base::Random& rng, WrittenText& text);

}  // namespace coterie::collect::simulate

// The tables from which texts are made, one of each a language: patterns (pattern.h), as written by hand.
#pragma once

#include <array>
#include <string_view>

#include "collect/simulate/texts/texts.h"

namespace coterie::collect::simulate {

/// Clauses about one aspect, without capital and full stop.
struct AspectPhrases {
  std::string_view praise;
  std::string_view blame;
  std::string_view no_fault;   ///< praise that denies a fault
  std::string_view no_virtue;  ///< blame that denies a virtue
  std::string_view mock;       ///< blame in words of praise
};

/// The rest of a review.
struct ReviewPhrases {
  std::string_view very, who, when;
  std::array<std::string_view, kMotives> motives;
  std::array<std::string_view, kMotives> other_motives;  ///< named as one that is not the writer's
  std::string_view opening;         ///< a sentence that sets the scene and says nothing of worth
  std::string_view aside;           ///< the same, for the middle
  std::string_view silent;          ///< whole reviews that tell nothing
  std::string_view verdict_praise;  ///< and so on: the last word
  std::string_view verdict_blame;
  std::string_view verdict_neutral;
  std::string_view feared;    ///< before blame that proved wrong: "I was afraid that "
  std::string_view hoped;     ///< before praise that proved wrong: "I expected "
  std::string_view then;      ///< between it and the true opinion
  std::string_view reported;  ///< before what others say
  std::string_view reported_then;
  std::string_view elsewhere;  ///< before what another shop's was like
  std::string_view elsewhere_then;
  std::string_view mock_tail;                 ///< after a sentence of mock praise
  std::string_view happy_mixed, angry_mixed;  ///< words of the other language
  std::string_view happy_emoji, angry_emoji, neutral_emoji;
};

struct ConcernPhrases {
  std::string_view problem;  ///< what it is about
  std::string_view wish;     ///< what is asked for; may be empty
  std::string_view mention;  ///< names the concern as one that is not meant: "I do not want a refund"
};

struct MessagePhrases {
  std::array<ConcernPhrases, kConcerns> concerns;
  std::string_view greeting, detail, polite_end, angry_end, happy_end, mock;
  std::string_view calm;  ///< names anger to deny it
};

const std::array<AspectPhrases, kAspects>& chinese_aspects();
const std::array<AspectPhrases, kAspects>& english_aspects();
const ReviewPhrases& chinese_review();
const ReviewPhrases& english_review();
const MessagePhrases& chinese_message();
const MessagePhrases& english_message();

}  // namespace coterie::collect::simulate

// One service message: a greeting, what it is about, details, a wish, and the tone it ends in.
#include "collect/simulate/texts/composer.h"
#include "collect/simulate/texts/grammar.h"

namespace coterie::collect::simulate {

namespace {

// How likely each part is, by style.
struct MessageHabits {
  double greeting, detail, wish, end;
};
constexpr MessageHabits kMessageHabits[] = {
    {0.20, 0.15, 0.25, 0.30}, {0.50, 0.45, 0.55, 0.50}, {0.75, 0.70, 0.70, 0.65}, {0.80, 0.95, 0.90, 0.75}};
constexpr double kPoliteAnger = 0.15;  // angry messages that end politely

bool is_trouble(Concern concern) {
  using enum Concern;
  return concern == kRefund || concern == kDelay || concern == kDamaged || concern == kWrongItem ||
         concern == kMissingPart;
}

Sentiment draw_sentiment(Concern concern, double anger, base::Random& rng) {
  if (concern == Concern::kPraise) return Sentiment::kPositive;
  if (concern == Concern::kComplaint) return Sentiment::kNegative;
  const double angry = is_trouble(concern) ? 0.25 + 0.65 * anger : 0.03 + 0.25 * anger;
  return rng.chance(angry) ? Sentiment::kNegative : Sentiment::kNeutral;
}

// Any concern but `but`; praise and complaint are no side issues.
Concern draw_other(Concern but, base::Random& rng) {
  const uint64_t others = static_cast<uint64_t>(Concern::kComplaint);
  const auto drawn = static_cast<Concern>(rng.below(others));
  return drawn != but ? drawn : static_cast<Concern>((static_cast<uint64_t>(drawn) + 1) % others);
}

class Message {
 public:
  Message(const LanguageGrammar& grammar, const WritingShares& shares, const TextRequest& request,
          base::Random& rng, WrittenText& text)
      : grammar_(grammar),
        shares_(shares),
        request_(request),
        habits_(kMessageHabits[static_cast<size_t>(request.style)]),
        fillers_(grammar.fillers(request)),
        rng_(rng),
        truth_(text.truth),
        composer_(request, fillers_, rng, text.body) {}

  void write() {
    const ConcernPatterns& concern = of(request_.concern);
    truth_.concern = request_.concern;
    truth_.sentiment = draw_sentiment(request_.concern, request_.anger, rng_);
    if (rng_.chance(habits_.greeting)) part(grammar_.message.greeting);
    const bool detail_first = rng_.chance(0.3);
    if (detail_first) say_details();
    const bool side_issue = rng_.chance(shares_.side_issue);
    const bool denies = side_issue && rng_.chance(0.5);
    if (denies) say_denial();
    composer_.say(concern.problem);
    if (!detail_first) say_details();
    if (rng_.chance(habits_.wish)) {
      composer_.pause();
      composer_.say(concern.wish);
    }
    if (side_issue && !denies) say_second();
    say_tone();
    composer_.misspell();
  }

 private:
  const ConcernPatterns& of(Concern concern) const {
    return grammar_.message.concerns[static_cast<size_t>(concern)];
  }

  void part(const Pattern& pattern) {
    composer_.say(pattern);
    composer_.pause();
  }

  void say_details() {
    if (!rng_.chance(habits_.detail)) return;
    composer_.pause();
    composer_.say(grammar_.message.detail);
    if (request_.style == WritingStyle::kThorough) {
      composer_.pause();
      composer_.say(grammar_.message.detail);
    }
    composer_.end_sentence();
  }

  // "I do not want a refund, but ..."
  void say_denial() {
    composer_.say(of(draw_other(request_.concern, rng_)).mention);
    composer_.join_against(false);
  }

  void say_second() {
    truth_.has_second_concern = true;
    truth_.second_concern = draw_other(request_.concern, rng_);
    composer_.end_sentence();
    composer_.say(of(truth_.second_concern).problem);
  }

  void say_tone() {
    const MessagePatterns& m = grammar_.message;
    const bool angry = truth_.sentiment == Sentiment::kNegative;
    composer_.end_sentence();
    if (angry) {
      truth_.is_sarcastic = rng_.chance(shares_.sarcasm);
      const bool needed = request_.concern != Concern::kComplaint || truth_.is_sarcastic;
      if (needed || rng_.chance(habits_.end)) composer_.say(truth_.is_sarcastic ? m.mock : m.angry_end);
      if (rng_.chance(kPoliteAnger)) {
        composer_.end_sentence();
        composer_.say(m.polite_end);
      }
    } else if (truth_.sentiment == Sentiment::kNeutral && rng_.chance(shares_.side_issue)) {
      composer_.say(m.calm);
    } else if (rng_.chance(habits_.end)) {
      composer_.say(truth_.sentiment == Sentiment::kPositive ? m.happy_end : m.polite_end);
    }
    const ReviewPatterns& r = grammar_.review;
    decorate(composer_, request_, truth_.sentiment, r.happy_mixed, r.angry_mixed,
             truth_.sentiment == Sentiment::kPositive ? r.happy_emoji
             : angry && !truth_.is_sarcastic          ? r.angry_emoji
                                                      : r.neutral_emoji);
  }

  const LanguageGrammar& grammar_;
  const WritingShares& shares_;
  const TextRequest& request_;
  const MessageHabits& habits_;
  const Fillers fillers_;
  base::Random& rng_;
  TextTruth& truth_;
  Composer composer_;
};

}  // namespace

void write_message(const LanguageGrammar& grammar, const WritingShares& shares, const TextRequest& request,
                   base::Random& rng, WrittenText& text) {
  Message(grammar, shares, request, rng, text).write();
}

}  // namespace coterie::collect::simulate

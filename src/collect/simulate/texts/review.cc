// One review: which aspects are spoken of, whether each is praised or blamed, and how it is put.
#include <algorithm>
#include <array>

#include "collect/simulate/texts/composer.h"
#include "collect/simulate/texts/grammar.h"

namespace coterie::collect::simulate {

namespace {

// How likely each part is (more_words: a second sentence to an opinion), and how many opinions there are.
struct ReviewHabits {
  double opening, motive, aside, verdict, more_words;
  uint32_t least, more;  // opinions: least + below(more)
};
constexpr ReviewHabits kReviewHabits[] = {{0.20, 0.15, 0.05, 0.25, 0.0, 1, 1},
                                          {0.40, 0.40, 0.20, 0.30, 0.1, 1, 2},
                                          {0.65, 0.60, 0.45, 0.45, 0.3, 2, 2},
                                          {0.80, 0.75, 0.80, 0.60, 0.6, 3, 4}};
constexpr double kRankDecay = 0.35;   // weight of the n-th aspect: 1 / (1 + decay · n)
constexpr double kWrongEmoji = 0.15;  // emojis that tell nothing

Sentiment sentiment_of(uint8_t rating) {
  return rating >= 4 ? Sentiment::kPositive : rating == 3 ? Sentiment::kNeutral : Sentiment::kNegative;
}

Sentiment opposite(Sentiment s) { return static_cast<Sentiment>(-static_cast<int8_t>(s)); }

class Review {
 public:
  Review(const LanguageGrammar& grammar, const WritingShares& shares, const TextRequest& request,
         base::Random& rng, WrittenText& text)
      : grammar_(grammar),
        shares_(shares),
        request_(request),
        habits_(kReviewHabits[static_cast<size_t>(request.style)]),
        fillers_(grammar.fillers(request)),
        rng_(rng),
        truth_(text.truth),
        composer_(request, fillers_, rng, text.body) {}

  void write() {
    truth_.sentiment = sentiment_of(request_.rating);
    truth_.motive = request_.motive;
    if (rng_.chance(shares_.silent)) {
      truth_.is_silent = true;
      composer_.say(grammar_.review.silent);
      composer_.end_sentence();
    } else {
      choose_opinions();
      set_the_scene();
      say_opinions();
      conclude();
    }
    composer_.misspell();
  }

 private:
  void choose_opinions() {
    const auto aspects = aspects_of(request_.category, request_.product);
    const size_t count = std::min<size_t>(habits_.least + rng_.below(habits_.more), aspects.size());
    std::array<bool, kAspects> taken{};
    while (truth_.opinion_count < count) {
      const size_t rank = rng_.below(aspects.size());
      if (taken[rank] || !rng_.chance(1.0 / (1.0 + kRankDecay * static_cast<double>(rank)))) continue;
      taken[rank] = true;
      const double praise = praise_probability(aspects[rank], request_.rating, request_.quality);
      truth_.opinions[truth_.opinion_count++] = {
          aspects[rank], rng_.chance(praise) ? Sentiment::kPositive : Sentiment::kNegative};
    }
    settle();
  }

  // A verdict has at least one reason; a middling one has both kinds. The reason may come first or last.
  void settle() {
    auto& opinions = truth_.opinions;
    const size_t count = truth_.opinion_count;
    if (truth_.sentiment != Sentiment::kNeutral) {
      opinions[rng_.below(count)].sentiment = truth_.sentiment;
    } else if (count >= 2) {
      opinions[count - 1].sentiment = opposite(opinions[0].sentiment);
    }
  }

  void set_the_scene() {
    const bool motive_first = rng_.chance(0.5);
    if (motive_first) say_motive();
    if (rng_.chance(habits_.opening)) sentence(grammar_.review.opening);
    if (!motive_first) say_motive();
  }

  void say_motive() {
    if (!rng_.chance(habits_.motive)) return;
    truth_.says_motive = true;
    if (rng_.chance(shares_.side_issue)) say_other_motive();
    sentence(grammar_.review.motives[static_cast<size_t>(request_.motive)]);
  }

  // Named first, as what it was not.
  void say_other_motive() {
    const auto own = static_cast<size_t>(request_.motive);
    const size_t other = (own + 1 + rng_.below(kMotives - 1)) % kMotives;
    composer_.say(grammar_.review.other_motives[other]);
    composer_.pause();
  }

  void sentence(const Pattern& pattern) {
    composer_.say(pattern);
    if (rng_.chance(0.5))
      composer_.pause();
    else
      composer_.end_sentence();
  }

  void say_opinions() {
    const size_t count = truth_.opinion_count;
    const size_t contrasted = rng_.chance(shares_.contrast) ? rng_.below(count) : count;
    size_t mocked = count;
    if (truth_.sentiment == Sentiment::kNegative && rng_.chance(shares_.sarcasm))
      for (size_t i = 0; i < count; ++i)
        if (truth_.opinions[i].sentiment == Sentiment::kNegative && i != contrasted) mocked = i;
    for (size_t i = 0; i < count; ++i) {
      Opinion& opinion = truth_.opinions[i];
      if (i > 0 && truth_.opinions[i - 1].sentiment != opinion.sentiment && i != contrasted)
        composer_.join_against(opinion.sentiment == Sentiment::kPositive);
      else if (i > 0)
        composer_.join();
      if (i == contrasted) say_contrast(opinion);
      if (i == mocked)
        mock(opinion);
      else
        say(opinion);
    }
  }

  void say(Opinion& opinion) {
    opinion.is_denied = rng_.chance(shares_.denied);
    composer_.say(phrase(opinion));
    if (!rng_.chance(habits_.more_words)) return;
    composer_.pause();
    composer_.say(phrase({opinion.aspect, opinion.sentiment, false, false}));
  }

  const Pattern& phrase(const Opinion& opinion) const {
    const AspectPatterns& patterns = grammar_.aspects[static_cast<size_t>(opinion.aspect)];
    if (opinion.sentiment == Sentiment::kPositive)
      return opinion.is_denied ? patterns.no_fault : patterns.praise;
    return opinion.is_denied ? patterns.no_virtue : patterns.blame;
  }

  // The opposite opinion, as what was expected, is said, or was so elsewhere.
  void say_contrast(const Opinion& opinion) {
    const ReviewPatterns& r = grammar_.review;
    const bool turned_well = opinion.sentiment == Sentiment::kPositive;
    const std::pair<const Pattern&, const Pattern&> kinds[] = {{turned_well ? r.feared : r.hoped, r.then},
                                                               {r.reported, r.reported_then},
                                                               {r.elsewhere, r.elsewhere_then}};
    const auto& [before, then] = kinds[rng_.below(std::size(kinds))];
    truth_.is_contrast = true;
    composer_.say(before);
    composer_.say(phrase({opinion.aspect, opposite(opinion.sentiment), rng_.chance(shares_.denied), false}));
    composer_.say(then);
  }

  // Half of the mocking needs the fact in it to be understood, the other half praises and winks.
  void mock(Opinion& opinion) {
    const AspectPatterns& patterns = grammar_.aspects[static_cast<size_t>(opinion.aspect)];
    opinion.is_sarcastic = truth_.is_sarcastic = true;
    const bool has_fact = rng_.chance(0.5);
    composer_.say(has_fact ? patterns.mock : patterns.praise);
    if (!has_fact || rng_.chance(0.3)) composer_.say(grammar_.review.mock_tail);
  }

  void conclude() {
    const ReviewPatterns& r = grammar_.review;
    const Sentiment s = truth_.sentiment;
    composer_.end_sentence();
    if (rng_.chance(habits_.aside)) sentence(r.aside);
    if (request_.style == WritingStyle::kThorough && rng_.chance(0.6)) sentence(r.aside);
    if (rng_.chance(habits_.verdict)) {
      composer_.say(s == Sentiment::kPositive   ? r.verdict_praise
                    : s == Sentiment::kNegative ? r.verdict_blame
                                                : r.verdict_neutral);
      composer_.end_sentence();
    }
    const bool plain = s == Sentiment::kNeutral || truth_.is_sarcastic || rng_.chance(kWrongEmoji);
    decorate(composer_, request_, s, r.happy_mixed, r.angry_mixed,
             plain                       ? r.neutral_emoji
             : s == Sentiment::kPositive ? r.happy_emoji
                                         : r.angry_emoji);
  }

  const LanguageGrammar& grammar_;
  const WritingShares& shares_;
  const TextRequest& request_;
  const ReviewHabits& habits_;
  const Fillers fillers_;
  base::Random& rng_;
  TextTruth& truth_;
  Composer composer_;
};

}  // namespace

void write_review(const LanguageGrammar& grammar, const WritingShares& shares, const TextRequest& request,
                  base::Random& rng, WrittenText& text) {
  Review(grammar, shares, request, rng, text).write();
}

}  // namespace coterie::collect::simulate

// Reviews and messages: what is planted is there, and can be told from the words; never too easily.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "collect/simulate/texts/grammar.h"
#include "collect/simulate/texts/text_samples.h"

namespace coterie::collect::simulate {
namespace {

constexpr TextLanguage kLanguages[] = {TextLanguage::kChinese, TextLanguage::kEnglish};
constexpr TextKind kKinds[] = {TextKind::kReview, TextKind::kMessage};

struct Sample {
  TextRequest request;
  WrittenText text;
};

std::vector<Sample> samples(TextKind kind, TextLanguage language, uint64_t count, uint64_t seed = 1,
                            const WritingShares& shares = {}) {
  const TextWriter writer(shares);
  std::vector<Sample> out(count);
  for (uint64_t i = 0; i < count; ++i) {
    base::Random rng(seed, i);
    out[i].request = draw_request(kind, language, rng);
    writer.write(out[i].request, rng, out[i].text);
  }
  return out;
}

template <class Predicate>
double share(const std::vector<Sample>& all, Predicate holds) {
  return static_cast<double>(std::count_if(all.begin(), all.end(), holds)) / static_cast<double>(all.size());
}

// Decodes strictly: no overlong forms, no surrogates, no control characters.
bool is_clean_utf8(std::string_view s) {
  for (size_t i = 0; i < s.size();) {
    const auto byte = [&](size_t k) { return k < s.size() ? static_cast<unsigned char>(s[k]) : 0U; };
    const unsigned lead = byte(i);
    const size_t length = lead < 0x80       ? 1
                          : lead >> 5 == 6  ? 2
                          : lead >> 4 == 14 ? 3
                          : lead >> 3 == 30 ? 4
                                            : 0;
    if (length == 0) return false;
    uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
    for (size_t k = 1; k < length; ++k) {
      if (byte(i + k) >> 6 != 2) return false;
      code = code << 6 | (byte(i + k) & 0x3F);
    }
    constexpr uint32_t kLeast[] = {0, 0x20, 0x80, 0x800, 0x10000};
    if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF) || code == 0x7F)
      return false;
    i += length;
  }
  return true;
}

TEST(Pattern, ChoosesAmongNestedAlternativesAndFillsSlots) {
  const Pattern pattern("a[b|c[d|]]{item}|e");
  ASSERT_FALSE(pattern.is_broken());
  std::set<std::string> seen;
  base::Random rng(1);
  for (int i = 0; i < 200; ++i) {
    std::string out;
    pattern.expand({.item = "X"}, rng, out);
    seen.insert(out);
  }
  EXPECT_EQ(seen, (std::set<std::string>{"abX", "acdX", "acX", "e"}));
}

TEST(Pattern, KnowsABrokenOne) {
  for (const char* text : {"a[b", "a]b", "{nothing}", "{item", "a}b", "[[x]"})
    EXPECT_TRUE(Pattern(text).is_broken()) << text;
}

TEST(Texts, EveryPatternOfTheTablesParses) { EXPECT_FALSE(TextGrammar().is_broken()); }

TEST(Texts, TheSameSeedGivesTheSameBytesFromAnyThread) {
  std::vector<uint64_t> hashes(3);
  const auto hash_all = [](uint64_t& out) {
    std::string all;
    for (const TextKind kind : kKinds)
      for (const TextLanguage language : kLanguages)
        for (const Sample& s : samples(kind, language, 2'000, 5)) all += s.text.body + '\n';
    out = std::hash<std::string>{}(all);
  };
  std::vector<std::thread> threads;
  for (auto& hash : hashes) threads.emplace_back(hash_all, std::ref(hash));
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_EQ(hashes[0], hashes[2]);
  EXPECT_NE(samples(TextKind::kReview, TextLanguage::kChinese, 1, 6)[0].text.body,
            samples(TextKind::kReview, TextLanguage::kChinese, 1, 7)[0].text.body);
}

TEST(Texts, AreCleanUtf8ThatFitsACsvFieldAndVaryInLength) {
  for (const TextKind kind : kKinds)
    for (const TextLanguage language : kLanguages) {
      size_t shortest = SIZE_MAX, longest = 0;
      for (const Sample& s : samples(kind, language, 20'000)) {
        const std::string& body = s.text.body;
        ASSERT_FALSE(body.empty());
        ASSERT_TRUE(is_clean_utf8(body)) << body;
        ASSERT_EQ(body.find_first_of("\"[]{}|"), std::string::npos) << body;
        ASSERT_NE(body.front(), ' ') << body;
        shortest = std::min(shortest, body.size());
        longest = std::max(longest, body.size());
      }
      EXPECT_LT(shortest, 20U);
      EXPECT_GT(longest, kind == TextKind::kReview ? 400U : 150U);
      EXPECT_LT(longest, 1'500U);
    }
}

TEST(Texts, MoreThanNineInTenAreDistinct) {
  for (const TextKind kind : kKinds)
    for (const TextLanguage language : kLanguages) {
      std::set<std::string> distinct;
      for (const Sample& s : samples(kind, language, 100'000)) distinct.insert(s.text.body);
      EXPECT_GE(distinct.size(), 90'000U) << static_cast<int>(kind) << static_cast<int>(language);
    }
}

TEST(Texts, EveryAspectMotiveAndConcernIsReached) {
  for (const TextLanguage language : kLanguages) {
    std::map<std::pair<Aspect, Sentiment>, int> opinions;
    std::set<Motive> motives;
    for (const Sample& s : samples(TextKind::kReview, language, 20'000)) {
      for (const Opinion& opinion : s.text.truth.said()) ++opinions[{opinion.aspect, opinion.sentiment}];
      if (s.text.truth.says_motive) motives.insert(s.text.truth.motive);
    }
    EXPECT_EQ(opinions.size(), kAspects * 2);
    for (const auto& [opinion, count] : opinions) EXPECT_GT(count, 50) << to_string(opinion.first);
    EXPECT_EQ(motives.size(), kMotives);
    std::set<Concern> concerns, seconds;
    for (const Sample& s : samples(TextKind::kMessage, language, 20'000)) {
      concerns.insert(s.text.truth.concern);
      if (s.text.truth.has_second_concern) seconds.insert(s.text.truth.second_concern);
    }
    EXPECT_EQ(concerns.size(), kConcerns);
    EXPECT_EQ(seconds.size(), kConcerns - 2);
  }
}

TEST(Texts, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kAspects; ++i) names.insert(to_string(static_cast<Aspect>(i)));
  EXPECT_EQ(names.size(), kAspects);
  names.clear();
  for (size_t i = 0; i < kMotives; ++i) names.insert(to_string(static_cast<Motive>(i)));
  EXPECT_EQ(names.size(), kMotives);
  names.clear();
  for (size_t i = 0; i < kConcerns; ++i) names.insert(to_string(static_cast<Concern>(i)));
  EXPECT_EQ(names.size(), kConcerns);
}

TEST(Reviews, SpeakOfWhatTheProductIs) {
  const auto has = [](uint8_t category, std::string_view noun, Aspect aspect) {
    const auto& nouns = category_words()[category].nouns;
    const auto at = std::find_if(nouns.begin(), nouns.end(), [&](const Noun& n) { return n.en == noun; });
    EXPECT_NE(at, nouns.end()) << noun << " is no longer in the category: bring kGoods into line";
    const auto aspects = aspects_of(category, static_cast<uint8_t>(at - nouns.begin()));
    return std::find(aspects.begin(), aspects.end(), aspect) != aspects.end();
  };
  EXPECT_TRUE(has(0, "Rice", Aspect::kTaste));
  EXPECT_TRUE(has(1, "Cookies", Aspect::kFreshness));
  EXPECT_TRUE(has(3, "Repair Serum", Aspect::kEffect));
  EXPECT_TRUE(has(4, "Bin Bags", Aspect::kQuality));
  EXPECT_FALSE(has(4, "Bin Bags", Aspect::kScent));
  EXPECT_TRUE(has(5, "Baby Romper", Aspect::kFit));
  EXPECT_TRUE(has(5, "Rice Cereal", Aspect::kTaste));
  EXPECT_TRUE(has(6, "Cat Food", Aspect::kPetAppeal));
  EXPECT_TRUE(has(7, "Wool Coat", Aspect::kFit));
  EXPECT_TRUE(has(8, "Running Shoes", Aspect::kFit));
  EXPECT_TRUE(has(8, "Massage Gun", Aspect::kPerformance));
  EXPECT_TRUE(has(9, "Monitor", Aspect::kPerformance));
  EXPECT_TRUE(has(10, "Scented Candle", Aspect::kScent));
  EXPECT_TRUE(has(11, "Home Cooking", Aspect::kContent));
  EXPECT_FALSE(has(11, "Gel Pens", Aspect::kContent));
}

TEST(Reviews, OpinionsAreThoseOfTheProductAndNoneTwice) {
  for (const Sample& s : samples(TextKind::kReview, TextLanguage::kEnglish, 5'000)) {
    const auto aspects = aspects_of(s.request.category, s.request.product);
    std::set<Aspect> seen;
    for (const Opinion& opinion : s.text.truth.said()) {
      EXPECT_NE(std::find(aspects.begin(), aspects.end(), opinion.aspect), aspects.end());
      EXPECT_TRUE(seen.insert(opinion.aspect).second);
    }
  }
}

TEST(Reviews, AVerdictHasAReason) {
  for (const Sample& s : samples(TextKind::kReview, TextLanguage::kChinese, 5'000)) {
    const TextTruth& truth = s.text.truth;
    const int expected = s.request.rating >= 4 ? 1 : s.request.rating == 3 ? 0 : -1;
    ASSERT_EQ(static_cast<int>(truth.sentiment), expected);
    ASSERT_EQ(truth.opinion_count == 0, truth.is_silent);
    const auto said = truth.said();
    const bool has_reason = std::any_of(said.begin(), said.end(),
                                        [&](const Opinion& o) { return o.sentiment == truth.sentiment; });
    EXPECT_TRUE(expected == 0 || truth.is_silent || has_reason) << s.text.body;
  }
}

// Lower case, every number a 0.
std::string plain(std::string_view s) {
  std::string out;
  for (const char c : s) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit || out.empty() || out.back() != '0')
      out += digit ? '0' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

// Each opinion is in the words: one of the sentences of its own pattern is a part of the body.
TEST(Reviews, PlantedPolarityIsInTheWords) {
  const TextGrammar grammar;
  const WritingShares easy{.denied = 0, .contrast = 0, .sarcasm = 0, .silent = 0, .side_issue = 0};
  const TextWriter writer(easy);
  for (const TextLanguage language : kLanguages)
    for (size_t a = 0; a < kAspects; ++a)
      for (const uint8_t rating : {uint8_t{1}, uint8_t{5}}) {
        const AspectPatterns& patterns = grammar.of(language).aspects[a];
        // All sentences, by drawing until none is new for long.
        std::set<std::string> own, other;
        base::Random draw(a);
        TextRequest request{.language = language, .style = WritingStyle::kTerse, .rating = rating};
        const Fillers fillers = grammar.of(language).fillers(request);
        for (int i = 0; i < 40'000; ++i) {
          std::string praise, blame;
          patterns.praise.expand(fillers, draw, praise);
          patterns.blame.expand(fillers, draw, blame);
          own.insert(plain(rating == 5 ? praise : blame));
          other.insert(plain(rating == 5 ? blame : praise));
        }
        size_t met = 0;
        for (uint64_t i = 0; i < 400; ++i) {
          base::Random rng(11, i);
          request.category = static_cast<uint8_t>(i % kCategories);
          request.product = static_cast<uint8_t>(i / kCategories % 10);
          request.carelessness = 0;
          WrittenText text;
          writer.write(request, rng, text);
          const auto said = text.truth.said();
          ASSERT_EQ(said.size(), 1U);
          if (said[0].aspect != static_cast<Aspect>(a)) continue;
          const std::string body = plain(text.body);
          ++met;
          EXPECT_TRUE(std::any_of(own.begin(), own.end(), [&](const std::string& s) {
            return body.find(s) != std::string::npos;
          })) << text.body;
        }
        for (const std::string& s : own) EXPECT_FALSE(other.contains(s)) << s;
        EXPECT_GT(met, 0U) << to_string(static_cast<Aspect>(a));
      }
}

TEST(Reviews, HardCasesHaveTheirStatedShares) {
  const WritingShares shares;
  for (const TextLanguage language : kLanguages) {
    const auto all = samples(TextKind::kReview, language, 20'000);
    EXPECT_NEAR(share(all, [](const Sample& s) { return s.text.truth.is_silent; }), shares.silent, 0.01);
    EXPECT_NEAR(share(all, [](const Sample& s) { return s.text.truth.is_contrast; }),
                shares.contrast * (1 - shares.silent), 0.015);
    size_t opinions = 0, denied = 0, blaming = 0, mocked = 0;
    for (const Sample& s : all) {
      if (s.text.truth.sentiment == Sentiment::kNegative && !s.text.truth.is_silent) {
        ++blaming;
        mocked += s.text.truth.is_sarcastic;
      }
      for (const Opinion& opinion : s.text.truth.said()) {
        opinions += !opinion.is_sarcastic;
        denied += opinion.is_denied;
      }
    }
    EXPECT_NEAR(static_cast<double>(denied) / static_cast<double>(opinions), shares.denied, 0.01);
    // Less than stated where the one reason is the contrasted one.
    EXPECT_NEAR(static_cast<double>(mocked) / static_cast<double>(blaming), shares.sarcasm, 0.03);
  }
}

TEST(Reviews, OwnAspectsLeanToTheItemsQuality) {
  EXPECT_LT(praise_probability(Aspect::kTaste, 3, 1.5F), praise_probability(Aspect::kTaste, 3, 4.5F));
  EXPECT_EQ(praise_probability(Aspect::kDelivery, 3, 1.5F), praise_probability(Aspect::kDelivery, 3, 4.5F));
  for (uint8_t rating = 1; rating < 5; ++rating)
    EXPECT_LT(praise_probability(Aspect::kFit, rating, 3), praise_probability(Aspect::kFit, rating + 1, 3));
}

TEST(Messages, AngerShowsInTheShareOfNegativeOnes) {
  const TextWriter writer;
  const auto negative = [&](float anger) {
    size_t count = 0;
    for (uint64_t i = 0; i < 2'000; ++i) {
      base::Random rng(3, i);
      WrittenText text;
      writer.write({.kind = TextKind::kMessage, .concern = Concern::kDelay, .anger = anger}, rng, text);
      count += text.truth.sentiment == Sentiment::kNegative;
    }
    return static_cast<double>(count) / 2'000;
  };
  EXPECT_NEAR(negative(0), 0.25, 0.04);
  EXPECT_NEAR(negative(1), 0.90, 0.04);
}

TEST(Messages, PraiseIsPositiveAndAComplaintIsNot) {
  for (const Sample& s : samples(TextKind::kMessage, TextLanguage::kEnglish, 5'000)) {
    const TextTruth& truth = s.text.truth;
    EXPECT_EQ(truth.concern, s.request.concern);
    EXPECT_EQ(truth.concern == Concern::kPraise, truth.sentiment == Sentiment::kPositive);
    EXPECT_TRUE(truth.concern != Concern::kComplaint || truth.sentiment == Sentiment::kNegative);
    EXPECT_TRUE(!truth.has_second_concern || truth.concern != truth.second_concern);
  }
}

TEST(Texts, OutOfRangeFieldsAreTakenAtTheNearestEnd) {
  const TextWriter writer;
  WrittenText text;
  base::Random rng(1);
  writer.write({.category = 200, .product = 77, .rating = 0, .carelessness = -3, .emoji_love = 9}, rng, text);
  EXPECT_FALSE(text.body.empty());
  EXPECT_EQ(text.truth.sentiment, Sentiment::kNegative);
}

}  // namespace
}  // namespace coterie::collect::simulate

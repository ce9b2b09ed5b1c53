// What members of the synthetic shop write: reviews and service messages in Chinese and English whose aspects,
// sentiment, motive and concern are planted, and so known.
//
// A request says who writes about what; the answer is a body and its truth. Not every text is easy: some praise by
// denying a fault, some blame with words of praise, some report what others said or what was feared before. The
// shares are in WritingShares, measured in docs/methods/simulate_texts.md.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/random.h"

namespace coterie::collect::simulate {

enum class TextLanguage : uint8_t { kChinese, kEnglish };
enum class TextKind : uint8_t { kReview, kMessage };

/// How much somebody writes: a remark, a sentence or two, a chat, a report.
enum class WritingStyle : uint8_t { kTerse, kPlain, kChatty, kThorough };

enum class Sentiment : int8_t { kNegative = -1, kNeutral = 0, kPositive = 1 };

/// What an opinion is about. Which of them a product can have: aspects_of().
enum class Aspect : uint8_t {
  kQuality,
  kPrice,
  kDelivery,
  kPackaging,
  kService,
  kFreshness,
  kTaste,
  kScent,
  kEffect,
  kGentleness,
  kFit,
  kComfort,
  kAppearance,
  kPerformance,
  kContent,
  kPetAppeal
};
inline constexpr size_t kAspects = 16;

/// Why something was bought.
enum class Motive : uint8_t { kPrice, kGift, kConvenience, kHealth, kStatus, kCuriosity, kHabit, kNeed };
inline constexpr size_t kMotives = 8;

/// What a service message is about.
enum class Concern : uint8_t {
  kRefund,
  kDelay,
  kDamaged,
  kWrongItem,
  kMissingPart,
  kUsage,
  kStock,
  kCoupon,
  kInvoice,
  kAddress,
  kExchange,
  kCancel,
  kComplaint,
  kPraise
};
inline constexpr size_t kConcerns = 14;

/// "freshness", "pet_appeal", ...: as written in the truth's files.
std::string_view to_string(Aspect aspect);
std::string_view to_string(Motive motive);
std::string_view to_string(Concern concern);
std::string_view to_string(Sentiment sentiment);

/// Shares that make texts hard to read by words alone. Each is of the texts where it can occur.
struct WritingShares {
  double denied = 0.26;  ///< opinions said by denying the opposite ("not stale at all")
  double contrast =
      0.22;  ///< reviews with an opinion that is not the writer's verdict: feared, reported, of another shop
  double sarcasm = 0.14;    ///< blaming reviews and angry messages with a sentence of mock praise
  double silent = 0.04;     ///< reviews that say nothing of what the writer thinks
  double side_issue = 0.2;  ///< texts with a concern or motive that is not theirs, or a second concern
};

/// Who writes about what. The views are only read during the call.
struct TextRequest {
  TextKind kind = TextKind::kReview;
  TextLanguage language = TextLanguage::kChinese;
  WritingStyle style = WritingStyle::kPlain;
  uint8_t category = 0;  ///< index into category_words(), 0 to 11
  uint8_t product = 0;   ///< index into its nouns, 0 to 9
  uint8_t rating = 5;    ///< of a review, 1 to 5: 4 and 5 praise, 3 weighs, 1 and 2 blame
  float quality = 3;     ///< of the item, 1 to 5: its own aspects lean to it, delivery and service do not
  Motive motive = Motive::kNeed;      ///< of a review
  Concern concern = Concern::kUsage;  ///< of a message
  float anger = 0.3F;                 ///< of a message, 0 to 1: how likely a problem is told in anger
  float carelessness = 0.2F;          ///< 0 to 1: typos, punctuation
  float emoji_love = 0.2F;            ///< 0 to 1: chance of emojis
  float mixing = 0.1F;                ///< 0 to 1: chance of words of the other language
  std::string_view noun = {};         ///< name of the product in the language of the text; empty = "this"
};

struct Opinion {
  Aspect aspect = Aspect::kQuality;
  Sentiment sentiment = Sentiment::kNeutral;
  bool is_denied = false;     ///< said by denying the opposite
  bool is_sarcastic = false;  ///< said in words of the opposite
};
inline constexpr size_t kMostOpinions = 6;

/// What is planted in a text.
struct TextTruth {
  Sentiment sentiment = Sentiment::kNeutral;
  std::array<Opinion, kMostOpinions> opinions{};
  uint8_t opinion_count = 0;
  Motive motive = Motive::kNeed;
  bool says_motive = false;  ///< the motive is in the words
  Concern concern = Concern::kUsage;
  bool has_second_concern = false;  ///< `second_concern` is asked for as well
  Concern second_concern = Concern::kUsage;
  bool is_contrast = false;  ///< an opinion is in the words that is not the writer's
  bool is_sarcastic = false;
  bool is_silent = false;  ///< the words do not tell the sentiment

  std::span<const Opinion> said() const { return {opinions.data(), opinion_count}; }
};

struct WrittenText {
  std::string body;  ///< valid UTF-8, 1 to about 1,500 bytes, no line breaks, tabs or quotation marks
  TextTruth truth;
};

/// The aspects that reviews of a product speak of, the commonest first. Category 0 to 11, product 0 to 9.
std::span<const Aspect> aspects_of(uint8_t category, uint8_t product);

/// The probability that a review of `rating` praises an aspect of an item of `quality`.
double praise_probability(Aspect aspect, uint8_t rating, float quality);

struct TextGrammar;

/// Writes texts. Compiled once (about 1 ms, 1 MB), then immutable.
///
/// Threads  safe; every call has its own Random
/// Cost     about a microsecond a text; no allocation once `text.body` has grown
/// The same bytes for the same request and state of `rng`, on every machine.
class TextWriter {
 public:
  explicit TextWriter(const WritingShares& shares = {});
  ~TextWriter();
  TextWriter(TextWriter&&) noexcept;
  TextWriter& operator=(TextWriter&&) noexcept;

  /// Replaces `text`. Fields out of range are taken at the nearest end.
  void write(const TextRequest& request, base::Random& rng, WrittenText& text) const;

 private:
  WritingShares shares_;
  std::unique_ptr<const TextGrammar> grammar_;
};

}  // namespace coterie::collect::simulate

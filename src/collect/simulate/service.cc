#include "collect/simulate/service.h"

#include <algorithm>

#include "collect/simulate/streams.h"

namespace coterie::collect::simulate {

namespace {

constexpr double kEnglish = 0.08;
constexpr double kStyles4[] = {0.15, 0.55, 0.83, 1.0};
constexpr double kWordsShare = 0.85;     // of the reviews
constexpr double kRefundWords = 0.6;     // of the refunds
constexpr double kComplainsAngry = 0.4;  // of the troubles, times anger
constexpr uint32_t kQuestionDays = 6;

// What is written about after an order, cumulative.
constexpr Concern kAfter[] = {Concern::kDelay,     Concern::kUsage,     Concern::kDamaged,
                              Concern::kInvoice,   Concern::kExchange,  Concern::kPraise,
                              Concern::kComplaint, Concern::kWrongItem, Concern::kMissingPart,
                              Concern::kAddress,   Concern::kCancel};
constexpr double kAfterShares[] = {0.24, 0.42, 0.54, 0.63, 0.71, 0.78, 0.84, 0.90, 0.95, 0.98, 1.0};
constexpr Concern kBefore[] = {Concern::kUsage, Concern::kStock, Concern::kCoupon};

enum class Of : uint64_t { kMessage, kWords, kQuestion };

base::Random stream_of(const ShopTruth& truth, Of what, uint32_t user, uint32_t session_or_order,
                       uint32_t line) {
  return stream(truth.seed, Purpose::kService,
                (static_cast<uint64_t>(what) << 62) | (uint64_t{user} << 32) |
                    (uint64_t{session_or_order} << 4) | line);
}

bool is_trouble(Concern concern) {
  switch (concern) {
    case Concern::kRefund:
    case Concern::kDelay:
    case Concern::kDamaged:
    case Concern::kWrongItem:
    case Concern::kMissingPart: return true;
    default: return false;
  }
}

Row message_about(const Row& line, Concern concern, base::Random& rng, MemberState& state) {
  Row row = line;
  row.behavior = Behavior::kMessage;
  row.session = 0;
  row.quantity = 0;
  row.unit_price = row.discount = 0;
  row.concern = concern;
  row.text = ++state.texts;
  row.second = static_cast<uint32_t>(30'600 + rng.below(50'400));
  return row;
}

}  // namespace

Voice voice_of(uint64_t seed, uint32_t user) {
  base::Random rng = stream(seed, Purpose::kVoices, user);
  Voice voice;
  voice.language = rng.chance(kEnglish) ? TextLanguage::kEnglish : TextLanguage::kChinese;
  voice.style = static_cast<WritingStyle>(rng.categorical(kStyles4));
  voice.motive = static_cast<Motive>(rng.below(kMotives));
  voice.anger = static_cast<float>(rng.beta(1.2, 2.0));
  voice.carelessness = static_cast<float>(rng.beta(1.0, 4.0));
  voice.emoji_love = static_cast<float>(rng.beta(0.6, 2.4));
  voice.mixing = static_cast<float>(rng.beta(0.5, 6.0));
  return voice;
}

void write_about_line(const ShopTruth& truth, const Row& line, uint32_t number,
                      std::optional<uint32_t> refund_day, MemberState& state, std::vector<Delayed>& later) {
  base::Random rng = stream_of(truth, Of::kMessage, line.user, line.order, number);
  Concern concern = kAfter[rng.categorical(kAfterShares)];
  auto day = static_cast<uint32_t>(1 + rng.below(kQuestionDays));
  if (refund_day && rng.chance(kRefundWords)) {
    concern = Concern::kRefund;
    day = *refund_day - 1;
  } else if (!rng.chance(truth.profile.message)) {
    return;
  }
  const Row message = message_about(line, concern, rng, state);
  later.push_back({day, message});
  const double anger = voice_of(truth.seed, line.user).anger;
  if (concern != Concern::kComplaint && !(is_trouble(concern) && rng.chance(kComplainsAngry * anger))) return;
  Row complaint = message;
  complaint.behavior = Behavior::kComplaint;
  complaint.text = 0;
  later.push_back({day + static_cast<uint32_t>(1 + rng.below(4)), complaint});
}

bool has_words(const ShopTruth& truth, const Row& line, uint32_t number) {
  return stream_of(truth, Of::kWords, line.user, line.order, number).chance(kWordsShare);
}

bool asks(const ShopTruth& truth, uint32_t user, uint32_t session, Row* question) {
  base::Random rng = stream_of(truth, Of::kQuestion, user, session, 0);
  if (!rng.chance(truth.profile.question)) return false;
  question->behavior = Behavior::kMessage;
  question->quantity = 0;
  question->concern = kBefore[rng.below(std::size(kBefore))];
  return true;
}

}  // namespace coterie::collect::simulate

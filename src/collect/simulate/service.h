// What members write to the shop: questions before an order, troubles and thanks after it, words to a review; and who
// complains. Every line and every visit has a stream of its own, so that nothing else depends on what is drawn here.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "collect/simulate/simulation.h"

namespace coterie::collect::simulate {

/// How somebody writes and what for; the same at every call.
struct Voice {
  TextLanguage language = TextLanguage::kChinese;
  WritingStyle style = WritingStyle::kPlain;
  Motive motive = Motive::kNeed;  ///< the commonest of the member's
  float anger = 0;                ///< all in [0, 1]
  float carelessness = 0;
  float emoji_love = 0;
  float mixing = 0;
};

Voice voice_of(uint64_t seed, uint32_t user);

/// What comes of a line that was bought: perhaps a message within a week, and a complaint days after it. `number` is the
/// line's in its order; `refund_day`, days from now, of a line that will be given back. Adds to `later`.
void write_about_line(const ShopTruth& truth, const Row& line, uint32_t number,
                      std::optional<uint32_t> refund_day, MemberState& state, std::vector<Delayed>& later);

/// Whether the review of a line has words beside the stars.
bool has_words(const ShopTruth& truth, const Row& line, uint32_t number);

/// A question about `item` at the end of a visit without an order.
bool asks(const ShopTruth& truth, uint32_t user, uint32_t session, Row* question);

}  // namespace coterie::collect::simulate

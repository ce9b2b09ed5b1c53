#include "collect/simulate/texts/composer.h"

#include <array>
#include <cctype>
#include <span>
#include <utility>

namespace coterie::collect::simulate {

namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view kChineseAnd[] = {"，", "，", "，", "，而且", "，还有", "，", "。", "，另外"};
constexpr std::string_view kChineseBut[] = {"，但是", "，就是", "，不过", "，可惜",
                                            "，可是", "，只是", "。但"};
constexpr std::string_view kChineseAtLeast[] = {"，但是", "，不过", "，好在", "，可是", "。但", "，但"};
constexpr std::string_view kEnglishAnd[] = {", ", ". ", " and ", ", and ", ". ", ". Also, ", "; "};
constexpr std::string_view kEnglishBut[] = {", but ", ". But ",    ". However, ",
                                            " but ",  ", though ", ". Only "};
constexpr std::string_view kEnglishAtLeast[] = {", but ", ". But ",    ". However, ",
                                                " but ",  ", though ", ", but at least "};
constexpr std::string_view kChineseEnds[] = {"。", "。", "！", "", "~", "！！", "。。。"};
constexpr std::string_view kEnglishEnds[] = {".", ".", ".", "!", "...", "!!"};

// What an input method or a careless hand makes of a word.
constexpr std::pair<std::string_view, std::string_view> kSlips[] = {
    {"的", "得"}, {"在", "再"}, {"做", "作"}, {"吗", "嘛"}, {"已", "以"}, {"很", "狠"},
    {"像", "象"}, {"那", "哪"}, {"装", "庄"}, {"递", "第"}, {"度", "渡"}, {"质", "制"},
    {"就", "旧"}, {"是", "事"}, {"味", "胃"}, {"再", "在"}, {"它", "他"}, {"到", "道"},
};

std::string_view pick(Words words, base::Random& rng) { return words[rng.below(words.size())]; }

bool is_latin(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

void swap_characters(std::string& body, double chance, base::Random& rng) {
  for (size_t at = 0; at + 3 <= body.size(); ++at) {
    if (static_cast<unsigned char>(body[at]) < 0xE0 || !rng.chance(chance)) continue;
    for (const auto& [right, wrong] : kSlips) {
      if (body.compare(at, 3, right) != 0) continue;
      body.replace(at, 3, wrong);
      break;
    }
  }
}

// Two letters swapped, one doubled or one left out, inside words of five letters or more.
void slip_letters(std::string& body, double chance, base::Random& rng) {
  size_t begin = 0;
  for (size_t at = 0; at <= body.size(); ++at) {
    if (at < body.size() && std::isalpha(static_cast<unsigned char>(body[at])) != 0) continue;
    const size_t length = at - begin;
    if (length >= 5 && rng.chance(chance)) {
      const size_t inner = begin + 1 + rng.below(length - 3);
      const uint64_t kind = rng.below(3);
      if (kind == 0) std::swap(body[inner], body[inner + 1]);
      if (kind == 1) body.insert(inner, 1, body[inner]);
      if (kind == 2) body.erase(inner, 1);
      at = kind == 0 ? at : kind == 1 ? at + 1 : at - 1;
    }
    begin = at + 1;
  }
}

}  // namespace

Composer::Composer(const TextRequest& request, const Fillers& fillers, base::Random& rng, std::string& body)
    : chinese_(request.language == TextLanguage::kChinese),
      loose_(rng.chance(0.6 * request.carelessness)),
      carelessness_(request.carelessness),
      end_(chinese_ ? pick(kChineseEnds, rng) : pick(kEnglishEnds, rng)),
      fillers_(fillers),
      rng_(rng),
      body_(body) {}

void Composer::join() {
  if (!is_open_) return;
  if (loose_) return pause();
  const std::string_view words = pick(chinese_ ? Words(kChineseAnd) : Words(kEnglishAnd), rng_);
  body_.append(words);
  starts_sentence_ = words == ". ";
  is_open_ = false;
}

void Composer::join_against(bool to_good) {
  if (!is_open_) return;
  const Words chinese = to_good ? Words(kChineseAtLeast) : Words(kChineseBut);
  const Words english = to_good ? Words(kEnglishAtLeast) : Words(kEnglishBut);
  body_.append(pick(chinese_ ? chinese : english, rng_));
  starts_sentence_ = is_open_ = false;
}

void Composer::pause() {
  if (!is_open_) return;
  const bool bare = loose_ && rng_.chance(0.5);
  body_.append(bare ? " " : chinese_ ? "，" : ", ");
  starts_sentence_ = is_open_ = false;
}

void Composer::end_sentence() {
  if (!is_open_) return;
  body_.append(loose_ ? "" : end_);
  if (!chinese_ || loose_ || end_.empty()) body_.append(" ");
  starts_sentence_ = true;
  is_open_ = false;
}

void Composer::say(const Pattern& pattern) {
  const size_t at = body_.size();
  pattern.expand(fillers_, rng_, body_);
  if (at < body_.size() && body_[at] == ' ' && (at == 0 || body_[at - 1] == ' ')) body_.erase(at, 1);
  if (!chinese_ && starts_sentence_ && !loose_ && at < body_.size())
    body_[at] = static_cast<char>(std::toupper(static_cast<unsigned char>(body_[at])));
  if (chinese_) space_before_latin(at);
  starts_sentence_ = false;
  is_open_ = body_.size() > at;
}

void Composer::space_before_latin(size_t at) {
  if (at > 0 && at < body_.size() && is_latin(body_[at]) && is_latin(body_[at - 1])) body_.insert(at, " ");
}

void Composer::misspell() {
  while (!body_.empty() && body_.back() == ' ') body_.pop_back();
  if (chinese_)
    swap_characters(body_, 0.12 * carelessness_, rng_);
  else
    slip_letters(body_, 0.10 * carelessness_, rng_);
}

void decorate(Composer& composer, const TextRequest& request, Sentiment sentiment, const Pattern& happy_mixed,
              const Pattern& angry_mixed, const Pattern& emoji) {
  base::Random& rng = composer.rng();
  if (sentiment != Sentiment::kNeutral && rng.chance(request.mixing)) {
    composer.end_sentence();
    composer.say(sentiment == Sentiment::kPositive ? happy_mixed : angry_mixed);
  }
  if (rng.chance(request.emoji_love)) composer.append(emoji);
}

}  // namespace coterie::collect::simulate

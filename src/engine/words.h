// What sentences about members are put together from.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/messages.h"

namespace coterie::engine {

/// What lies so many standard deviations from everybody's mean is worth a word.
inline constexpr double kStandsOut = 0.35;

/// A number as people write it in a sentence: "2,662", "8.3", "0.27".
std::string number_in_words(double value);

/// A share of 1 as percent, without the sign: "17", "4.3".
std::string percent_in_words(double share);

/// "a, b, c", with the comma of the language.
std::string joined(const std::vector<std::string>& parts, base::Language language);

/// {en, zh} of what `in` says in a language.
nlohmann::json both(auto in) {
  return {{"en", in(base::Language::kEnglish)}, {"zh", in(base::Language::kChinese)}};
}

}  // namespace coterie::engine

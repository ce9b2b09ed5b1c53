#include "engine/words.h"

#include <fmt/format.h>

#include <cmath>

namespace coterie::engine {

std::string number_in_words(double value) {
  const double size = std::abs(value);
  std::string text;
  if (size >= 20 || size == std::floor(size))
    text = fmt::format("{:.0f}", value);
  else
    text = fmt::format("{:.{}f}", value, size >= 1 ? 1 : 2);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  if (text.find('.') == std::string::npos)
    for (int at = static_cast<int>(text.size()) - 3; at > (value < 0 ? 1 : 0); at -= 3)
      text.insert(static_cast<size_t>(at), ",");
  return text;
}

std::string percent_in_words(double share) {
  const double value = share * 100;
  return fmt::format("{:.{}f}", value, value < 9.95 ? 1 : 0);
}

std::string joined(const std::vector<std::string>& parts, base::Language language) {
  std::string out;
  for (const std::string& part : parts)
    out += (out.empty() ? "" : std::string(base::text(base::Message::persona_list, language))) + part;
  return out;
}

}  // namespace coterie::engine

#include "base/messages.h"

#include <boost/unordered/unordered_flat_map.hpp>

namespace coterie::base {

namespace {

constexpr MessageEntry kMessages[] = {
#define COTERIE_MESSAGE(key, en, zh) {#key, en, zh},
#include "base/messages.def"
#undef COTERIE_MESSAGE
};

std::string_view pick(const MessageEntry& entry, Language language) {
  return language == Language::kChinese ? entry.zh : entry.en;
}

}  // namespace

std::string_view to_string(Language language) { return language == Language::kChinese ? "zh" : "en"; }

std::optional<Language> parse_language(std::string_view text) {
  if (text == "en") return Language::kEnglish;
  if (text == "zh") return Language::kChinese;
  return std::nullopt;
}

std::span<const MessageEntry> message_table() { return kMessages; }

std::string_view text(Message message, Language language) {
  return pick(kMessages[static_cast<size_t>(message)], language);
}

std::string_view text_by_key(std::string_view key, Language language) {
  static const auto by_key = [] {
    boost::unordered_flat_map<std::string_view, const MessageEntry*> map;
    for (const MessageEntry& entry : kMessages) map.emplace(entry.key, &entry);
    return map;
  }();
  const auto it = by_key.find(key);
  return it == by_key.end() ? std::string_view() : pick(*it->second, language);
}

}  // namespace coterie::base

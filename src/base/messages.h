// The one table of everything people read, in Chinese and English: messages.def.
//
// A text may hold {} placeholders in the order of the arguments; both languages hold the same ones (a test
// checks).
#pragma once

#include <fmt/core.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace coterie::base {

enum class Language { kEnglish, kChinese };

/// "en" or "zh".
std::string_view to_string(Language language);
std::optional<Language> parse_language(std::string_view text);

enum class Message {
#define COTERIE_MESSAGE(key, en, zh) key,
#include "base/messages.def"
#undef COTERIE_MESSAGE
};

struct MessageEntry {
  std::string_view key;
  std::string_view en;
  std::string_view zh;
};

std::span<const MessageEntry> message_table();

/// The text of `message`.
std::string_view text(Message message, Language language);

/// The text of the message with that key, for names that come from data (a segment, a feature); empty if
/// unknown.
std::string_view text_by_key(std::string_view key, Language language);

/// The text with its placeholders filled.
template <class... Args>
std::string format_text(Message message, Language language, const Args&... args) {
  return fmt::format(fmt::runtime(text(message, language)), args...);
}

}  // namespace coterie::base

// A limit in evidence: what was not good enough, as a code for programs and in words, {code, en, zh}.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/messages.h"

namespace coterie::understand {

/// The message "limit_" + code with its placeholders filled, in both languages.
template <class... Args>
nlohmann::json limit_json(std::string_view code, base::Message message, const Args&... args) {
  return {{"code", code},
          {"en", base::format_text(message, base::Language::kEnglish, args...)},
          {"zh", base::format_text(message, base::Language::kChinese, args...)}};
}

}  // namespace coterie::understand

#include "base/toml_text.h"

#include <algorithm>

namespace coterie::base {

namespace {

// Behind the text in quotes that begins at `at`: of one line, or of several between three quotes.
size_t after_quoted(std::string_view text, size_t at) {
  const char quote = text[at];
  const bool several = text.substr(at).starts_with(std::string(3, quote));
  const std::string end(several ? 3 : 1, quote);
  for (at += end.size(); at < text.size(); ++at) {
    if (text.substr(at).starts_with(end)) return at + end.size();
    if (text[at] == '\n' && !several) return at;
    if (text[at] == '\\' && quote == '"') ++at;
  }
  return text.size();
}

bool is_of_key(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == ' ' || c == '\t';
}

}  // namespace

Status check_toml_limits(std::string_view text, std::string_view origin) {
  if (text.size() > kMaxTomlBytes)
    return failure(Code::kInvalidArgument, "{} is longer than {} MiB", origin, kMaxTomlBytes >> 20);
  size_t parts = 1;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = after_quoted(text, at);
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '.')
      ++parts;
    else if (!is_of_key(c))
      parts = 1;
    if (parts > kMaxTomlKeyParts)
      return failure(Code::kInvalidArgument, "{}, line {}: a key has more than {} parts", origin,
                     1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'),
                     kMaxTomlKeyParts);
    ++at;
  }
  return {};
}

}  // namespace coterie::base

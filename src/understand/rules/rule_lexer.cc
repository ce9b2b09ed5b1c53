#include "understand/rules/rule_lexer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/utf8.h"

namespace coterie::understand {

using base::Code;
using base::Result;
using base::Status;

namespace {

// What Chinese keyboards and word processors write for the signs of the language.
struct WideSign {
  std::string_view wide, plain;
};
constexpr WideSign kWideSigns[] = {{"“", "\""}, {"”", "\""},      {"‘", "'"},  {"’", "'"},  {"（", "("},
                                   {"）", ")"}, {"，", ","},      {"、", ","}, {"＝", "="}, {"＞", ">"},
                                   {"＜", "<"}, {"≥", ">="},      {"≤", "<="}, {"≠", "!="}, {"。", "."},
                                   {"．", "."}, {"　", "a space"}};
constexpr std::string_view kSigns[] = {"<=", ">=", "!=", "<>", "==", "(", ")", ",", ".", "=", "<", ">"};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

const WideSign* wide_sign(std::string_view rest) {
  const auto* found = std::find_if(std::begin(kWideSigns), std::end(kWideSigns),
                                   [&](const WideSign& sign) { return rest.starts_with(sign.wide); });
  return found == std::end(kWideSigns) ? nullptr : found;
}

void append_utf8(uint32_t c, std::string* out) {
  if (c < 0x80) {
    *out += static_cast<char>(c);
  } else if (c < 0x800) {
    *out += static_cast<char>(0xC0 | (c >> 6));
    *out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    *out += static_cast<char>(0xE0 | (c >> 12));
    *out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<RuleToken>> run() {
    std::vector<RuleToken> out;
    while (true) {
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      begin_ = at_;
      RuleToken token;
      token.at = begin_;
      if (at_ < text_.size()) COTERIE_CHECK_OK(next(&token));
      out.push_back(token);
      if (token.kind == RuleToken::Kind::kEnd) return out;
    }
  }

 private:
  template <class... Args>
  Status wrong(fmt::format_string<Args...> format, Args&&... args) const {
    return base::failure(Code::kInvalidArgument, "{}: {}", place_in_rule(text_, begin_),
                         fmt::format(format, std::forward<Args>(args)...));
  }

  std::string_view rest() const { return text_.substr(at_); }
  bool begins_number() const {
    const size_t digit = at_ + (text_[at_] == '-' ? 1 : 0);
    return digit < text_.size() && is_digit(text_[digit]);
  }

  Status next(RuleToken* token) {
    const char c = text_[at_];
    if (c == '"' || c == '\'') return quoted(token);
    if (begins_number()) return number(token);
    if (const WideSign* sign = wide_sign(rest()))
      return wrong("write {} instead of {}", sign->plain, sign->wide);
    if (is_name(c)) return name(token);
    for (const std::string_view sign : kSigns) {
      if (!rest().starts_with(sign)) continue;
      token->kind = RuleToken::Kind::kSign;
      token->text = sign == "<>" ? "!=" : sign == "==" ? "=" : sign;
      at_ += sign.size();
      return {};
    }
    return wrong(
        "'{}' has no meaning here; names with other signs than letters, digits and _ are written in quotes",
        c >= 0x20 && c < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c)));
  }

  Status name(RuleToken* token) {
    token->kind = RuleToken::Kind::kName;
    while (at_ < text_.size() && is_name(text_[at_]) && wide_sign(rest()) == nullptr) {
      const size_t length = base::utf8_length(rest());
      if (length == 0) return wrong("the rule is not UTF-8");
      token->text += rest().substr(0, length);
      at_ += length;
    }
    return {};
  }

  Status number(RuleToken* token) {
    token->kind = RuleToken::Kind::kNumber;
    const auto [end, failed] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), token->number);
    if (failed != std::errc() || !std::isfinite(token->number))
      return wrong("the number is too large or too small");
    at_ = static_cast<size_t>(end - text_.data());
    while (at_ < text_.size() && is_name(text_[at_])) token->text += text_[at_++];
    if (token->text.empty()) return {};
    token->kind = RuleToken::Kind::kWindow;
    if (token->text != "d" && token->text != "w" && token->text != "h" && token->text != "s")
      return wrong("'{}' is no unit; windows are written 90d, 2w, 12h or 600s", token->text);
    return {};
  }

  Status quoted(RuleToken* token) {
    token->kind = RuleToken::Kind::kText;
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      const size_t length = base::utf8_length(rest());
      if (length == 0 || text_[at_] == '\0') return wrong("the text is not UTF-8, or holds a NUL character");
      if (text_[at_] == '\\') {
        COTERIE_RETURN_IF_ERROR(escape(&token->text));
      } else {
        token->text += rest().substr(0, length);
        at_ += length;
      }
    }
    if (at_ == text_.size()) return wrong("the text has no closing {}", quote);
    ++at_;
    return {};
  }

  Status escape(std::string* out) {
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    at_ += 2;
    if (c == 'n') {
      *out += '\n';
    } else if (c == 't') {
      *out += '\t';
    } else if (c == '"' || c == '\\' || c == '\'') {
      *out += c;
    } else if (c == 'u') {
      return code_point(out);
    } else {
      return wrong(R"(after \ there may stand " ' \ n t or u with four digits; write \\ for one \)");
    }
    return {};
  }

  Status code_point(std::string* out) {
    const std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
    uint32_t c = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), c, 16);
    if (digits.size() != 4 || failed != std::errc() || end != digits.data() + 4 || c == 0 ||
        (c >= 0xD800 && c < 0xE000))
      return wrong("\\u takes four hexadecimal digits of a character, as \\u676d");
    append_utf8(c, out);
    at_ += 4;
    return {};
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t begin_ = 0;  // of the token that is read
};

}  // namespace

std::string place_in_rule(std::string_view text, size_t at) {
  size_t line = 1, column = 1;
  for (size_t i = 0; i < std::min(at, text.size());) {
    const size_t length = std::max<size_t>(base::utf8_length(text.substr(i)), 1);
    column = text[i] == '\n' ? 1 : column + 1;
    line += text[i] == '\n' ? 1 : 0;
    i += length;
  }
  const bool has_lines = text.find('\n') != std::string_view::npos;
  return has_lines ? fmt::format("line {}, column {}", line, column) : fmt::format("column {}", column);
}

Result<std::vector<RuleToken>> lex_rule(std::string_view text) { return Lexer(text).run(); }

}  // namespace coterie::understand

#include "collect/id_rules.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace coterie::collect {

namespace {

// What SQL exports, pandas, R, JavaScript and spreadsheets write where there is nothing.
constexpr std::string_view kWords[] = {
    "NULL",    "null",   "Null",           "(null)",    "\\N",   "NaN",     "nan",    "NA",
    "N/A",     "#N/A",   "None",           "undefined", "#REF!", "#VALUE!", "#NAME?", "#NUM!",
    "#DIV/0!", "#NULL!", "[object Object]"};

// Bytes after which something has to be looked at: controls, entities, exponents, lead bytes of marks.
constexpr std::array<bool, 256> make_suspects() {
  std::array<bool, 256> out{};
  for (size_t c = 0; c < 0x20; ++c) out[c] = c != '\t' && c != '\n' && c != '\r';  // a cell may hold these
  for (const unsigned char c : {0x7F, 0xC2, 0xE2, 0xEF}) out[c] = true;
  out['&'] = out['+'] = true;
  return out;
}
constexpr std::array<bool, 256> kSuspects = make_suspects();

bool is_alphanumeric(char c) { return base::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// &amp; &#39; &#xA0; at the start of `text`.
bool begins_with_entity(std::string_view text) {
  size_t i = 1;
  if (i < text.size() && text[i] == '#') ++i;
  const size_t name = i;
  while (i < text.size() && i - name < 8 && is_alphanumeric(text[i])) ++i;
  return i > name + 1 && i < text.size() && text[i] == ';';
}

// U+FEFF, U+FFFD, U+200B to U+200F, U+2028 to U+202E, U+2060, U+00AD and the C1 controls.
bool begins_with_mark(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  if (byte(0) == 0xC2) return byte(1) <= 0x9F || byte(1) == 0xAD;
  if (byte(0) == 0xEF) return (byte(1) == 0xBB && byte(2) == 0xBF) || (byte(1) == 0xBF && byte(2) == 0xBD);
  if (byte(0) != 0xE2) return false;
  const unsigned last = byte(2);
  if (byte(1) == 0x80) return (last >= 0x8B && last <= 0x8F) || (last >= 0xA8 && last <= 0xAE);
  return byte(1) == 0x81 && last == 0xA0;
}

// 6.92E+12: digits, perhaps a point and digits, E+ and two digits or more.
bool is_scientific(std::string_view id) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t first = i;
    while (i < id.size() && base::is_digit(id[i])) ++i;
    return i - first;
  };
  if (digits() != 1) return false;
  if (i < id.size() && id[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i + 1 >= id.size() || (id[i] != 'E' && id[i] != 'e') || id[i + 1] != '+') return false;
  i += 2;
  return digits() >= 2 && i == id.size();
}

// {"a":1}, {}, [{"a":1}], ["a"], [[1]], []: not the braces of a GUID, not the brackets of a name.
bool is_nested_json(std::string_view id) {
  if (id.size() < 2 || (id.front() != '{' && id.front() != '[')) return false;
  if (id.front() == '{') return id.back() == '}' && (id[1] == '"' || id.size() == 2);
  return id.back() == ']' && (id[1] == '"' || id[1] == '{' || id[1] == '[' || id.size() == 2);
}

// Whether `c` is in the set that begins at pattern[at] == '['; moves `at` behind the set. A set that is not
// closed is the character [.
bool in_set(std::string_view pattern, size_t* at, char c) {
  const size_t end = pattern.find(']', *at + 2);
  if (end == std::string_view::npos) return pattern[(*at)++] == c;
  bool found = false;
  for (size_t i = *at + 1; i < end; ++i) {
    const char first = base::lower(pattern[i]);
    if (i + 2 < end && pattern[i + 1] == '-') {
      found = found || (c >= first && c <= base::lower(pattern[i + 2]));
      i += 2;
    } else {
      found = found || c == first;
    }
  }
  *at = end + 1;
  return found;
}

}  // namespace

std::string_view id_damage(std::string_view id, bool words) {
  if (is_nested_json(id)) return "an object or array where an id is needed; map the member that is the id";
  if (words && id.size() <= 15 && !id.empty() && !base::is_digit(id.front()) &&
      std::find(std::begin(kWords), std::end(kWords), id) != std::end(kWords))
    return "a program's word for nothing, such as NULL, NaN or #N/A";
  for (size_t i = 0; i < id.size(); ++i) {
    const auto c = static_cast<unsigned char>(id[i]);
    if (!kSuspects[c]) continue;
    if (c < 0x20 || c == 0x7F) return "holds a control character";
    if (c == '&' && begins_with_entity(id.substr(i))) return "holds an HTML entity";
    if (c == '+' && is_scientific(id))
      return "a number that a spreadsheet rounded, as in 6.92E+12; export the column as text";
    if (c >= 0x80 && begins_with_mark(id.substr(i)))
      return "holds an invisible or replacement character, such as a byte order mark";
  }
  return {};
}

// One star back is enough: a later star takes over what an earlier one could still take.
bool fits(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    size_t next = p;
    bool same = false;
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      resume = t;
      continue;
    }
    if (p < pattern.size()) {
      same = pattern[p] == '['
                 ? in_set(pattern, &next, base::lower(text[t]))
                 : (++next, pattern[p] == '?' || base::lower(pattern[p]) == base::lower(text[t]));
    }
    if (same) {
      p = next;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

const std::string* IdPatterns::find(std::string_view id) const {
  for (const std::string& pattern : patterns_)
    if (fits(pattern, id)) return &pattern;
  return nullptr;
}

}  // namespace coterie::collect

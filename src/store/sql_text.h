// Text inside SQL, for the few places where SQL takes no parameter.
#pragma once

#include <string>
#include <string_view>

namespace coterie::store {

inline std::string with_doubled(char quote, std::string_view text) {
  std::string out(1, quote);
  for (const char c : text) out.append(c == quote ? 2 : 1, c);
  return out + quote;
}

/// A path, a setting: 'it''s'.
inline std::string sql_quoted(std::string_view text) { return with_doubled('\'', text); }

/// A name of a column, whatever it holds: "a ""b""".
inline std::string sql_name(std::string_view text) { return with_doubled('"', text); }

}  // namespace coterie::store

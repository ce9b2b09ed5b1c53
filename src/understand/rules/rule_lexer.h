// From the text of a rule to its words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace coterie::understand {

struct RuleToken {
  enum class Kind {
    kName,    ///< letters, digits, _ and anything beyond ASCII: and, rfm, 城市
    kText,    ///< "…" or '…', its escapes resolved
    kNumber,  ///< 500, -1.5, 1e3
    kWindow,  ///< 90d, 2w, 12h, 600s: `number` and `text`, the unit
    kSign,    ///< ( ) , . = != < <= > >=
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string text = {};
  double number = 0;
  size_t at = 0;  ///< its first byte in the rule
};

/// The last one is kEnd. Errors: kInvalidArgument with line and column.
base::Result<std::vector<RuleToken>> lex_rule(std::string_view text);

/// "column 5", or "line 2, column 5" where the rule has lines. Columns are characters, from 1.
std::string place_in_rule(std::string_view text, size_t at);

}  // namespace coterie::understand

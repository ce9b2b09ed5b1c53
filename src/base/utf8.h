// UTF-8, strictly: overlong forms, surrogates and what lies beyond U+10FFFF are none (RFC 3629).
#pragma once

#include <cstddef>
#include <string_view>

namespace coterie::base {

/// Length of the character that `text` (not empty) begins with; 0 when it begins with none.
size_t utf8_length(std::string_view text);

/// Whether all of it is characters. NUL is one.
bool is_utf8(std::string_view text);

}  // namespace coterie::base

// What a TOML text must keep to before it is parsed.
//
// toml++ makes a table of every part of a key and takes tables apart one within the other, on the stack: a key
// of some ten thousand parts ends the process. Values within each other it counts itself.
#pragma once

#include <string_view>

#include "base/status.h"

namespace coterie::base {

inline constexpr size_t kMaxTomlKeyParts = 16;            ///< of a.b.c
inline constexpr size_t kMaxTomlBytes = size_t{4} << 20;  ///< of a file

/// Pure. `origin` is named in errors. Errors: kInvalidArgument with the line. Cost: one pass.
Status check_toml_limits(std::string_view text, std::string_view origin);

}  // namespace coterie::base

// A text file compiled into the binary (SQL, presets, style sheets); cmake/embed.cmake writes the tables.
#pragma once

#include <span>
#include <string_view>

namespace coterie::base {

struct EmbeddedFile {
  std::string_view name;  ///< the file's name without its folder
  std::string_view text;
};

}  // namespace coterie::base

// What somebody may have meant who wrote a name that there is none of.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace coterie::base {

/// Up to three of `names` that look like `text`, most alike first: "user_id, item_id"; empty if none does. Alike are
/// names within a Levenshtein distance of two bytes or a third of their length, and those that hold `text`.
/// O(names × length²).
std::string nearest_names(std::string_view text, std::span<const std::string_view> names);
std::string nearest_names(std::string_view text, std::span<const std::string> names);

}  // namespace coterie::base

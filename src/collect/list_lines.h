// Files whose lines are lists, such as a basket or the items of a member a line: no tables, and common all the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace coterie::collect {

/// Looks at the first lines of a text. When most of them differ in their number of values, says so, and with which
/// command the file becomes a table of one value a line; nothing when it may be a table. `delimiter` as in
/// ReaderOptions. Cost: that of `head`, whose last line may be cut.
std::optional<std::string> how_to_read_lists(std::string_view head, std::string_view delimiter,
                                             std::string_view file);

}  // namespace coterie::collect

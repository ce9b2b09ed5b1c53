// Names that columns of one table may have.
#pragma once

#include <string>
#include <vector>

namespace coterie::store {

/// The same names, made to differ by more than the case of ASCII letters, as SQL asks of columns: of "Toys" and "toys" the later
/// one becomes "toys (2)". O(n log n).
std::vector<std::string> distinct_columns(std::vector<std::string> names);

}  // namespace coterie::store

// Members divided by the combinations of their facts' values: cities and ages, genders and levels.
#pragma once

#include <cstdint>
#include <span>

#include "base/status.h"
#include "understand/segments/division.h"

namespace coterie::understand {

/// A number of more than 12 different values is cut into four bands of about as many members, "25–34". What is missing is a
/// value. Combinations of fewer than min_users members are put together; where they still are fewer, the smallest other
/// combination joins them, so that no segment tells of fewer.
///
/// Errors: kInvalidArgument (too many categories). O(rows · facts).
base::Result<Division> cross(std::span<const RuleColumn> facts, std::span<const uint32_t> rows,
                             const DivisionOptions& options);

}  // namespace coterie::understand

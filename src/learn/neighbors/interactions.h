// Who had to do with what: the sparse users × items matrix of ones that recommenders learn from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace coterie::learn {

/// Compressed rows: the items of user u are item_index[offsets[u] .. offsets[u + 1]), ascending and distinct.
struct Interactions {
  size_t users = 0;
  size_t items = 0;
  std::vector<uint64_t> offsets;     ///< users + 1, from 0 to item_index.size()
  std::vector<uint32_t> item_index;  ///< each below items

  std::span<const uint32_t> of_user(size_t user) const {
    return std::span(item_index).subspan(offsets[user], offsets[user + 1] - offsets[user]);
  }
};

/// Errors: kInvalidArgument, naming `method`, the user's row and what is wrong with it. O(non-zeros).
base::Status check_interactions(const Interactions& interactions, std::string_view method);

/// The same matrix by item: users and items change places. O(non-zeros + users + items).
Interactions transposed(const Interactions& interactions);

}  // namespace coterie::learn

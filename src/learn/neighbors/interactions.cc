#include "learn/neighbors/interactions.h"

#include <limits>
#include <numeric>

namespace coterie::learn {

using base::Code;

base::Status check_interactions(const Interactions& interactions, std::string_view method) {
  constexpr size_t kMost = std::numeric_limits<uint32_t>::max();
  const std::vector<uint64_t>& offsets = interactions.offsets;
  if (interactions.users == 0 || interactions.items == 0 || interactions.users >= kMost ||
      interactions.items >= kMost)
    return base::failure(Code::kInvalidArgument, "{}: {} users and {} items; at least one of each is needed",
                         method, interactions.users, interactions.items);
  if (offsets.size() != interactions.users + 1 || offsets.front() != 0 ||
      offsets.back() != interactions.item_index.size())
    return base::failure(
        Code::kInvalidArgument,
        "{}: {} offsets for {} users and {} interactions; one more than users is needed, from 0 "
        "to the number of interactions",
        method, offsets.size(), interactions.users, interactions.item_index.size());
  if (interactions.item_index.empty())
    return base::failure(Code::kInvalidArgument, "{}: there are no interactions", method);
  for (size_t user = 0; user < interactions.users; ++user) {
    if (offsets[user] > offsets[user + 1] || offsets[user + 1] > offsets.back())
      return base::failure(Code::kInvalidArgument, "{}: the offsets of user row {} go backwards", method,
                           user);
    const std::span<const uint32_t> items = interactions.of_user(user);
    for (size_t k = 0; k < items.size(); ++k)
      if (items[k] >= interactions.items || (k > 0 && items[k] <= items[k - 1]))
        return base::failure(Code::kInvalidArgument,
                             "{}: the items of user row {} must be ascending, distinct and below {}", method,
                             user, interactions.items);
  }
  return {};
}

Interactions transposed(const Interactions& interactions) {
  Interactions by_item{interactions.items, interactions.users, {}, {}};
  by_item.offsets.assign(interactions.items + 1, 0);
  by_item.item_index.resize(interactions.item_index.size());
  for (const uint32_t item : interactions.item_index) ++by_item.offsets[item + 1];
  std::partial_sum(by_item.offsets.begin(), by_item.offsets.end(), by_item.offsets.begin());
  std::vector<uint64_t> next(by_item.offsets.begin(), by_item.offsets.end() - 1);
  for (size_t user = 0; user < interactions.users; ++user)
    for (const uint32_t item : interactions.of_user(user))
      by_item.item_index[next[item]++] = static_cast<uint32_t>(user);
  return by_item;
}

}  // namespace coterie::learn

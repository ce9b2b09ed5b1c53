// The k items most like each item, by cosine over the users they share.
//
// One row of the item × item matrix at a time: walk the users of j, count how often each other item meets j,
// keep the k best, clear. Counts are integers and rows are independent, so threads change nothing. Used by
// item_knn.cc.
#pragma once

#include <cstdint>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "learn/neighbors/interactions.h"

namespace coterie::learn {

struct ItemKnnOptions;

/// neighbours of item j: index[starts[j] .. starts[j] + counts[j]), nearest first; starts leaves room for
/// more.
struct ItemNeighbours {
  std::vector<uint64_t> starts;  ///< items + 1
  std::vector<uint32_t> counts;  ///< items
  std::vector<uint32_t> index;
  std::vector<double> cosine;
};

/// How many neighbours an item can have at most, summed up: starts[] of ItemNeighbours. O(non-zeros).
std::vector<uint64_t> neighbour_starts(const Interactions& by_user, const Interactions& by_item, size_t k);

/// Bytes that most_similar_items uses for each thread at work.
uint64_t similarity_scratch_bytes(size_t items);

/// `interactions` are valid and `by_item` is their transpose. Errors: kCancelled.
base::Result<ItemNeighbours> most_similar_items(const Interactions& by_user, const Interactions& by_item,
                                                std::vector<uint64_t> starts, const ItemKnnOptions& options,
                                                const base::Context& context);

}  // namespace coterie::learn

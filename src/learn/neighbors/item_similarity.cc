#include "learn/neighbors/item_similarity.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>

#include "learn/neighbors/item_knn.h"

namespace coterie::learn {

namespace {

// Small, because a few popular items take most of the time.
constexpr size_t kItemsPerChunk = 16;

struct Neighbour {
  double cosine;
  uint32_t item;
};

bool nearer(const Neighbour& a, const Neighbour& b) {
  return a.cosine != b.cosine ? a.cosine > b.cosine : a.item < b.item;
}

// What one thread needs to make a row. `shared` is all 0 between rows.
struct Scratch {
  explicit Scratch(size_t items) : shared(items), met(items + 1) {}
  std::vector<uint32_t> shared;  // users in common with the current item
  std::vector<uint32_t> met;     // items with shared > 0, in order of meeting, and one place to write beyond
  std::vector<Neighbour> candidates;
};

// Lends each worker a Scratch, so that clearing costs what was touched and memory goes with threads, not
// chunks.
class ScratchPool {
 public:
  explicit ScratchPool(size_t items) : items_(items) {}

  std::unique_ptr<Scratch> take() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Scratch> scratch = std::move(idle_.back());
        idle_.pop_back();
        return scratch;
      }
    }
    return std::make_unique<Scratch>(items_);
  }

  void give_back(std::unique_ptr<Scratch> scratch) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(scratch));
  }

 private:
  size_t items_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Scratch>> idle_;
};

// Counts the users that each item shares with `item`; returns how many items were met.
size_t count_shared(const Interactions& by_user, const Interactions& by_item, uint32_t item,
                    Scratch& scratch) {
  size_t met = 0;
  uint32_t* shared = scratch.shared.data();
  uint32_t* list = scratch.met.data();
  for (const uint32_t user : by_item.of_user(item)) {
    for (const uint32_t other : by_user.of_user(user)) {
      list[met] = other;  // kept only when it is the first time: no branch to guess
      met += shared[other] == 0 ? 1 : 0;
      ++shared[other];
    }
  }
  return met;
}

// Moves the counts into candidates and clears them.
void collect_candidates(const Interactions& by_item, uint32_t item, size_t met, const ItemKnnOptions& options,
                        Scratch& scratch) {
  const auto users_of = [&](uint32_t i) { return static_cast<double>(by_item.of_user(i).size()); };
  const double users = users_of(item);
  scratch.candidates.clear();
  for (size_t m = 0; m < met; ++m) {
    const uint32_t other = scratch.met[m];
    const uint32_t shared = scratch.shared[other];
    scratch.shared[other] = 0;
    if (other == item || shared < options.min_support) continue;
    scratch.candidates.push_back({shared / (std::sqrt(users * users_of(other)) + options.shrinkage), other});
  }
}

}  // namespace

std::vector<uint64_t> neighbour_starts(const Interactions& by_user, const Interactions& by_item, size_t k) {
  const size_t most = std::min(k, by_item.users - 1);
  std::vector<uint64_t> starts(by_item.users + 1);
  for (size_t item = 0; item < by_item.users; ++item) {
    uint64_t meetings = 0;
    for (const uint32_t user : by_item.of_user(item)) {
      meetings += by_user.of_user(user).size() - 1;
      if (meetings >= most) break;
    }
    starts[item + 1] = starts[item] + std::min<uint64_t>(meetings, most);
  }
  return starts;
}

uint64_t similarity_scratch_bytes(size_t items) {
  return items * (2 * sizeof(uint32_t) + 2 * sizeof(Neighbour));
}

base::Result<ItemNeighbours> most_similar_items(const Interactions& by_user, const Interactions& by_item,
                                                std::vector<uint64_t> starts, const ItemKnnOptions& options,
                                                const base::Context& context) {
  const size_t items = by_item.users;
  ItemNeighbours out{std::move(starts), std::vector<uint32_t>(items), {}, {}};
  out.index.resize(out.starts.back());
  out.cosine.resize(out.starts.back());
  ScratchPool scratches(items);
  context.pool->for_chunks(items, kItemsPerChunk, [&](size_t, size_t begin, size_t end) {
    if (context.cancel->cancelled()) return;
    std::unique_ptr<Scratch> scratch = scratches.take();
    for (size_t j = begin; j < end; ++j) {
      const auto item = static_cast<uint32_t>(j);
      collect_candidates(by_item, item, count_shared(by_user, by_item, item, *scratch), options, *scratch);
      std::vector<Neighbour>& candidates = scratch->candidates;
      const size_t kept = std::min(options.k, candidates.size());
      const auto middle = candidates.begin() + static_cast<std::ptrdiff_t>(kept);
      if (kept < candidates.size()) std::nth_element(candidates.begin(), middle, candidates.end(), nearer);
      std::sort(candidates.begin(), middle, nearer);
      out.counts[j] = static_cast<uint32_t>(kept);
      for (size_t n = 0; n < kept; ++n) {
        out.index[out.starts[j] + n] = candidates[n].item;
        out.cosine[out.starts[j] + n] = candidates[n].cosine;
      }
    }
    scratches.give_back(std::move(scratch));
  });
  COTERIE_CHECK_OK(context.check_cancelled());
  return out;
}

}  // namespace coterie::learn

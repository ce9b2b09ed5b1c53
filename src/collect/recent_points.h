// The last value of each attribute of each owner, for as many as fit; of the others the longest unseen are forgotten.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <utility>

#include "base/hash.h"
#include "base/time.h"

namespace coterie::collect {

/// Two generations: what is seen lives in the young one; when that is full it becomes the old one, and what was old
/// and not seen since is forgotten. Not thread safe. Memory: at most 2 × `points` × about 60 bytes.
class RecentPoints {
 public:
  /// Of the hashes of an owner's id and of an attribute's name.
  static base::Hash128 key(const base::Hash128& owner, const base::Hash128& attribute) {
    return {owner.high ^ attribute.high, owner.low + attribute.low};
  }

  struct Point {
    uint64_t value = 0;  ///< hash
    base::Timestamp valid_from = 0;
  };

  explicit RecentPoints(size_t points) : points_(points) {}

  /// The point of `key`, and whether it is new.
  std::pair<Point*, bool> get_or_add(const base::Hash128& key) {
    if (const auto it = young_.find(key); it != young_.end()) return {&it->second, false};
    if (young_.size() >= points_) {
      std::swap(young_, old_);
      young_.clear();
    }
    const auto it = old_.find(key);
    const bool is_new = it == old_.end();
    return {&young_.emplace(key, is_new ? Point() : it->second).first->second, is_new};
  }

 private:
  struct ByLow {
    size_t operator()(const base::Hash128& key) const { return key.low; }
  };
  using Map = boost::unordered_flat_map<base::Hash128, Point, ByLow>;

  size_t points_;
  Map young_;
  Map old_;
};

}  // namespace coterie::collect

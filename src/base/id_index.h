// Strings to dense u32 indexes and back: ids outside are opaque text, inside they are numbers.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace coterie::base {

inline constexpr size_t kMaxIdBytes = 256;

/// Indexes are given in order of first use. Not thread safe while it grows; const members are.
class IdIndex {
 public:
  uint32_t get_or_add(std::string_view id) {
    const auto it = index_.find(id);
    if (it != index_.end()) return it->second;
    const auto index = static_cast<uint32_t>(ids_.size());
    index_.emplace(ids_.emplace_back(id), index);
    return index;
  }

  std::optional<uint32_t> find(std::string_view id) const {
    const auto it = index_.find(id);
    return it == index_.end() ? std::nullopt : std::optional(it->second);
  }

  const std::string& id(uint32_t index) const { return ids_[index]; }
  uint32_t size() const { return static_cast<uint32_t>(ids_.size()); }

 private:
  std::deque<std::string> ids_;  // stable addresses: the map's keys point into it
  boost::unordered_flat_map<std::string_view, uint32_t> index_;
};

}  // namespace coterie::base

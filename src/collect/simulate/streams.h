// The random streams of a generated shop. Each purpose has its own, so that a change to one part of the model
// leaves the draws of the others as they were.
#pragma once

#include <cstdint>

#include "base/random.h"

namespace coterie::collect::simulate {

enum class Purpose : uint64_t {
  kBrands = 1,
  kItems,
  kMembers,
  kVisits,
  kDirt,
  kInvitations,
  kService,
  kVoices,
  kTexts,
  kGuests
};

/// The stream of `purpose` for the `index`-th item, member or day.
inline base::Random stream(uint64_t seed, Purpose purpose, uint64_t index) {
  return base::Random(seed * 16 + static_cast<uint64_t>(purpose), index);
}

}  // namespace coterie::collect::simulate

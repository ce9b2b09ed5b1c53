// For tests alone: how many random cases they try.
#pragma once

#include <cstddef>
#include <cstdlib>

namespace coterie::learn {

/// CLUSTER_CASES, or `otherwise`.
inline size_t cluster_cases(size_t otherwise) {
  const char* text = std::getenv("CLUSTER_CASES");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace coterie::learn

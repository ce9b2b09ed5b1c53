#include "engine/segment_names.h"

#include <algorithm>

#include "understand/segments/lifecycle.h"
#include "understand/segments/rfm.h"

namespace coterie::engine {

namespace {
constexpr std::string_view kMethods[] = {"rfm", "lifecycle", "clusters", "tastes"};
}  // namespace

std::span<const std::string_view> run_methods() { return kMethods; }

bool is_numbered(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || name.size() < prefix.size() + 2 || name[prefix.size()] != '_')
    return false;
  return name.find_first_not_of("0123456789", prefix.size() + 1) == std::string_view::npos;
}

bool is_name_of_runs(std::string_view name) {
  const auto rfm = understand::rfm_segments();
  const auto stages = understand::lifecycle_stages();
  return std::find(rfm.begin(), rfm.end(), name) != rfm.end() ||
         std::find(stages.begin(), stages.end(), name) != stages.end() || is_numbered(name, "cluster") ||
         is_numbered(name, "taste");
}

}  // namespace coterie::engine
